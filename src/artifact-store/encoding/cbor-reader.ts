import { isUtf8 } from 'node:buffer';
import { ArchiveError } from '../errors.ts';
import { asBuffer } from './as-buffer.ts';

/** Major types, RFC 8949 §3.1: the upper three bits of an item's first byte. */
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const LIST = 4;
export const MAP = 5;
export const SIMPLE = 7;
/** Simple values, §3.3. */
export const FALSE = 20;
export const TRUE = 21;
const NULL = 22;

/** Bounds recursion; no stored format nests nearly this deep. */
const MAX_DEPTH = 32;
/** Limit of items in one decoded value, since a forged list of empty lists would take 60 times its bytes in memory. */
const MAX_ITEMS = 2 ** 23;
const BOM = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Walks CBOR item by item without decoding skipped items. Memory and time are linear in the bytes, whatever lengths they
 * claim.
 */
export class CborReader {
  readonly #bytes: Buffer;
  #at = 0;
  #checked = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes);
  }

  /** All the bytes it reads from. */
  get source(): Buffer {
    return this.#bytes;
  }

  /** Where the next item begins. */
  get at(): number {
    return this.#at;
  }

  /** The next item's major type. */
  get major(): number {
    if (this.#at >= this.#bytes.length) throw refused('ends too early');
    return this.#bytes[this.#at]! >> 5;
  }

  /** Reads the head of a list. @returns how many items follow. */
  list(): number {
    return this.#head(LIST);
  }

  /** Reads the head of a map. @returns how many keys follow, each before its value. */
  map(): number {
    return this.#head(MAP);
  }

  /** Reads an unsigned integer. */
  count(): number {
    return this.#head(UNSIGNED);
  }

  /** Reads a negative integer. */
  negative(): number {
    const value = -1 - this.#head(NEGATIVE);
    if (Number.isSafeInteger(value)) return value;
    throw refused('holds an integer out of range or too long');
  }

  /** Reads a byte string without copying it. */
  bytes(): Buffer {
    return this.take(this.#head(BYTES));
  }

  text(): string {
    return this.utf8().toString();
  }

  /** Reads the UTF-8 bytes of a text without copying them. */
  utf8(): Buffer {
    const bytes = this.take(this.#head(TEXT));
    if (!isUtf8(bytes)) throw refused('holds text that is not UTF-8');
    return bytes;
  }

  /** Reads true, false or null. */
  simple(): boolean | null {
    const info = this.#bytes[this.pass(1)]! & 0x1f;
    if (info === FALSE || info === TRUE) return info === TRUE;
    if (info === NULL) return null;
    throw refused('holds a float or an unknown simple value');
  }

  /** Skips the next item, reading only the lengths in it. */
  skip(): void {
    for (let pending = 1; pending > 0; pending--) {
      const initial = this.#bytes[this.pass(1)]!;
      const argument = this.#argument(initial & 0x1f);
      const major = initial >> 5;
      if (major === BYTES || major === TEXT) this.pass(argument);
      else if (major === LIST) pending += argument;
      else if (major === MAP) pending += 2 * argument;
    }
  }

  /** Skips these bytes if they come next. @returns whether they do. */
  takes(expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[this.#at + i] !== expected[i]) return false;
    this.#at += expected.length;
    return true;
  }

  /** Reads raw bytes without copying them. */
  take(length: number): Buffer {
    return this.#bytes.subarray(this.pass(length), this.#at);
  }

  /** Skips raw bytes. @returns where they begin. */
  pass(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw refused('ends too early');
    this.#at = start + length;
    return start;
  }

  /** @throws ArchiveError `INTEGRITY` unless all bytes were read. */
  end(): void {
    if (this.#at < this.#bytes.length) throw refused('goes on after its end');
  }

  /**
   * Skips the next item if it is in canonical form (RFC 8949 §4.2.1) and consists only of {@link CborValue}s: no tags, floats
   * or indefinite lengths, and map keys are distinct texts.
   *
   * @returns whether cbor-x decodes it correctly: it renames the key `__proto__`, and drops a byte order mark at the start of
   * a long text.
   * @throws ArchiveError `INTEGRITY` for anything else.
   */
  check(depth = 0): boolean {
    if (depth > MAX_DEPTH) throw refused('is nested too deep');
    if (++this.#checked > MAX_ITEMS) throw refused('holds too many items');
    const { major } = this;
    if (major === TEXT) return !this.utf8().subarray(0, BOM.length).equals(BOM);
    if (major === LIST) return this.#checkItems(this.list(), depth + 1);
    if (major === MAP) return this.#checkMap(this.map(), depth + 1);
    if (major === UNSIGNED) this.count();
    else if (major === NEGATIVE) this.negative();
    else if (major === BYTES) this.bytes();
    else if (major === SIMPLE) this.simple();
    else throw refused('holds a tag');
    return true;
  }

  #checkItems(count: number, depth: number): boolean {
    let isPlain = true;
    for (let i = 0; i < count; i++) isPlain = this.check(depth) && isPlain;
    return isPlain;
  }

  #checkMap(count: number, depth: number): boolean {
    let isPlain = true;
    let before: Buffer | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.#at;
      if (this.major !== TEXT) throw refused('has a key that is not text');
      isPlain = this.check(depth) && isPlain;
      const key = this.#bytes.subarray(start, this.#at);
      if (before && before.compare(key) >= 0) throw refused('has keys that are out of order or repeated');
      isPlain &&= !key.equals(PROTO);
      before = key;
      isPlain = this.check(depth) && isPlain;
    }
    return isPlain;
  }

  #head(expected: number): number {
    if (this.major !== expected) throw refused('has an item of an unexpected type');
    return this.#argument(this.#bytes[this.#at++]! & 0x1f);
  }

  /** Reads the number in a head (RFC 8949 §3), which must be in its shortest form. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw refused('has no definite length');
    const length = 2 ** (info - 24);
    const at = this.pass(length);
    const value = length === 8 ? Number(this.#bytes.readBigUInt64BE(at)) : this.#bytes.readUIntBE(at, length);
    const least = length === 1 ? 24 : 2 ** (length * 4);
    if (value < least || !Number.isSafeInteger(value)) throw refused('holds an integer out of range or too long');
    return value;
  }
}

/** The encoded key `__proto__`. */
const PROTO = Buffer.from('\x69__proto__', 'latin1');

function refused(what: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored CBOR ${what}; it is damaged or was forged.`);
}
