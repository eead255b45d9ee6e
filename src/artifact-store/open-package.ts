import { type Abortable, untilAborted } from './abort.ts';
import { type LogParts, record } from './commit/record.ts';
import type { ReadConnection, WriteTransaction } from './database/database.ts';
import { ArchiveError, type ErrorFields, isArchiveError } from './errors.ts';
import { digestsOf, formatContentAddress, sameBytes, toHex } from './identity/digest.ts';
import { DigestSet } from './identity/digest-set.ts';
import { blake3 } from './identity/hasher.ts';
import type { EventDraft, PackageOrigin, PackBytes } from './log/model.ts';
import { decodeManifest } from './manifest/codec.ts';
import type { EncodedManifest } from './manifest/encoded.ts';
import { type ContentEntry, isContentEntry, type Manifest } from './manifest/model.ts';
import { fetchLayered, manifestCopyKey, manifestKey, packDelta, packManifest } from './manifest/stored.ts';
import {
  addNeed,
  areRemoved,
  areUsable,
  contentEvent,
  hasDamage,
  isList,
  locateContents,
  locateLists,
  locateUsable,
  type PackNeeds,
  packKeys,
  refuseRemoved,
  type SealedPack,
  sealedEvent,
} from './packs/content-index.ts';
import type { PackedList } from './packs/format.ts';
import type { Ingest, Ingested, LeavingContents } from './packs/ingest.ts';
import { putBeforeCommit, type StorageBackend } from './storage/backend.ts';

/** A package being made. It lives in this process alone and leaves no trace in the store until it is finalized. */
export interface OpenPackage extends Abortable, Pick<Manifest, 'package' | 'retention_summary' | 'provenance'> {
  ingest: Ingest;
  /** Where it was brought from, if it was not archived here. */
  origin?: PackageOrigin | undefined;
  /** For a package that was made elsewhere, and that others may bring too. */
  copy?: { extendedUntil: string | null | undefined };
  /** Set when a segment with it may have been made: nothing that it names can be deleted. */
  mayBeVisible?: boolean;
}

/** What the finalized package consists of, and what it cost the store. */
export interface Finalized {
  id: string;
  manifestDigest: Buffer;
  contentDigest: Buffer;
  fileCount: number;
  totalBytes: number;
  ingested: Ingested;
  /** Bytes added to storage: packs, objects, manifest. */
  storedBytes: number;
  /** False when somebody else brought the same package meanwhile, and nothing was added. */
  isNew: boolean;
}

/**
 * Makes the package visible. All its bytes are durable before the one segment that names them; a crash before
 * that leaves nothing but unreferenced objects.
 *
 * @throws ArchiveError `INTEGRITY` when a reused content has left the store meanwhile.
 */
export async function finalize(parts: LogParts, open: OpenPackage): Promise<Finalized> {
  // Both to their end, also when one fails: nothing may be stored any more when the rest is taken back.
  const packing = open.ingest.finish();
  // A copy's manifest is not stored yet: it need not be in memory together with the last packs.
  const storing = open.copy ? packing.then(() => storeManifest(parts, open)) : storeManifest(parts, open);
  const [packs, manifest] = await Promise.allSettled([packing, storing]);
  try {
    const finalized = await commit(parts, open, settled(packs), settled(manifest));
    if (!finalized.isNew) await open.ingest.abort();
    return finalized;
  } catch (error) {
    if (!open.mayBeVisible && !open.copy && manifest.status === 'fulfilled') {
      await parts.storage.delete(manifest.value.key).catch(() => undefined);
    }
    throw error;
  }
}

/** How often contents are stored again that leave the store meanwhile: each time is a garbage collection. */
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
      // Their packs are there still, for the grace period.
      await open.ingest.storeAnew(error.leaving);
      ingested = await open.ingest.finish();
    }
  }
}

async function tryToCommit(
  parts: LogParts,
  open: OpenPackage,
  ingested: Ingested,
  { key, packed, bases, cbor, bytes, ...digests }: StoredManifest,
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
    // The last moment at which the package can be taken back.
    signal?.throwIfAborted();
    isDecided = true;
    if (open.mayBeVisible && (await isVisible(tx, open.package.id))) return [];
    const place: ManifestPlace = { base: bases.at(-1) };
    if (open.copy) {
      finalized.isNew = !(await isBrought(tx, open.package.id, digests.manifestDigest));
      if (!finalized.isNew) return [];
      // Under its key another copy may have lain, and be removed at any time.
      if (await areRemoved(tx, [key])) place.key = `${key}-${open.package.id}`;
      const stored = await putManifest(parts.storage, place.key ?? key, digests.manifestDigest, { packed, bases });
      place.base = stored.bases.at(-1);
      finalized.storedBytes = addedBytes + stored.bytes;
    } else {
      await refuseRemoved(tx, [key, ...bases.map(manifestKey)]);
    }
    const packs = ingested.packs.map(({ key }) => key);
    if (packs.length > 0) await refuseRemoved(tx, packs);
    const needs = await needsNow(tx, cbor, ingested);
    const healed = await healedBy(tx, ingested.packs);
    const needed = await packBytes(tx, ingested.packs, needs);
    return [...eventsOf(open, finalized, needed, place), ...healed];
  };
  // Another writer may hold the log for long.
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
  const sentence = `Whether the package ${packageId} was made is not known; see "list" before you archive again: ${error.message}`;
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
  /** Those it builds on. */
  bases: readonly Uint8Array[];
  /** As it lies in storage. */
  bytes: number;
}

/** A smaller manifest is stored in full, and depends on no other: some 400 files. */
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
  const key = manifestKey(manifestDigest);
  const about = { key, cbor, manifestDigest, contentDigest };
  // A copied manifest may belong to a visible package already, so the transaction that rules this out stores it.
  if (open.copy) return { ...about, packed: packManifest(cbor), bases: [], bytes: 0 };
  const delta = cbor.byteLength < MIN_DELTA_BYTES ? undefined : await deltaOnNewest(parts, open, manifest);
  const form = delta ?? { packed: packManifest(cbor), bases: [] };
  return { ...about, ...form, ...(await putManifest(parts.storage, key, manifestDigest, form, open.signal)) };
}

/**
 * Stores a manifest. One that exists may be packed in another form, since its digest is of what was packed; it is read then.
 *
 * @throws ArchiveError `INTEGRITY` when the one that exists is damaged.
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

/** The manifest on that of the newest package of the subject; undefined when there is none, or it cannot be built upon. */
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
    // A copy may have been removed and brought again: what it builds on could not be told from what is gone.
    if (await areRemoved(db, bases.map(manifestKey))) return undefined;
    const packed = packDelta(manifest, before);
    if (packed === undefined) return undefined;
    await putBeforeCommit(storage, manifestCopyKey(before.digest), [before.stored], open.signal);
    return { packed, bases };
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

/** Takes back all that was stored for a package that will not be, unless it might be after all. */
export async function abandon(open: OpenPackage): Promise<void> {
  if (!open.mayBeVisible) await open.ingest.abort();
}

async function isVisible(tx: WriteTransaction, packageId: string): Promise<boolean> {
  return (await tx.selectFrom('packages').select('id').where('id', '=', packageId).executeTakeFirst()) !== undefined;
}

/**
 * Whether the same package is there already.
 *
 * @throws ArchiveError `STATE_CONFLICT` when it was disposed of, or another one has its id.
 */
export async function isBrought(db: ReadConnection, id: string, manifestDigest: Uint8Array): Promise<boolean> {
  const disposed = db.selectFrom('tombstones').select('disposed_at').where('id', '=', id);
  const tombstone = await disposed.executeTakeFirst();
  if (tombstone !== undefined) {
    throw new ArchiveError(
      'STATE_CONFLICT',
      `Package "${id}" was disposed of here at ${tombstone.disposed_at}, and does not come back; archive its files as a new package.`,
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

/** Contents that new packages may not use any more. They can be read still. */
class ContentsRetired extends Error {
  readonly leaving: LeavingContents;

  constructor(leaving: LeavingContents) {
    super('Contents left the store.');
    this.leaving = leaving;
  }
}

/** What the package needs of packs that were there before, by what is usable now. */
async function needsNow(
  tx: WriteTransaction,
  manifest: Uint8Array,
  { packs, reused, found }: Ingested,
): Promise<PackNeeds> {
  if (await areUsable(tx, reused)) return reused;
  const seen = new DigestSet();
  for (const { contents, lists } of packs) for (const { digest } of [...contents, ...lists]) seen.add(digest);
  const entries = decodeManifest(manifest)
    .files.filter(isContentEntry)
    .filter(({ size, blake3 }) => size > 0 && seen.add(blake3));
  // With them, chunks and nodes of lists.
  const others = [...digestsOf(found)].filter((digest) => seen.add(digest));
  const located = await locateUsable(tx, [...entries.map(({ blake3 }) => blake3), ...others]);
  const needs: PackNeeds = new Map();
  const leaving = { entries: [] as ContentEntry[], chunks: [] as Uint8Array[], lists: [] as PackedList[] };
  for (const entry of entries) {
    const place = located.get(toHex(entry.blake3));
    if (place?.length !== entry.size || place.damaged) {
      throw leftStore(JSON.stringify(entry.path), { path: entry.path });
    }
    // What the chunks need is known of the lists that were found.
    if (isList(place) && !seen.has(place.root)) leaving.entries.push(entry);
    else if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : entry.size);
    else if (isList(place)) leaving.lists.push({ digest: place.digest, size: place.length, root: place.root });
    else leaving.entries.push(entry);
  }
  for (const digest of others) {
    const place = located.get(toHex(digest));
    if (place === undefined || place.damaged) {
      const expected = formatContentAddress(digest);
      throw leftStore(expected, { expected });
    }
    if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : place.length);
    else leaving.chunks.push(digest);
  }
  if (Object.values(leaving).some(({ length }) => length > 0)) throw new ContentsRetired(leaving);
  return needs;
}

function leftStore(what: string, fields: Pick<ErrorFields, 'path' | 'expected'>): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The content of ${what} left the store while it was being archived; archive again.`,
    undefined,
    fields,
  );
}

/** Told for the audit: contents that are damaged elsewhere, and sound in these packs. */
async function healedBy(tx: WriteTransaction, packs: readonly SealedPack[]): Promise<EventDraft[]> {
  const healed: EventDraft[] = [];
  if (!(await hasDamage(tx))) return healed;
  for (const { key, contents, lists } of packs) {
    const found = [
      ...(await locateContents(tx, contents.map(digestOf))).values(),
      ...(await locateLists(tx, lists.map(digestOf))).values(),
    ];
    for (const { digest, damaged } of found) {
      if (damaged) healed.push(contentEvent('v1.content.healed', digest, key));
    }
  }
  return healed;
}

function digestOf({ digest }: { digest: Uint8Array }): Uint8Array {
  return digest;
}

/** Where the manifest lies, if not under its digest, and what it builds on. */
interface ManifestPlace {
  key?: string;
  base: Uint8Array | undefined;
}

async function packBytes(tx: WriteTransaction, packs: readonly SealedPack[], needs: PackNeeds): Promise<PackBytes> {
  const own = packs.map(({ key, contents }): PackBytes[number] => [
    key,
    contents.reduce((sum, { length }) => sum + length, 0),
  ]);
  const keys = await packKeys(tx, [...needs.keys()]);
  return [...own, ...[...needs].map(([id, bytes]): PackBytes[number] => [keys.get(id)!, bytes])];
}

function eventsOf(
  open: OpenPackage,
  { id, ingested, ...finalized }: Finalized,
  packs: PackBytes,
  { key, base }: ManifestPlace,
): EventDraft[] {
  const { producer, subject, created_at, metadata } = open.package;
  const about = { subjectKind: 'package', subjectId: id } as const;
  return [
    { type: 'v1.package.created', ...about, payload: { producer, subject, metadata } },
    { type: 'v1.retention.default_applied', ...about, payload: open.retention_summary },
    ...ingested.packs.map(sealedEvent),
    {
      type: 'v1.package.finalized',
      ...about,
      payload: {
        producer,
        subject,
        created_at,
        ...open.retention_summary,
        manifest_digest: formatContentAddress(finalized.manifestDigest),
        content_digest: formatContentAddress(finalized.contentDigest),
        file_count: finalized.fileCount,
        total_bytes: finalized.totalBytes,
        packs,
        ...(key !== undefined && { manifest_key: key }),
        ...(base !== undefined && { manifest_base: formatContentAddress(base) }),
      },
    },
    ...(open.origin ? [{ type: 'v1.package.imported', ...about, payload: open.origin } as const] : []),
    ...(open.copy?.extendedUntil === undefined ? [] : [extendedElsewhere(id, open.copy.extendedUntil)]),
  ];
}

/** An extension that was made where the package comes from. */
export function extendedElsewhere(packageId: string, expires_at: string | null): EventDraft {
  const payload = { expires_at, reason: 'extended where it was copied from' };
  return { type: 'v1.retention.extended', subjectKind: 'package', subjectId: packageId, payload };
}
