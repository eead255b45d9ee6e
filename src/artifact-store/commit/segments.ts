import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { type DecodedSegment, decodeSegment, LOG, segmentDigest, segmentKey, segmentOfKey } from '../log/segment.ts';
import { mapAhead } from '../map-ahead.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { readSound } from '../storage/read-sound.ts';
import { type Checkpoint, objectsOf, readCheckpoint } from './checkpoints.ts';

/** How far the log has been followed. */
export interface LogPosition {
  /** 0 before the first one. */
  segment: number;
  segmentDigest: Uint8Array;
}

/** A segment, and the digest by which the next one refers to it. */
export interface StoredSegment extends DecodedSegment {
  stored: Uint8Array;
  segmentDigest: Uint8Array;
}

/** Concurrent requests: most segments are small, and a remote server answers slowly. */
const READ_AHEAD = 32;

/**
 * The number of the newest segment in storage.
 * @throws ArchiveError `INTEGRITY` when segments are missing, or the last followed one does not exist.
 */
export async function newestSegment(storage: StorageBackend, followed: number): Promise<number> {
  const numbers = await segmentsFrom(storage, followed);
  let next = Math.max(1, followed);
  for (const number of numbers) {
    if (number > next) break;
    next++;
  }
  const newest = numbers.at(-1) ?? 0;
  if (newest >= next) throw missingSegment(next, newest);
  if (next === followed && followed > 0) throw cutLog(followed, (await segmentsFrom(storage, 1)).at(-1) ?? 0);
  return next - 1;
}

/** @throws ArchiveError `INTEGRITY` when the last followed segment differs in storage. */
export async function requireFollowed(
  storage: StorageBackend,
  { segment, segmentDigest: followed }: LogPosition,
): Promise<void> {
  if (segment === 0) return;
  await readSound(
    () => storage.get(segmentKey(segment)),
    (stored) => requireDigest(segment, segmentDigest(stored), followed),
  );
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

/**
 * The segments after a position, up to a number.
 * @param objects the objects to read them from, in order; by default one object per segment.
 * @throws ArchiveError `INTEGRITY` for a segment that is missing, damaged, of another store or out of sequence.
 */
export async function* readSegments(
  storage: StorageBackend,
  storeId: string,
  { segment: after, segmentDigest: digest }: LogPosition,
  through: number,
  objects: readonly (Checkpoint | number)[] = objectsOf([], { first: after + 1, last: through }),
): AsyncIterable<StoredSegment> {
  let previous = digest;
  let last = after;
  const read = (object: Checkpoint | number) => readObject(storage, object);
  for await (const segments of mapAhead(objects, READ_AHEAD - 1, read, weightOf)) {
    for (const { number, stored } of segments) {
      // Checkpoints of concurrent readers overlap.
      if (number <= last) continue;
      const found = await openAsRead(storage, number, stored, storeId, previous);
      previous = found.segmentDigest;
      last = number;
      yield found;
    }
  }
}

/** Reads a segment again from the log if the checkpoint is wrong or the answer was damaged in transit. */
async function openAsRead(
  storage: StorageBackend,
  number: number,
  stored: Uint8Array,
  storeId: string,
  previous: Uint8Array,
): Promise<StoredSegment> {
  try {
    return open(number, stored, storeId, previous);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return readSound(
      () => storage.get(segmentKey(number)),
      (again) => open(number, again, storeId, previous),
    );
  }
}

function open(number: number, stored: Uint8Array, storeId: string, previous: Uint8Array): StoredSegment {
  const segment = decodeSegment(number, stored);
  if (segment.storeId !== storeId) throw otherStore(number, segment.storeId, storeId);
  if (!sameBytes(segment.previous, previous)) throw otherLog(number);
  return { ...segment, stored, segmentDigest: segmentDigest(stored) };
}

interface Stored {
  number: number;
  stored: Uint8Array;
}

/** A checkpoint is large, so it counts as many segments. */
function weightOf(object: Checkpoint | number): number {
  return typeof object === 'number' ? 1 : READ_AHEAD / 2;
}

async function readObject(storage: StorageBackend, object: Checkpoint | number): Promise<Stored[]> {
  if (typeof object === 'number') {
    return [{ number: object, stored: await storage.get(segmentKey(object)) }];
  }
  const { first, last } = object;
  const copies = await readCheckpoint(storage, object);
  if (copies) return copies.map((stored, i) => ({ number: first + i, stored }));
  const singles: Stored[] = [];
  for (let number = first; number <= last; number++) {
    for (const single of await readObject(storage, number)) singles.push(single);
  }
  return singles;
}

const RESTORE = `restore the objects below "${LOG}" from the bucket's versions or a backup`;

function missingSegment(segment: number, newest: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The log in storage has no segment ${segment}, although it continues to ${newest}; ${RESTORE}.`,
  );
}

function cutLog(followed: number, newest: number): ArchiveError {
  const end = newest === 0 ? 'is empty' : `ends with segment ${newest}`;
  return new ArchiveError(
    'INTEGRITY',
    `The registry has followed the log to segment ${followed}, but the log in storage ${end}: it was truncated, or belongs to a different storage; ${RESTORE}, or accept what is left with "infospace-archive store rebuild".`,
  );
}

function otherStore(segment: number, found: string, expected: string): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} belongs to store ${found}, but the storage to store ${expected}; ${RESTORE}.`,
    undefined,
    { expected, actual: found },
  );
}

function otherLog(segment: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} of the log in storage does not follow the previous one: the log was changed, or the registry followed a different one; ${RESTORE}, or accept the log in storage with "infospace-archive store rebuild".`,
  );
}
