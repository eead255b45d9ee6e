import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { decodeSegment, LOG, type Segment, segmentDigest, segmentKey, segmentOfKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** How far the log has been followed. */
export interface LogPosition {
  /** 0 before the first one. */
  segment: number;
  segmentDigest: Uint8Array;
}

/** A segment and the digest by which the next one names it. */
export interface StoredSegment extends Segment {
  segmentDigest: Uint8Array;
}

/** Segments on their way at once: most are small, and a server far away answers slowly. */
const READ_AHEAD = 16;

/**
 * The number of the newest segment in storage.
 *
 * @throws ArchiveError `INTEGRITY` when segments are missing, or the one that was followed last is not there.
 */
export async function newestSegment(storage: StorageBackend, followed: number): Promise<number> {
  const numbers: number[] = [];
  for await (const { key } of storage.list(LOG, followed > 1 ? segmentKey(followed - 1) : undefined)) {
    const number = segmentOfKey(key);
    if (number !== undefined && number >= followed) numbers.push(number);
  }
  numbers.sort((a, b) => a - b);
  let next = Math.max(1, followed);
  for (const number of numbers) {
    if (number > next) break;
    next++;
  }
  const newest = numbers.at(-1) ?? 0;
  if (newest >= next) throw missingSegment(next, newest);
  if (next === followed && followed > 0) throw cutLog(followed, newest);
  return next - 1;
}

/**
 * The segments after a position, up to a number.
 *
 * @throws ArchiveError `INTEGRITY` for one that is missing, damaged, of another store or not what follows.
 */
export async function* readSegments(
  storage: StorageBackend,
  storeId: string,
  { segment: after, segmentDigest: digest }: LogPosition,
  through: number,
): AsyncIterable<StoredSegment> {
  const reading: Promise<Uint8Array>[] = [];
  let asked = after;
  let previous = digest;
  for (let number = after + 1; number <= through; number++) {
    while (asked < through && reading.length < READ_AHEAD) {
      const read = storage.get(segmentKey(++asked));
      read.catch(() => undefined);
      reading.push(read);
    }
    const stored = await reading.shift()!;
    const segment = decodeSegment(number, stored);
    if (segment.storeId !== storeId) throw otherStore(number, segment.storeId, storeId);
    if (!sameBytes(segment.previous, previous)) throw otherLog(number);
    previous = segmentDigest(stored);
    yield { ...segment, segmentDigest: previous };
  }
}

const RESTORE = `restore the objects below "${LOG}" from the bucket's versions or a backup`;

function missingSegment(segment: number, newest: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The log in storage has no segment ${segment}, although it goes on to ${newest}; ${RESTORE}.`,
  );
}

function cutLog(followed: number, newest: number): ArchiveError {
  const end = newest === 0 ? 'is empty' : `ends with segment ${newest}`;
  return new ArchiveError(
    'INTEGRITY',
    `The registry has followed the log to segment ${followed}, but the log in storage ${end}: it was cut, or is that of another storage; ${RESTORE}, or accept what is left with "infospace-archive store rebuild".`,
  );
}

function otherStore(segment: number, found: string, expected: string): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} is of store ${found}, but the storage is of store ${expected}; ${RESTORE}.`,
  );
}

function otherLog(segment: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} of the log in storage does not follow the one before it: the log was changed, or the registry followed another one; ${RESTORE}, or accept what is there with "infospace-archive store rebuild".`,
  );
}
