import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import {
  CHECKPOINTS,
  checkpointKey,
  decodeCheckpoint,
  encodeCheckpoint,
  rangeOfKey,
  type SegmentRange,
} from '../log/checkpoint.ts';
import { segmentDigest } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** A checkpoint in storage. */
export interface Checkpoint extends SegmentRange {
  /** Stored size. */
  bytes: number;
  storedAt: Date;
}

/** Above this size a checkpoint is neither made nor merged into another: bounds memory. */
export const MAX_BYTES = 32 * 1024 * 1024;
/** A reader that needed more objects than this makes a checkpoint of the newer ones. */
const MAX_OBJECTS = 6;
/** An older checkpoint is merged into a newer one that is not much smaller, so each segment is copied only a few times. */
const GROWTH = 3;

export async function listCheckpoints(storage: StorageBackend): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for await (const { key, size, modifiedAt } of storage.list(CHECKPOINTS)) {
    const range = rangeOfKey(key);
    if (range) found.push({ ...range, bytes: size, storedAt: modifiedAt });
  }
  return found;
}

/**
 * The objects that contain the segments of a range, as few as possible: checkpoints, and single segments where there are none.
 * @param least a checkpoint with fewer of them is not worth reading, since the log has them too.
 */
export function objectsOf(
  checkpoints: readonly Checkpoint[],
  { first, last }: SegmentRange,
  least = 2,
): (Checkpoint | number)[] {
  const objects: (Checkpoint | number)[] = [];
  for (let next = first; next <= last; ) {
    const best = checkpoints
      .filter(
        (checkpoint) => checkpoint.first <= next && checkpoint.last <= last && checkpoint.last - next + 1 >= least,
      )
      .reduce<Checkpoint | undefined>((a, b) => (a && a.last >= b.last ? a : b), undefined);
    objects.push(best ?? next);
    next = (best?.last ?? next) + 1;
  }
  return objects;
}

/** The segments of a checkpoint; undefined when it cannot be read, since the log has them too. */
export async function readCheckpoint(
  storage: StorageBackend,
  checkpoint: Checkpoint,
): Promise<Uint8Array[] | undefined> {
  try {
    return decodeCheckpoint(checkpoint, await storage.get(checkpointKey(checkpoint)));
  } catch (error) {
    if (error instanceof ArchiveError && error.code !== 'STORE_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** The copies of segments in checkpoints, for a log that has lost some of its own. */
export class Copies {
  readonly #storage: StorageBackend;
  #checkpoints: Promise<Checkpoint[]> | undefined;
  /** The last one read, since several segments in a row may be lost. */
  #read: { checkpoint: Checkpoint; segments: Uint8Array[] | undefined } | undefined;

  constructor(storage: StorageBackend) {
    this.#storage = storage;
  }

  /** The copies of a segment, as stored. Nothing proves yet that they are sound. */
  async *of(number: number): AsyncIterable<Uint8Array> {
    this.#checkpoints ??= listCheckpoints(this.#storage);
    for (const checkpoint of await this.#checkpoints) {
      if (!includes(checkpoint, number)) continue;
      if (this.#read?.checkpoint !== checkpoint) {
        this.#read = { checkpoint, segments: await readCheckpoint(this.#storage, checkpoint) };
      }
      const copy = this.#read.segments?.[number - checkpoint.first];
      if (copy) yield copy;
    }
  }

  /** The copy of a segment with this digest. */
  async with(number: number, digest: Uint8Array): Promise<Uint8Array | undefined> {
    for await (const copy of this.of(number)) if (sameBytes(segmentDigest(copy), digest)) return copy;
    return undefined;
  }
}

/** The number of segments in a range. */
export function lengthOf({ first, last }: SegmentRange): number {
  return last - first + 1;
}

/** Whether a range has a segment. */
export function includes({ first, last }: SegmentRange, number: number): boolean {
  return first <= number && number <= last;
}

/** Whether a checkpoint has all segments of another one. */
export function covers(larger: SegmentRange, { first, last }: SegmentRange): boolean {
  const isSame = larger.first === first && larger.last === last;
  return !isSame && larger.first <= first && larger.last >= last;
}

/** The segment from which a reader of these objects makes checkpoints; undefined when there were few. */
export function firstToGather(objects: readonly (Checkpoint | number)[]): number | undefined {
  if (objects.length <= MAX_OBJECTS) return undefined;
  let later = 0;
  let first: number | undefined;
  for (const object of [...objects].reverse()) {
    const count = typeof object === 'number' ? 1 : lengthOf(object);
    const isLarge = typeof object !== 'number' && object.bytes > MAX_BYTES / 2;
    if (isLarge || count > GROWTH * Math.max(1, later)) break;
    later += count;
    first = typeof object === 'number' ? object : object.first;
  }
  return first;
}

/** Collects segments as they are read, and stores them as checkpoints. */
export class CheckpointWriter {
  readonly #storage: StorageBackend;
  #next: number;
  #gathered: Uint8Array[] = [];
  #bytes = 0;

  constructor(storage: StorageBackend, first: number) {
    this.#storage = storage;
    this.#next = first;
  }

  /** Adds the next segment; ignores those before the first one to collect. */
  async add(number: number, stored: Uint8Array): Promise<void> {
    if (number !== this.#next + this.#gathered.length) return;
    this.#gathered.push(stored);
    this.#bytes += stored.byteLength;
    if (this.#bytes >= MAX_BYTES) await this.finish();
  }

  /** Stores the collected segments. Checkpoints are optional: a reader without write access skips this. */
  async finish(): Promise<void> {
    const range = { first: this.#next, last: this.#next + this.#gathered.length - 1 };
    const segments = this.#gathered;
    this.#next = range.last + 1;
    this.#gathered = [];
    this.#bytes = 0;
    if (segments.length > 1) {
      await this.#storage.put(checkpointKey(range), encodeCheckpoint(segments)).catch(() => undefined);
    }
  }
}
