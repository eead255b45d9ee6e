import type { Abortable } from '../abort.ts';
import type { WriteTransaction } from '../database/database.ts';
import { isArchiveError } from '../errors.ts';
import { type LogParts, LostCommit, record } from '../events/log.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { movePack, sealedEvent } from '../packs/content-index.ts';
import { ContentSink } from '../packs/content-sink.ts';
import { type PlacedFrame, placeFrames } from '../packs/format.ts';
import type { WorkerPool } from '../packs/worker-pool.ts';
import { doomEmptyPacks, type PackUse, packUse } from './packs.ts';
import { type ObjectTotals, totalOf } from './sweep.ts';

export interface RewriteParts extends LogParts, Abortable {
  workers: WorkerPool;
}

/** A pack of which less is needed is rewritten: half of what is stored would be waste. */
const MIN_KEPT_SHARE = 0.5;
/** Packs rewritten into new ones at a time, by the raw bytes that move: bounds memory and the length of a transaction. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** And by their number, since a statement takes so many variables. */
const BATCH_PACKS = 500;

/**
 * Copies what is needed of packs that are mostly waste into new ones. The old ones stay for the grace period: somebody may
 * be reading them.
 */
export async function rewritePacks(parts: RewriteParts, cutoff: string, dryRun: boolean): Promise<ObjectTotals> {
  const sparse: PackUse[] = [];
  for await (const pack of packUse(parts.database.db, cutoff)) if (isSparse(pack)) sparse.push(pack);
  if (dryRun) return totalOf(sparse);
  const rewritten: PackUse[] = [];
  for (const batch of batchesOf(sparse)) {
    for (const pack of await rewrite(parts, batch, cutoff)) rewritten.push(pack);
  }
  return totalOf(rewritten);
}

function isSparse({ frames, kept, keptBytes }: PackUse): boolean {
  const rawBytes = frames.reduce((sum, { rawLength }) => sum + rawLength, 0);
  return kept > 0 && keptBytes < MIN_KEPT_SHARE * rawBytes;
}

function* batchesOf(packs: readonly PackUse[]): Iterable<PackUse[]> {
  let batch: PackUse[] = [];
  let bytes = 0;
  for (const pack of packs) {
    batch.push(pack);
    bytes += pack.keptBytes;
    if (bytes < BATCH_BYTES && batch.length < BATCH_PACKS) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** @returns those of which nothing is found any more. */
async function rewrite(parts: RewriteParts, packs: readonly PackUse[], cutoff: string): Promise<PackUse[]> {
  let emptied: PackUse[] = [];
  const sink = new ContentSink(parts.storage, parts.workers, parts.signal);
  try {
    for (const pack of packs) await copyKept(parts, pack, cutoff, sink);
    const sealed = await sink.finish();
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      for (const pack of sealed)
        await movePack(
          tx,
          pack,
          packs.map(({ id }) => id),
        );
      emptied = await forgetWaste(tx, packs, cutoff, parts.now().toISOString());
      return sealed.map(sealedEvent);
    });
  } catch (error) {
    // The new packs may be the ones that are named.
    if (!(error instanceof LostCommit)) await sink.abort();
    throw error;
  }
  return emptied;
}

/** A content that is damaged is left where it is, and with it the pack. */
async function copyKept(
  parts: RewriteParts,
  { id, key, frames }: PackUse,
  cutoff: string,
  sink: ContentSink,
): Promise<void> {
  const rows = await parts.database.db
    .selectFrom('contents')
    .select(['digest', 'raw_offset', 'length'])
    .where('pack_id', '=', id)
    .where('damaged_at', 'is', null)
    .where((content) => content.or([content('doomed_at', 'is', null), content('doomed_at', '>', cutoff)]))
    .orderBy('raw_offset')
    .execute();
  let next = 0;
  for (const frame of placeFrames(frames)) {
    const first = next;
    while (next < rows.length && rows[next]!.raw_offset < frame.rawOffset + frame.rawLength) next++;
    const within = rows.slice(first, next);
    if (within.length === 0) continue;
    const raw = await readFrame(parts, key, frame);
    if (raw === undefined) continue;
    for (const { digest, raw_offset, length } of within) {
      const content = raw.subarray(raw_offset - frame.rawOffset, raw_offset - frame.rawOffset + length);
      if (sameBytes(blake3.hash(content), digest)) await sink.addSmall(digest, content);
    }
  }
}

/** Undefined when it is damaged, or when another garbage collection has removed the pack. */
async function readFrame(
  { storage, workers, signal }: RewriteParts,
  key: string,
  { codec, rawLength, storedOffset, storedLength }: PlacedFrame,
): Promise<Uint8Array | undefined> {
  try {
    const stored = await storage.get(key, { offset: storedOffset, length: storedLength }, signal);
    return await workers.run('decompress', { codec, rawLength, stored }, signal);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return undefined;
  }
}

/** What is not needed of the old packs is found no more; one in which nothing is found begins its grace period. */
async function forgetWaste(
  tx: WriteTransaction,
  packs: readonly PackUse[],
  cutoff: string,
  now: string,
): Promise<PackUse[]> {
  const emptied: PackUse[] = [];
  const ids = packs.map(({ id }) => id);
  for await (const pack of packUse(tx, cutoff, ids)) {
    if (pack.kept > 0) continue;
    await tx.deleteFrom('contents').where('pack_id', '=', pack.id).execute();
    emptied.push(pack);
  }
  await doomEmptyPacks(
    tx,
    emptied.map(({ id }) => id),
    now,
  );
  return emptied;
}
