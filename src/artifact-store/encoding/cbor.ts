import { Decoder } from 'cbor-x';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { compareUtf8 } from './utf8.ts';

/** The values stored formats are made of: no floats, no tags, no undefined. */
export type CborValue = null | boolean | number | string | Uint8Array | CborValue[] | { [key: string]: CborValue };

/** Maps, since a JavaScript object reorders keys that look like numbers and loses `__proto__`. */
const decoder = new Decoder({ useRecords: false, mapsAsObjects: false });

/**
 * Encodes with the core deterministic rules of RFC 8949 §4.2.1: definite lengths, shortest integers, map keys in
 * bytewise order of their encodings.
 *
 * @throws TypeError for a number that is no safe integer and for text that is no UTF-8.
 */
export function encodeCbor(value: CborValue): Buffer {
  const writer = new Writer();
  writer.write(value);
  return writer.bytes();
}

/** Major types, RFC 8949 §3.1. */
const UNSIGNED = 0 << 5;
const NEGATIVE = 1 << 5;
const BYTES = 2 << 5;
const TEXT = 3 << 5;
const LIST = 4 << 5;
const MAP = 5 << 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const MAX_HEAD_BYTES = 9;

/** A million entries are written here at once, so straight to bytes: no library does without a tree sorted before. */
class Writer {
  #buffer = Buffer.allocUnsafe(1024);
  #end = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  write(value: CborValue): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#integer(value);
    else if (typeof value === 'boolean') this.#head(value ? TRUE : FALSE, 0);
    else if (value === null) this.#head(NULL, 0);
    else if (value instanceof Uint8Array) this.#byteString(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#map(value);
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not an integer`);
    if (value < 0) this.#head(NEGATIVE, -1 - value);
    else this.#head(UNSIGNED, value);
  }

  #text(value: string): void {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not UTF-8 text');
    const length = Buffer.byteLength(value);
    this.#head(TEXT, length);
    this.#reserve(length);
    this.#end += this.#buffer.write(value, this.#end);
  }

  #byteString(value: Uint8Array): void {
    this.#head(BYTES, value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#end);
    this.#end += value.byteLength;
  }

  #list(value: readonly CborValue[]): void {
    this.#head(LIST, value.length);
    for (const item of value) this.write(item);
  }

  #map(value: Readonly<Record<string, CborValue>>): void {
    const keys = Object.keys(value).sort(byEncodedKey);
    this.#head(MAP, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.write(value[key]!);
    }
  }

  /** The type with its argument in as few bytes as hold it. */
  #head(type: number, argument: number): void {
    this.#reserve(MAX_HEAD_BYTES);
    const buffer = this.#buffer;
    if (argument < 24) {
      buffer[this.#end++] = type | argument;
    } else if (argument <= 0xff) {
      buffer[this.#end++] = type | 24;
      buffer[this.#end++] = argument;
    } else if (argument <= 0xffff) {
      buffer[this.#end++] = type | 25;
      this.#end = buffer.writeUInt16BE(argument, this.#end);
    } else if (argument <= 0xffff_ffff) {
      buffer[this.#end++] = type | 26;
      this.#end = buffer.writeUInt32BE(argument, this.#end);
    } else {
      buffer[this.#end++] = type | 27;
      this.#end = buffer.writeBigUInt64BE(BigInt(argument), this.#end);
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.byteLength));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

/** A text key's encoding starts with its length in bytes, so the shorter one comes first. */
function byEncodedKey(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || compareUtf8(a, b);
}

/**
 * Decodes one canonical item.
 *
 * @throws ArchiveError `INTEGRITY` when the bytes are anything but the canonical encoding of a {@link CborValue}. The
 * bytes are encoded again and compared, so a duplicate key, a long integer or an indefinite length never passes.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  try {
    const value = plain(decoder.decode(bytes));
    if (sameBytes(encodeCbor(value), bytes)) return value;
  } catch (error) {
    throw new ArchiveError('INTEGRITY', 'The stored CBOR cannot be decoded; it is damaged or was forged.', error);
  }
  throw new ArchiveError('INTEGRITY', 'The stored CBOR is not in canonical form; it is damaged or was forged.');
}

/** Narrows what cbor-x returns; what is left over (floats, tags, undefined) has no place in a stored format. */
function plain(value: unknown): CborValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' || value instanceof Uint8Array) return value;
  if (typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) {
    return Number(value);
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [plainText(key), plain(item)]));
  throw new TypeError(`a ${typeof value} is not allowed`);
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`a ${typeof value} is not allowed as a key`);
}
