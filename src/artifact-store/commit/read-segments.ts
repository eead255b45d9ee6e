import { type ArchiveError, isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { type DecodedSegment, decodeSegment, segmentDigest, segmentKey } from '../log/segment.ts';
import { mapAhead } from '../map-ahead.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { readSound } from '../storage/read-sound.ts';
import { type Checkpoint, Copies, objectsOf, readCheckpoint } from './checkpoints.ts';
import { changedSegment, lostSegment, otherLog, otherStore, Unfitting } from './log-faults.ts';
import type { LogPosition } from './segments.ts';
import { requireWriter, type StoreFile } from './store-file.ts';

/** A segment, and the digest by which the next one refers to it. */
export interface StoredSegment extends DecodedSegment {
  stored: Uint8Array;
  segmentDigest: Uint8Array;
  /** What is wrong with the log's own object, if this one comes from a copy. */
  fault?: ArchiveError | undefined;
}

/** Concurrent requests: most segments are small, and a remote server answers slowly. */
const READ_AHEAD = 32;

/**
 * The segments after a position, up to a number. A segment that is missing, damaged or out of sequence is read from a copy. A copy in the
 * place of a sound segment needs the proof of a later segment of the log that follows it.
 * @param objects the objects to read them from, in order; by default one object per segment.
 * @throws ArchiveError `INTEGRITY` for a segment that is missing, damaged, of another store or out of sequence, and has no such copy.
 */
export async function* readSegments(
  storage: StorageBackend,
  store: StoreFile,
  after: LogPosition,
  through: number,
  objects: readonly (Checkpoint | number)[] = objectsOf([], { first: after.segment + 1, last: through }),
): AsyncIterable<StoredSegment> {
  const chain = new Chain(storage, store, after);
  const read = (object: Checkpoint | number) => readObject(storage, object);
  for await (const segments of mapAhead(objects, READ_AHEAD - 1, read, weightOf)) {
    for (const { number, stored } of segments) {
      // Checkpoints of concurrent readers overlap.
      if (number > chain.last) yield* await chain.add(number, stored);
    }
  }
  yield* chain.end();
}

/** Follows the log, and holds segments back until a later one confirms them. */
class Chain {
  readonly #storage: StorageBackend;
  readonly #store: StoreFile;
  readonly #copies: Copies;
  #before: LogPosition;
  #held: StoredSegment[] = [];
  /** The fault of the first copy among them that is in the place of a sound segment. */
  #doubt: ArchiveError | undefined;

  constructor(storage: StorageBackend, store: StoreFile, after: LogPosition) {
    this.#storage = storage;
    this.#store = store;
    this.#copies = new Copies(storage);
    this.#before = after;
  }

  get last(): number {
    return this.#newest.segment;
  }

  get #newest(): LogPosition {
    return this.#held.at(-1) ?? this.#before;
  }

  /** @returns the segments that are confirmed now. */
  async add(number: number, stored: Uint8Array | undefined): Promise<StoredSegment[]> {
    try {
      return this.#confirm(await this.#ownOf(number, stored));
    } catch (error) {
      if (!isFault(error)) throw error;
      const isUnfitting = error instanceof Unfitting;
      if (isUnfitting && (await this.#exchangeNewest(error.found.previous))) return this.add(number, stored);
      const copy = await this.#copyOf(number);
      if (copy === undefined) throw this.#held.find(({ fault }) => fault)?.fault ?? lostSegment(number, error);
      const found = { ...copy, fault: error };
      if (isUnfitting || error.code !== 'INTEGRITY') this.#doubt ??= error;
      if (!this.#doubt) return this.#confirm(found);
      this.#held.push(found);
      return [];
    }
  }

  /** @returns the segments held back. */
  end(): StoredSegment[] {
    if (this.#doubt) throw this.#doubt;
    return this.#held;
  }

  #confirm(next: StoredSegment): StoredSegment[] {
    const confirmed = this.#held;
    this.#before = this.#newest;
    this.#held = [next];
    this.#doubt = undefined;
    return confirmed;
  }

  /** The log's own segment. It is read again if the checkpoint is wrong or the answer was damaged in transit. */
  async #ownOf(number: number, stored: Uint8Array | undefined): Promise<StoredSegment> {
    try {
      if (stored) return this.#open(number, stored);
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
    }
    return readSound(
      () => this.#storage.get(segmentKey(number)),
      (again) => this.#open(number, again),
    );
  }

  async #copyOf(number: number): Promise<StoredSegment | undefined> {
    for await (const copy of this.#copies.of(number)) {
      const found = this.#openIfSound(number, copy);
      if (found) return found;
    }
    return undefined;
  }

  #openIfSound(number: number, stored: Uint8Array, after?: LogPosition): StoredSegment | undefined {
    try {
      return this.#open(number, stored, after);
    } catch (error) {
      if (isFault(error)) return undefined;
      throw error;
    }
  }

  /** Replaces the newest segment by the one that the next one names: the log's own, or a copy. @returns whether there is one. */
  async #exchangeNewest(digest: Uint8Array): Promise<boolean> {
    const newest = this.#held.at(-1);
    if (newest === undefined || sameBytes(newest.segmentDigest, digest)) return false;
    const { segment } = newest;
    // The newest one may come from a stale checkpoint.
    const own = await getIfSound(this.#storage, segmentKey(segment));
    const isOwn = own !== undefined && sameBytes(segmentDigest(own), digest);
    const stored = isOwn ? own : await this.#copies.with(segment, digest);
    const found = stored && this.#openIfSound(segment, stored, this.#held.at(-2) ?? this.#before);
    if (found === undefined) return false;
    this.#held.splice(-1, 1, { ...found, fault: isOwn ? undefined : (newest.fault ?? changedSegment(segment)) });
    return true;
  }

  #open(number: number, stored: Uint8Array, after: LogPosition = this.#newest): StoredSegment {
    const segment = decodeSegment(number, stored);
    if (segment.storeId !== this.#store.storeId) throw otherStore(segment, this.#store.storeId);
    requireWriter(segment, this.#store);
    if (!sameBytes(segment.previous, after.segmentDigest)) throw otherLog(segment);
    return { ...segment, stored, segmentDigest: segmentDigest(stored) };
  }
}

/** A newer format is one, too: damage may look like it. */
function isFault(error: unknown): error is ArchiveError {
  return isArchiveError(error, 'INTEGRITY') || isArchiveError(error, 'FORMAT_UNSUPPORTED');
}

interface Stored {
  number: number;
  /** Undefined if it could not be read. */
  stored: Uint8Array | undefined;
}

async function getIfSound(storage: StorageBackend, key: string): Promise<Uint8Array | undefined> {
  try {
    return await storage.get(key);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** A checkpoint is large, so it counts as many segments. */
function weightOf(object: Checkpoint | number): number {
  return typeof object === 'number' ? 1 : READ_AHEAD / 2;
}

async function readObject(storage: StorageBackend, object: Checkpoint | number): Promise<Stored[]> {
  if (typeof object === 'number') {
    return [{ number: object, stored: await getIfSound(storage, segmentKey(object)) }];
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
