import { untilAborted } from './abort.ts';
import { type LogParts, record } from './commit/record.ts';
import { ContentsRetired, healedEvents, needsNow, needsSealed, packBytes } from './contents-needed.ts';
import type { ReadConnection, WriteTransaction } from './database/database.ts';
import { ArchiveError } from './errors.ts';
import { formatContentAddress, sameBytes } from './identity/digest.ts';
import type { EventDraft } from './log/model.ts';
import { manifestKey } from './manifest/stored.ts';
import type { Finalized, OpenPackage } from './open-package.ts';
import { eventsOf, type ManifestPlace, plainFace, sealedFace, withoutBytes } from './package-events.ts';
import type { Ingested } from './packs/ingest.ts';
import { areRemoved, refuseRemoved } from './packs/pack-rows.ts';
import type { StorageBackend } from './storage/backend.ts';
import { deleteManifest, putManifest, type StoredManifest, storeManifest } from './store-manifest.ts';

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

/** How often to retry when contents leave the store meanwhile, which needs a garbage collection each time. */
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
