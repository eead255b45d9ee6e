import type { LogParts } from './commit/record.ts';
import { requireKeys } from './commit/store-file.ts';
import { sealNames } from './encryption/names-box.ts';
import type { SessionKey } from './encryption/session-key.ts';
import { isArchiveError } from './errors.ts';
import { blake3 } from './identity/hasher.ts';
import type { EncodedManifest } from './manifest/encoded.ts';
import { encodeRuns } from './manifest/entry-names.ts';
import { copyKey, fetchLayered, manifestKey, namesKey, packDelta, packManifest } from './manifest/stored.ts';
import type { Finalized, OpenPackage } from './open-package.ts';
import { areRemoved } from './packs/pack-rows.ts';
import { sealedForm } from './sealed-delta.ts';
import { sealedManifestKey } from './sealed-manifests.ts';
import { putBeforeCommit, type StorageBackend } from './storage/backend.ts';

/** A manifest that is stored, or ready to be stored inside the commit. */
export interface StoredManifest extends Pick<Finalized, 'manifestDigest' | 'contentDigest'> {
  key: string;
  cbor: Buffer;
  packed: Uint8Array;
  /** The bases it builds on. */
  bases: readonly Uint8Array[];
  /** Stored size. */
  bytes: number;
  /** In an encrypted store: the name that replaces its digest, the keys of its bases, and the digest of the stored bytes. */
  name?: Buffer;
  baseKeys?: readonly string[];
  stored?: Buffer;
}

/** A smaller manifest, of about 400 files, is stored in full and depends on no other. */
const MIN_DELTA_BYTES = 64 * 1024;

/** Stores the manifest of an open package: in full, or as a delta on that of the subject's newest package. */
export async function storeManifest(parts: LogParts, open: OpenPackage): Promise<StoredManifest> {
  const { package: described, retention_summary, provenance } = open;
  const manifest = open.ingest.entries.manifest({
    manifest_version: 1,
    package: described,
    retention_summary,
    provenance,
  });
  const { cbor, contentDigest } = manifest;
  const manifestDigest = blake3.hash(cbor);
  if (open.session) return storeSealed(parts, open, open.session, manifest, { manifestDigest, contentDigest });
  const key = manifestKey(manifestDigest);
  const about = { key, cbor, manifestDigest, contentDigest };
  // An imported manifest may already belong to a visible package, so it is stored only inside the transaction that rules this out.
  if (open.copy) return { ...about, packed: packManifest(cbor), bases: [], bytes: 0 };
  const delta = cbor.byteLength < MIN_DELTA_BYTES ? undefined : await deltaOnNewest(parts, open, manifest);
  const form = delta ?? { packed: packManifest(cbor), bases: [] };
  return { ...about, ...form, ...(await putManifest(parts.storage, key, manifestDigest, form, open.signal)) };
}

/** Seals the manifest for recipients, with the session key of the package. */
async function storeSealed(
  parts: LogParts,
  open: OpenPackage,
  session: SessionKey,
  manifest: EncodedManifest,
  digests: Pick<StoredManifest, 'manifestDigest' | 'contentDigest'>,
): Promise<StoredManifest> {
  const { storage } = parts;
  const keys = requireKeys(parts.store);
  const { id: packageId, subject } = open.package;
  const { cbor } = manifest;
  const name = keys.idKey.nameOf('package digest', digests.manifestDigest);
  const key = sealedManifestKey(manifestKey(name), packageId);
  open.storingSession ??= keys.storeSession(session);
  let { bytes } = await open.storingSession;
  const isShared = !open.copy && cbor.byteLength >= MIN_DELTA_BYTES;
  const form = isShared ? await sealedForm(parts, keys.idKey, subject, manifest) : undefined;
  const packed = session.seal({ kind: 'manifest', packageId }, form?.packed ?? packManifest(cbor));
  const names = form && sealNames(keys.idKey, name, encodeRuns(form.runs));
  await putBeforeCommit(storage, key, [packed], open.signal);
  bytes += packed.byteLength;
  if (names) {
    await putBeforeCommit(storage, namesKey(key), [names], open.signal);
    bytes += names.byteLength;
  }
  const { bases = [], baseKeys = [] } = form ?? {};
  return { ...digests, cbor, key, name, packed, bases, baseKeys, stored: blake3.hash(packed), bytes };
}

/**
 * Stores a manifest. An existing one may be packed differently, since the digest covers the unpacked bytes; it is then read and checked.
 * @throws ArchiveError `INTEGRITY` when the existing one is damaged.
 */
export async function putManifest(
  storage: StorageBackend,
  key: string,
  digest: Uint8Array,
  { packed, bases }: Pick<StoredManifest, 'packed' | 'bases'>,
  signal?: AbortSignal,
): Promise<Pick<StoredManifest, 'bytes' | 'bases'>> {
  try {
    await putBeforeCommit(storage, key, [packed], signal);
    return { bytes: packed.byteLength, bases };
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return { bytes: 0, bases: (await fetchLayered(storage, digest, key)).bases };
  }
}

/** The manifest as a delta on that of the subject's newest package; undefined when there is none, or it cannot serve as a base. */
async function deltaOnNewest(
  { database: { db }, storage }: LogParts,
  open: OpenPackage,
  manifest: EncodedManifest,
): Promise<Pick<StoredManifest, 'packed' | 'bases'> | undefined> {
  const { id, subject } = open.package;
  const newest = await db
    .selectFrom('packages')
    .select('manifest_digest')
    .where('subject', '=', subject)
    .where('id', '!=', id)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return undefined;
  try {
    const before = await fetchLayered(storage, newest.manifest_digest);
    const bases = [...before.bases, before.digest];
    // A removed copy may have been imported again: its bases could not be told from removed ones.
    if (await areRemoved(db, bases.map(manifestKey))) return undefined;
    const packed = packDelta(manifest, before);
    if (packed === undefined) return undefined;
    await putBeforeCommit(storage, copyKey(manifestKey(before.digest)), [before.stored], open.signal);
    return { packed, bases };
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

/** Deletes what {@link storeManifest} stored. */
export async function deleteManifest(
  { storage }: LogParts,
  { session }: OpenPackage,
  { key }: Pick<StoredManifest, 'key'>,
): Promise<void> {
  await storage.delete(key);
  if (session) await storage.delete(namesKey(key));
}
