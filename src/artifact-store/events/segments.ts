import { MAX_STORED_BYTES } from '../encoding/document.ts';
import { ArchiveError } from '../errors.ts';
import type { StorageBackend, StoredObject } from '../storage/backend.ts';
import { firstSequenceOf, SEGMENTS, sequenceDigits } from './mirror.ts';

/** Keys are listed by the leading digits of their sequence, so many sequences at a time: memory for one page of the log. */
const PAGE_DIGITS = 4;
/** Segments on their way at once: most are small, and a server far away answers slowly. */
const READ_AHEAD = 16;

/** The segments in storage, for a walk from the first to the last. */
export class Segments {
  readonly #storage: StorageBackend;
  #prefix: string | undefined;
  /** Of the page, in order. */
  #page: StoredObject[] = [];
  #bySequence = new Map<number, StoredObject[]>();
  readonly #reading = new Map<string, Promise<Uint8Array>>();

  constructor(storage: StorageBackend) {
    this.#storage = storage;
  }

  /** Those that begin with the sequence: one, or more where a transaction failed. */
  async startingAt(sequence: number): Promise<readonly StoredObject[]> {
    const prefix = `${SEGMENTS}${sequenceDigits(sequence).slice(0, -PAGE_DIGITS)}`;
    if (prefix !== this.#prefix) await this.#turnTo(prefix);
    return this.#bySequence.get(sequence) ?? [];
  }

  async #turnTo(prefix: string): Promise<void> {
    this.#page = [];
    this.#reading.clear();
    for await (const object of this.#storage.list(prefix)) this.#page.push(object);
    this.#page.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#bySequence = Map.groupBy(this.#page, ({ key }) => firstSequenceOf(key) ?? 0);
    this.#prefix = prefix;
  }

  /** The stored bytes of one of those that {@link startingAt} gave last, and in advance of those that come after it. */
  read(object: StoredObject): Promise<Uint8Array> {
    const at = this.#page.indexOf(object);
    for (const { key, size } of this.#page.slice(at, at + READ_AHEAD)) {
      if (this.#reading.has(key)) continue;
      const reading = size > MAX_STORED_BYTES ? Promise.reject(tooLong(key, size)) : this.#storage.get(key);
      reading.catch(() => undefined);
      this.#reading.set(key, reading);
    }
    const reading = this.#reading.get(object.key)!;
    this.#reading.delete(object.key);
    return reading;
  }
}

function tooLong(key: string, size: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The segment "${key}" has ${size} bytes, more than the ${MAX_STORED_BYTES} that one may have; it is damaged or was forged.`,
  );
}

/** Whether some registry has mirrored its log there. */
export async function holdsEvents(storage: StorageBackend): Promise<boolean> {
  for await (const _ of storage.list(SEGMENTS)) return true;
  return false;
}
