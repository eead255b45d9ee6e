import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { checkpointKey, encodeCheckpoint, type SegmentRange } from '../log/checkpoint.ts';
import { decodeSegment, segmentDigest, segmentKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { Copies, covers, firstToGather, lengthOf, listCheckpoints, MAX_BYTES, objectsOf } from './checkpoints.ts';

/** A checkpoint of this many segments is not merged again, so that no commit takes long. */
const MAX_MERGED = 256;

/**
 * Copies the newest segment into a checkpoint, with those before it that have none, where requests are free: the log survives damage of its
 * segments. Merges checkpoints as they become many. Called after the commit, so a copied segment is always one that was committed. An error
 * is no failure of the commit; the next one makes the copy.
 */
export async function copySegments(storage: StorageBackend, last: number, stored: Uint8Array): Promise<void> {
  if (storage.requests !== undefined) return;
  try {
    const checkpoints = await listCheckpoints(storage);
    const objects = objectsOf(checkpoints, { first: 1, last }, 1);
    // At the end of the log, the segments without a copy.
    const single = objects.length - objects.findLastIndex((object) => typeof object !== 'number') - 1;
    const merged = objects.findLastIndex((object) => typeof object !== 'number' && lengthOf(object) >= MAX_MERGED);
    const first = Math.min(firstToGather(objects.slice(merged + 1)) ?? last, last - single + 1);
    const made = await writeCheckpoints(storage, { first, last }, stored);
    const covered = checkpoints.filter((each) => made.some((range) => covers(range, each)));
    await Promise.all(covered.map((each) => storage.delete(checkpointKey(each))));
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
  }
}

/**
 * Copies the segments of a range into checkpoints, from the last one back to the first: each proves the one before it. Stops at a segment
 * that is lost.
 * @param stored the last one.
 * @returns the ranges of the checkpoints.
 */
export async function writeCheckpoints(
  storage: StorageBackend,
  { first, last }: SegmentRange,
  stored: Uint8Array,
): Promise<SegmentRange[]> {
  const made: SegmentRange[] = [];
  const copies = new Copies(storage);
  let next: Uint8Array | undefined = stored;
  for (let number = last; next !== undefined; ) {
    const range = { first: number, last: number };
    const segments: Uint8Array[] = [];
    let bytes = 0;
    do {
      range.first = number;
      segments.unshift(next);
      bytes += next.byteLength;
      next = number > first ? await segmentBefore(storage, copies, number, next) : undefined;
      number--;
    } while (next !== undefined && bytes + next.byteLength <= MAX_BYTES);
    await storage.put(checkpointKey(range), encodeCheckpoint(segments));
    made.push(range);
  }
  return made;
}

/** The segment that a sound one names as the previous one: from a copy, as one object has many, or from the log. */
async function segmentBefore(
  storage: StorageBackend,
  copies: Copies,
  next: number,
  stored: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [number, digest] = [next - 1, decodeSegment(next, stored).previous];
  const copy = await copies.with(number, digest);
  if (copy) return copy;
  const own = await getIfAny(storage, segmentKey(number));
  return own && sameBytes(segmentDigest(own), digest) ? own : undefined;
}
