import { type Abortable, untilAborted } from './abort.ts';
import { type LogParts, record } from './commit/record.ts';
import { requireKeys } from './commit/store-file.ts';
import type { ReadConnection, WriteTransaction } from './database/database.ts';
import { sealNames } from './encryption/names-box.ts';
import type { SessionKey } from './encryption/session-key.ts';
import type { StoreKeys } from './encryption/store-keys.ts';
import { ArchiveError, type ErrorFields, isArchiveError } from './errors.ts';
import { type ContentAddress, digestsOf, formatContentAddress, sameBytes, toHex } from './identity/digest.ts';
import { DigestSet } from './identity/digest-set.ts';
import { blake3 } from './identity/hasher.ts';
import type { EventDraft, PackageOrigin, PackBytes } from './log/model.ts';
import { decodeManifest } from './manifest/codec.ts';
import type { EncodedManifest } from './manifest/encoded.ts';
import { encodeRuns } from './manifest/entry-names.ts';
import { type ContentEntry, isContentEntry, type Manifest } from './manifest/model.ts';
import { copyKey, fetchLayered, manifestKey, namesKey, packDelta, packManifest } from './manifest/stored.ts';
import { type ContentIndex, isList, locateContents, locateLists, locateUsable, nameIn } from './packs/content-index.ts';
import type { PackedList } from './packs/format.ts';
import type { Ingest, Ingested, LeavingContents } from './packs/ingest.ts';
import { addNeed, areUsable, type PackNeeds } from './packs/pack-needs.ts';
import {
  areRemoved,
  contentEvent,
  hasDamage,
  packKeys,
  refuseRemoved,
  type SealedPack,
  sealedEvent,
} from './packs/pack-rows.ts';
import { sealedForm } from './sealed-delta.ts';
import { sealedManifestKey } from './sealed-manifests.ts';
import { sealAbout } from './sealed-package.ts';
import { SEALED } from './sealed-text.ts';
import { putBeforeCommit, type StorageBackend } from './storage/backend.ts';

/** A package being made. It exists only in this process and leaves no trace in the store until it is finalized. */
export interface OpenPackage extends Abortable, Pick<Manifest, 'package' | 'retention_summary' | 'provenance'> {
  ingest: Ingest;
  /** Where it came from, if it was not archived here. */
  origin?: PackageOrigin | undefined;
  /** For a package that was made elsewhere, and that other processes may import too. */
  copy?: { extendedUntil: string | null | undefined };
  /** Set when a segment with it may exist: nothing that it names may be deleted then. */
  mayBeVisible?: boolean;
  /** Its encryption key, in an encrypted store. */
  session?: SessionKey | undefined;
  /** Set once the session key is being stored. */
  storingSession?: ReturnType<StoreKeys['storeSession']>;
}

/** A finalized package, and how much it added to the store. */
export interface Finalized {
  id: string;
  manifestDigest: Buffer;
  contentDigest: Buffer;
  fileCount: number;
  totalBytes: number;
  ingested: Ingested;
  /** Bytes added to storage: packs, objects, manifest. */
  storedBytes: number;
  /** False when another process imported the same package meanwhile, and nothing was added. */
  isNew: boolean;
}

/**
 * Makes the package visible. All its bytes are durable before the one segment that names them is created; a crash before that leaves only
 * unreferenced objects.
 * @throws ArchiveError `INTEGRITY` when a reused content has left the store meanwhile.
 */
export async function finalize(parts: LogParts, open: OpenPackage): Promise<Finalized> {
  // Both are awaited even if one fails: nothing may be stored any more when the package is undone.
  const packing = open.ingest.finish();
  // The manifest of an imported package is stored later, so it need not be in memory together with the last packs.
  const storing = open.copy ? packing.then(() => storeManifest(parts, open)) : storeManifest(parts, open);
  const [packs, manifest] = await Promise.allSettled([packing, storing]);
  try {
    const finalized = await commit(parts, open, settled(packs), settled(manifest));
    if (!finalized.isNew) await undo(parts, open, settled(manifest));
    return finalized;
  } catch (error) {
    if (!open.mayBeVisible && manifest.status === 'fulfilled' && isOwn(open)) {
      await deleteManifest(parts, open, manifest.value).catch(() => undefined);
    }
    throw error;
  }
}

/** Whether nobody else can have stored its manifest, so that it is removed with the package. */
function isOwn({ copy, session }: OpenPackage): boolean {
  return copy === undefined || session !== undefined;
}

async function undo(parts: LogParts, open: OpenPackage, manifest: StoredManifest): Promise<void> {
  await open.ingest.abort();
  if (open.session === undefined) return;
  await deleteManifest(parts, open, manifest);
  for (const each of (await open.storingSession)?.keys ?? []) await parts.storage.delete(each);
}

async function deleteManifest(
  { storage }: LogParts,
  { session }: OpenPackage,
  { key }: Pick<StoredManifest, 'key'>,
): Promise<void> {
  await storage.delete(key);
  if (session) await storage.delete(namesKey(key));
}

/** How often to retry when contents leave the store meanwhile: each time takes a garbage collection. */
const MAX_RETIRED = 3;

async function commit(
  parts: LogParts,
  open: OpenPackage,
  ingested: Ingested,
  manifest: StoredManifest,
): Promise<Finalized> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryToCommit(parts, open, ingested, manifest);
    } catch (error) {
      if (!(error instanceof ContentsRetired) || tries === MAX_RETIRED) throw error;
      // Their packs still exist during the grace period.
      await open.ingest.storeAgain(error.leaving);
      ingested = await open.ingest.finish();
    }
  }
}

async function tryToCommit(
  parts: LogParts,
  open: OpenPackage,
  ingested: Ingested,
  { key, packed, bases, baseKeys = bases.map(manifestKey), cbor, bytes, name, stored, ...digests }: StoredManifest,
): Promise<Finalized> {
  const { signal } = open;
  const addedBytes = ingested.packs.reduce((sum, pack) => sum + pack.storedBytes, 0);
  const finalized: Finalized = {
    id: open.package.id,
    ...digests,
    fileCount: open.ingest.entries.count,
    totalBytes: open.ingest.entries.totalBytes,
    ingested,
    storedBytes: addedBytes + bytes,
    isNew: true,
  };
  let isDecided = false;
  let isSent = false;
  const decide = async (tx: WriteTransaction): Promise<EventDraft[]> => {
    isSent = false;
    // The last moment at which the package can be undone.
    signal?.throwIfAborted();
    isDecided = true;
    if (open.mayBeVisible && (await isVisible(tx, open.package.id))) return [];
    const place: ManifestPlace = { base: bases.at(-1), stored, ...(name && { key }) };
    if (open.copy) {
      finalized.isNew = !(await isImported(tx, open.package.id, name ?? digests.manifestDigest));
      if (!finalized.isNew) return [];
    }
    if (open.copy && name === undefined) {
      // Another copy may have used this key and be removed at any time.
      if (await areRemoved(tx, [key])) place.key = `${key}-${open.package.id}`;
      const stored = await putManifest(parts.storage, place.key ?? key, digests.manifestDigest, { packed, bases });
      place.base = stored.bases.at(-1);
      finalized.storedBytes = addedBytes + stored.bytes;
    } else {
      await refuseRemoved(tx, [key, ...baseKeys]);
    }
    const packs = ingested.packs.map(({ key }) => key);
    if (packs.length > 0) await refuseRemoved(tx, packs);
    const index = { db: tx, keys: parts.store.keys };
    const needs = open.session ? await needsSealed(index, cbor, ingested) : await needsNow(index, cbor, ingested);
    const healed = await healedEvents(index, ingested.packs);
    const needed = await packBytes(tx, ingested.packs, needs);
    const face = open.session ? sealedFace(parts, open, open.session, finalized) : plainFace(open, finalized);
    return [
      ...eventsOf(open, face, finalized.ingested.packs, open.session ? needed.map(withoutBytes) : needed, place),
      ...healed,
    ];
  };
  // Another writer may hold the lock of the log for long.
  const beforeCommit = () => {
    open.mayBeVisible = true;
    isSent = true;
  };
  const { packs } = ingested;
  try {
    await untilAborted(signal, record(parts, decide, { packs, beforeCommit }), () => isDecided);
  } catch (error) {
    throw isSent && error instanceof ArchiveError ? outcomeUnknown(open.package.id, error) : error;
  }
  return finalized;
}

function outcomeUnknown(packageId: string, error: ArchiveError): ArchiveError {
  const sentence = `It is not known whether the package ${packageId} was made; see "list" before you archive again: ${error.message}`;
  return new ArchiveError(error.code, sentence, error, { packageId });
}

function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

interface StoredManifest extends Pick<Finalized, 'manifestDigest' | 'contentDigest'> {
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

async function storeManifest(parts: LogParts, open: OpenPackage): Promise<StoredManifest> {
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
  for (const [at, object] of [
    [key, packed],
    [namesKey(key), names],
  ] as const) {
    if (object) await putBeforeCommit(storage, at, [object], open.signal);
    bytes += object?.byteLength ?? 0;
  }
  const { bases = [], baseKeys = [] } = form ?? {};
  return { ...digests, cbor, key, name, packed, bases, baseKeys, stored: blake3.hash(packed), bytes };
}

/**
 * Stores a manifest. An existing one may be packed differently, since the digest covers the unpacked bytes; it is then read and checked.
 * @throws ArchiveError `INTEGRITY` when the existing one is damaged.
 */
async function putManifest(
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

/** Deletes everything stored for an unfinished package, unless the package may be visible. */
export async function abandon(open: OpenPackage, storage: StorageBackend): Promise<void> {
  if (open.mayBeVisible) return;
  await open.ingest.abort();
  const stored = await open.storingSession?.catch(() => undefined);
  for (const key of stored?.keys ?? []) await storage.delete(key);
}

async function isVisible(tx: WriteTransaction, packageId: string): Promise<boolean> {
  return (await tx.selectFrom('packages').select('id').where('id', '=', packageId).executeTakeFirst()) !== undefined;
}

/**
 * Whether the same package exists already.
 * @throws ArchiveError `STATE_CONFLICT` when it was disposed of, or another one has its id.
 */
export async function isImported(db: ReadConnection, id: string, manifestDigest: Uint8Array): Promise<boolean> {
  const disposed = db.selectFrom('tombstones').select('disposed_at').where('id', '=', id);
  const tombstone = await disposed.executeTakeFirst();
  if (tombstone !== undefined) {
    throw new ArchiveError(
      'STATE_CONFLICT',
      `Package "${id}" was disposed of here at ${tombstone.disposed_at} and cannot be imported again; archive its files as a new package.`,
      undefined,
      { packageId: id },
    );
  }
  const there = await db.selectFrom('packages').select('manifest_digest').where('id', '=', id).executeTakeFirst();
  if (there === undefined || sameBytes(there.manifest_digest, manifestDigest)) return there !== undefined;
  throw new ArchiveError(
    'STATE_CONFLICT',
    `The store has another package "${id}" (${formatContentAddress(there.manifest_digest)}); one of the two was forged.`,
    undefined,
    { packageId: id },
  );
}

/** Contents that new packages can no longer use. They are still readable. */
class ContentsRetired extends Error {
  readonly leaving: LeavingContents;

  constructor(leaving: LeavingContents) {
    super('Contents left the store.');
    this.leaving = leaving;
  }
}

/** What the package needs of existing packs, according to what is usable now. */
async function needsNow(
  index: ContentIndex,
  manifest: Uint8Array,
  { packs, reused, found }: Ingested,
): Promise<PackNeeds> {
  if (await areUsable(index.db, reused)) return reused;
  const seen = new DigestSet();
  for (const { contents, lists } of packs) for (const { digest } of [...contents, ...lists]) seen.add(digest);
  const entries = decodeManifest(manifest)
    .files.filter(isContentEntry)
    .filter(({ size, blake3 }) => size > 0 && seen.add(blake3));
  // Includes chunks and nodes of lists.
  const others = [...digestsOf(found)].filter((digest) => seen.add(digest));
  const located = await locateUsable(index, [...entries.map(({ blake3 }) => blake3), ...others]);
  const needs: PackNeeds = new Map();
  const leaving = { entries: [] as ContentEntry[], chunks: [] as Uint8Array[], lists: [] as PackedList[] };
  for (const entry of entries) {
    const place = located.get(toHex(entry.blake3));
    if (place?.length !== entry.size || place.damaged) throw fileLeftStore(entry);
    // The needs of chunks are known from the lists that were found.
    if (isList(place) && !seen.has(place.root)) leaving.entries.push(entry);
    else if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : entry.size);
    else if (isList(place)) leaving.lists.push({ digest: place.digest, size: place.length, root: place.root });
    else leaving.entries.push(entry);
  }
  for (const digest of others) {
    const place = located.get(toHex(digest));
    if (place === undefined || place.damaged) throw contentLeftStore(digest);
    if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : place.length);
    else leaving.chunks.push(digest);
  }
  if (Object.values(leaving).some(({ length }) => length > 0)) throw new ContentsRetired(leaving);
  return needs;
}

/** The same in an encrypted store, whose writer cannot read contents back to store them again. */
async function needsSealed(index: ContentIndex, manifest: Uint8Array, { reused, found }: Ingested): Promise<PackNeeds> {
  if (await areUsable(index.db, reused)) return reused;
  const digests = [...digestsOf(found)];
  const located = await locateUsable(index, digests);
  const needs: PackNeeds = new Map();
  const lost = new DigestSet();
  for (const digest of digests) {
    const place = located.get(toHex(digest));
    if (place === undefined || place.damaged) lost.add(digest);
    else if (place.usable) addNeed(needs, place.packId, 0);
    else {
      throw new ArchiveError(
        'STATE_CONFLICT',
        'A garbage collection retired contents that this archive would have reused; archive again.',
      );
    }
  }
  if (lost.size === 0) return needs;
  const entry = decodeManifest(manifest).files.find((file) => isContentEntry(file) && lost.has(file.blake3));
  if (entry) throw fileLeftStore(entry);
  const [digest] = digestsOf(lost.packed);
  throw contentLeftStore(digest!);
}

function fileLeftStore({ path }: Pick<ContentEntry, 'path'>): ArchiveError {
  return leftStore(JSON.stringify(path), { path });
}

/** For a chunk or a node of a list, which has no path. */
function contentLeftStore(digest: Uint8Array): ArchiveError {
  const expected = formatContentAddress(digest);
  return leftStore(expected, { expected });
}

function leftStore(what: string, fields: Pick<ErrorFields, 'path' | 'expected'>): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The content of ${what} left the store while it was being archived; archive again.`,
    undefined,
    fields,
  );
}

/** Recorded for the audit: contents that are damaged elsewhere, and intact in these packs. */
async function healedEvents(index: ContentIndex, packs: readonly SealedPack[]): Promise<EventDraft[]> {
  const healed: EventDraft[] = [];
  if (!(await hasDamage(index.db))) return healed;
  for (const { key, contents, lists } of packs) {
    const found = [
      ...(await locateContents(index, contents.map(digestOf))).values(),
      ...(await locateLists(index, lists.map(digestOf))).values(),
    ];
    for (const { digest, damaged } of found) {
      if (damaged) healed.push(contentEvent('v1.content.healed', nameIn(index, digest), key));
    }
  }
  return healed;
}

function digestOf({ digest }: { digest: Uint8Array }): Uint8Array {
  return digest;
}

/** The storage key of the manifest, if it does not follow from the digest, and its bases. */
interface ManifestPlace {
  key?: string;
  base: Uint8Array | undefined;
  /** In an encrypted store: digest of it as it is sealed. */
  stored: Uint8Array | undefined;
}

async function packBytes(tx: WriteTransaction, packs: readonly SealedPack[], needs: PackNeeds): Promise<PackBytes> {
  const own = packs.map(({ key, contents }): PackBytes[number] => [
    key,
    contents.reduce((sum, { length }) => sum + length, 0),
  ]);
  const keys = await packKeys(tx, [...needs.keys()]);
  const reused = [...needs].map(([id, bytes]): PackBytes[number] => {
    const key = keys.get(id);
    if (key === undefined) throw leftStore('a file', {});
    return [key, bytes];
  });
  return [...own, ...reused];
}

/** The description of a package in the log. */
interface PackageFace extends Pick<Manifest['package'], 'producer' | 'subject' | 'metadata'> {
  /** The actor of the first event; never visible. */
  createdBy: string;
  manifestDigest: ContentAddress;
  contentDigest: ContentAddress;
  fileCount: number;
  totalBytes: number;
}

function plainFace({ package: { producer, subject, metadata } }: OpenPackage, finalized: Finalized): PackageFace {
  const { manifestDigest, contentDigest, fileCount, totalBytes } = finalized;
  return {
    producer,
    createdBy: producer,
    subject,
    metadata,
    manifestDigest: formatContentAddress(manifestDigest),
    contentDigest: formatContentAddress(contentDigest),
    fileCount,
    totalBytes,
  };
}

function sealedFace({ store }: LogParts, open: OpenPackage, session: SessionKey, finalized: Finalized): PackageFace {
  const { idKey } = requireKeys(store);
  const { createdBy: _, ...about } = plainFace(open, finalized);
  return {
    ...sealAbout(store, session, open.package.id, about),
    createdBy: SEALED,
    manifestDigest: formatContentAddress(idKey.nameOf('package digest', finalized.manifestDigest)),
    contentDigest: formatContentAddress(idKey.nameOf('package digest', finalized.contentDigest)),
    fileCount: 0,
    totalBytes: 0,
  };
}

/** The bytes a package needs from a pack would reveal the lengths of contents. */
function withoutBytes([key]: PackBytes[number]): PackBytes[number] {
  return [key, 0];
}

function eventsOf(
  open: OpenPackage,
  { producer, createdBy, subject, metadata, ...face }: PackageFace,
  added: readonly SealedPack[],
  packs: PackBytes,
  { key, base, stored }: ManifestPlace,
): EventDraft[] {
  const { id, created_at } = open.package;
  const about = { subjectKind: 'package', subjectId: id } as const;
  return [
    { type: 'v1.package.created', ...about, payload: { producer: createdBy, subject, metadata } },
    { type: 'v1.retention.default_applied', ...about, payload: open.retention_summary },
    ...added.map(sealedEvent),
    {
      type: 'v1.package.finalized',
      ...about,
      payload: {
        producer,
        subject,
        created_at,
        ...open.retention_summary,
        manifest_digest: face.manifestDigest,
        content_digest: face.contentDigest,
        file_count: face.fileCount,
        total_bytes: face.totalBytes,
        packs,
        ...(key !== undefined && { manifest_key: key }),
        ...(base !== undefined && { manifest_base: formatContentAddress(base) }),
        ...(stored !== undefined && { manifest_stored: formatContentAddress(stored) }),
      },
    },
    ...(open.origin
      ? [{ type: 'v1.package.imported', ...about, payload: visibleOrigin(open.origin, open.session) } as const]
      : []),
    ...(open.copy?.extendedUntil === undefined ? [] : [extendedElsewhere(id, open.copy.extendedUntil)]),
  ];
}

/** The origin of a package is visible only to those who can read it. */
function visibleOrigin(origin: PackageOrigin, session: SessionKey | undefined): PackageOrigin {
  return session ? { source: origin.source, name: SEALED, tagmanifest_sha256: null } : origin;
}

/** The event of an extension in the store that the package comes from. */
export function extendedElsewhere(packageId: string, expires_at: string | null): EventDraft {
  const payload = { expires_at, reason: 'extended where it was copied from' };
  return { type: 'v1.retention.extended', subjectKind: 'package', subjectId: packageId, payload };
}
