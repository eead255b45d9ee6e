import { type Abortable, itemsUntilAborted } from '../abort.ts';
import { type Checkpoint, includes, listCheckpoints, readCheckpoint } from '../commit/checkpoints.ts';
import { writeCheckpoints } from '../commit/copy-segments.ts';
import { readHead } from '../commit/head.ts';
import type { OpenLog } from '../commit/open-log.ts';
import { readSegments, type StoredSegment } from '../commit/read-segments.ts';
import { createSegment } from '../commit/record.ts';
import { requireFollowed } from '../commit/segments.ts';
import { NO_SEGMENT } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { checkpointKey } from '../log/checkpoint.ts';
import { segmentDigest, segmentKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { MissingObject } from '../storage/object-faults.ts';

type Parts = OpenLog & { storage: StorageBackend } & Abortable;

/** What was wrong with the log, and was mended. */
export interface RepairedLog {
  /** Keys of segments that were missing or damaged, and were put back from their copies. */
  segments: string[];
  /** Keys of checkpoints that were damaged, and were deleted or stored again. */
  copies: string[];
}

/**
 * Puts missing and damaged segments of the log back from their copies, and deletes damaged copies. Where requests are free, every segment
 * has a copy then. Nothing else overwrites a segment.
 * @throws ArchiveError `INTEGRITY` for a segment of which no copy is sound; those before it are put back.
 */
export async function repairLog(parts: Parts): Promise<RepairedLog> {
  const { database, storage, signal } = parts;
  await requireFollowed(storage, await readHead(database.db));
  const segments: string[] = [];
  const digests: Uint8Array[] = [];
  for await (const found of itemsUntilAborted(signal, wholeLog(parts))) {
    digests.push(found.segmentDigest);
    if (found.fault === undefined) continue;
    await putBack(parts, found);
    segments.push(segmentKey(found.segment));
  }
  const copies = await damagedCopies(storage, digests);
  for (const key of copies) await storage.delete(key);
  if (storage.requests === undefined) await copyTheRest(storage, digests);
  return { segments, copies };
}

/** The segments that the registry has followed, from the first one. */
export async function* wholeLog({ database, storage, store }: Parts): AsyncIterable<StoredSegment> {
  const { segment } = await readHead(database.db);
  yield* readSegments(storage, store, NO_SEGMENT, segment);
}

/**
 * The keys of checkpoints with a copy that differs from the log, or that cannot be read.
 * @param digests those of all segments.
 */
export async function damagedCopies(storage: StorageBackend, digests: readonly Uint8Array[]): Promise<string[]> {
  const damaged: string[] = [];
  for (const checkpoint of await listCheckpoints(storage)) {
    if (!(await isSound(storage, checkpoint, digests))) damaged.push(checkpointKey(checkpoint));
  }
  return damaged;
}

async function isSound(
  storage: StorageBackend,
  checkpoint: Checkpoint,
  digests: readonly Uint8Array[],
): Promise<boolean> {
  const copies = await readCheckpoint(storage, checkpoint);
  if (copies === undefined) return false;
  return copies.every((copy, i) => {
    const digest = digests[checkpoint.first + i - 1];
    // Others may have committed since.
    return digest === undefined || sameBytes(segmentDigest(copy), digest);
  });
}

async function putBack({ storage, store }: Parts, { segment, stored, fault }: StoredSegment): Promise<void> {
  const key = segmentKey(segment);
  if (!(fault instanceof MissingObject)) await storage.delete(key);
  await createSegment(storage, store, key, stored);
  if (sameBytes(await storage.get(key), stored)) return;
  throw new ArchiveError(
    'STORE_UNAVAILABLE',
    `The segment "${key}" was put back, but the storage returns different bytes; check the storage, and run "infospace-archive store repair" again.`,
    undefined,
    { key },
  );
}

async function copyTheRest(storage: StorageBackend, digests: readonly Uint8Array[]): Promise<void> {
  const checkpoints = await listCheckpoints(storage);
  const isCopied = (number: number) => checkpoints.some((each) => includes(each, number));
  for (let last = digests.length; last > 0; last--) {
    if (isCopied(last)) continue;
    let first = last;
    while (first > 1 && !isCopied(first - 1)) first--;
    await writeCheckpoints(storage, { first, last }, await storage.get(segmentKey(last)));
    last = first;
  }
  const [damaged] = await damagedCopies(storage, digests);
  if (damaged === undefined) return;
  throw new ArchiveError(
    'STORE_UNAVAILABLE',
    `The checkpoint "${damaged}" was stored, but the storage returns different bytes; check the storage, and run "infospace-archive store repair" again.`,
    undefined,
    { key: damaged },
  );
}
