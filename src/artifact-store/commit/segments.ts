import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { decodeSegment, LOG, segmentDigest, segmentKey, segmentOfKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { readSound } from '../storage/read-sound.ts';
import { type Checkpoint, Copies, includes, listCheckpoints } from './checkpoints.ts';
import { cutLog, missingSegment, RESTORE } from './log-faults.ts';

/** How far the log has been followed. */
export interface LogPosition {
  /** 0 before the first one. */
  segment: number;
  segmentDigest: Uint8Array;
}

/**
 * The number of the newest segment in storage. A segment is copied only after its commit, so one that only a checkpoint has was lost, and
 * counts.
 * @param followed how far the log has been followed.
 * @param known a segment that the log must reach.
 * @throws ArchiveError `INTEGRITY` when segments are missing, or the last followed one does not exist.
 */
export async function newestSegment(
  storage: StorageBackend,
  followed: LogPosition,
  known: number = followed.segment,
): Promise<number> {
  // Before the log: a segment committed meanwhile, and copied, would seem to be lost.
  const copied = storage.requests === undefined ? await listCheckpoints(storage) : undefined;
  const numbers = new Set(await segmentsFrom(storage, known));
  try {
    return await endOf(storage, followed, known, numbers, copied ?? []);
  } catch (error) {
    // Only now is it worth requests.
    if (copied || !isArchiveError(error, 'INTEGRITY')) throw error;
    return endOf(storage, followed, known, numbers, await listCheckpoints(storage));
  }
}

async function endOf(
  storage: StorageBackend,
  followed: LogPosition,
  known: number,
  numbers: ReadonlySet<number>,
  copied: readonly Checkpoint[],
): Promise<number> {
  const isThere = (number: number) => numbers.has(number) || copied.some((each) => includes(each, number));
  let next = Math.max(1, known);
  while (isThere(next)) next++;
  const newest = [...numbers, ...copied.map(({ last }) => last)].reduce((a, b) => Math.max(a, b), 0);
  if (newest >= next) throw missingSegment(next, newest);
  const { segment } = followed;
  const isUnproved = segment > 0 && !numbers.has(segment) && !(await isOnlyCopied(storage, followed));
  if (isUnproved || (next === known && known > 0)) {
    throw cutLog(known, (await segmentsFrom(storage, 1)).at(-1) ?? 0);
  }
  return next - 1;
}

/** Whether the log has lost a segment of which there is a copy. Not if another sound segment is in its place. */
export async function isOnlyCopied(
  storage: StorageBackend,
  { segment, segmentDigest: digest }: LogPosition,
): Promise<boolean> {
  const own = await getIfAny(storage, segmentKey(segment));
  return !(own && isWhole(segment, own)) && (await new Copies(storage).with(segment, digest)) !== undefined;
}

/** Also one of a newer format. */
function isWhole(number: number, stored: Uint8Array): boolean {
  try {
    decodeSegment(number, stored);
    return true;
  } catch (error) {
    return !isArchiveError(error, 'INTEGRITY');
  }
}

/** @throws ArchiveError `INTEGRITY` when the last followed segment differs in storage. */
export async function requireFollowed(storage: StorageBackend, followed: LogPosition): Promise<void> {
  const { segment } = followed;
  if (segment === 0) return;
  try {
    await readSound(
      () => storage.get(segmentKey(segment)),
      (stored) => requireDigest(segment, segmentDigest(stored), followed.segmentDigest),
    );
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY') || !(await isOnlyCopied(storage, followed))) throw error;
  }
}

function requireDigest(segment: number, found: Uint8Array, followed: Uint8Array): void {
  if (sameBytes(found, followed)) return;
  const [there, expected] = [found, followed].map(formatContentAddress);
  throw new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} of the log in storage is ${there}, but the registry has followed ${expected}: the log was reset or changed, or the registry followed a different one; ${RESTORE}, or accept the log in storage with "infospace-archive store rebuild".`,
    undefined,
    { key: segmentKey(segment), expected, actual: there },
  );
}

/** The segment numbers in storage from a number on, in order. */
async function segmentsFrom(storage: StorageBackend, first: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of storage.list(LOG, first > 1 ? segmentKey(first - 1) : undefined)) {
    const number = segmentOfKey(key);
    if (number !== undefined && number >= first) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b);
}
