import { isUtf8 } from 'node:buffer';
import { ArchiveError } from '../errors.ts';
import { asBuffer } from './as-buffer.ts';

/** The values stored formats are made of: no floats, no tags, no undefined. */
export type CborValue = null | boolean | number | string | Uint8Array | CborValue[] | { [key: string]: CborValue };

/**
 * Encodes with the core deterministic rules of RFC 8949 §4.2.1: definite lengths, shortest integers, map keys in
 * bytewise order of their encodings.
 *
 * @throws TypeError for a number that is no safe integer and for text that is no UTF-8.
 */
export function encodeCbor(value: CborValue): Buffer {
  const writer = new CborWriter();
  writer.write(value);
  return writer.bytes();
}

/** The head of a list of so many items, which are to follow. */
export function listHead(length: number): Buffer {
  const writer = new CborWriter();
  writer.listHead(length);
  return writer.bytes();
}

/** Major types, RFC 8949 §3.1: the upper three bits of an item's first byte. */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const SIMPLE = 7;
/** Simple values, §3.3. */
const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const MAX_HEAD_BYTES = 9;

/**
 * Encodes items one after the other, as {@link encodeCbor} does. Straight to bytes, of a million entries: libraries want a
 * tree whose maps are sorted before.
 */
export class CborWriter {
  #buffer = Buffer.from(new ArrayBuffer(1024));
  #end = 0;
  /** Of the map written last: those of a list mostly have the same keys. */
  #keys: readonly string[] = [];
  #sortedKeys: readonly Key[] = [];

  /** Bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** All that was written; gone when more is. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  write(value: CborValue): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#integer(value);
    else if (typeof value === 'boolean') this.#head(SIMPLE, value ? TRUE : FALSE);
    else if (value === null) this.#head(SIMPLE, NULL);
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
    this.append(value);
  }

  /** Bytes that are items already, or parts of one. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  listHead(length: number): void {
    this.#head(LIST, length);
  }

  #list(value: readonly CborValue[]): void {
    this.listHead(value.length);
    for (const item of value) this.write(item);
  }

  #map(value: Readonly<Record<string, CborValue>>): void {
    const keys = this.#sorted(Object.keys(value));
    this.#head(MAP, keys.length);
    for (const { key, encoded } of keys) {
      this.append(encoded);
      this.write(value[key]!);
    }
  }

  #sorted(keys: readonly string[]): readonly Key[] {
    const isSame = keys.length === this.#keys.length && keys.every((key, i) => key === this.#keys[i]);
    if (!isSame) {
      this.#keys = keys;
      this.#sortedKeys = keys
        .map((key) => ({ key, encoded: encodeCbor(key) }))
        .sort((a, b) => Buffer.compare(a.encoded, b.encoded));
    }
    return this.#sortedKeys;
  }

  /** The major type with its argument in as few bytes as hold it. */
  #head(major: number, argument: number): void {
    const type = major << 5;
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
    const length = Math.max(needed, 2 * this.#buffer.byteLength);
    // Frees the smaller one at once.
    this.#buffer = Buffer.from((this.#buffer.buffer as ArrayBuffer).transfer(length));
  }
}

interface Key {
  key: string;
  encoded: Uint8Array;
}

/**
 * Decodes one canonical item.
 *
 * @throws ArchiveError `INTEGRITY` when the bytes are anything but the canonical encoding of a {@link CborValue}.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const value = reader.item();
  reader.end();
  return value;
}

/** Far more than any stored format nests; bounds recursion. */
const MAX_DEPTH = 32;

/**
 * Reads what {@link encodeCbor} writes and nothing else. A decoder of all of CBOR takes far more from a stranger: tags that
 * call constructors, or that name a value again and again until it fills the memory. Here nothing is set aside for more
 * items than there are bytes, and time is linear in them.
 */
export class CborReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Of the map read last, in their order: those of the next one in a list are mostly the same. */
  #keys: readonly Key[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes);
  }

  /** Where the next item begins. */
  get at(): number {
    return this.#at;
  }

  /** Decodes the next item. */
  item(): CborValue {
    return this.#item(0);
  }

  /** Whether the next item is a list. */
  isList(): boolean {
    return this.#bytes[this.#at]! >> 5 === LIST;
  }

  /** Goes into a list. @returns how many items follow. */
  list(): number {
    return this.#enter(LIST);
  }

  /** Goes into a map. @returns how many keys follow, each before its value. */
  map(): number {
    return this.#enter(MAP);
  }

  /** Goes past the next item, of which no more is looked at than where it ends. */
  skip(): void {
    for (let pending = 1; pending > 0; pending--) {
      const initial = this.#bytes[this.#advance(1)]!;
      const argument = this.#argument(initial & 0x1f);
      const major = initial >> 5;
      if (major === BYTES || major === TEXT) this.#advance(argument);
      else if (major === LIST) pending += argument;
      else if (major === MAP) pending += 2 * argument;
    }
  }

  /** Goes past these bytes if they come next. */
  takes(expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[this.#at + i] !== expected[i]) return false;
    this.#at += expected.length;
    return true;
  }

  #enter(expected: number): number {
    const initial = this.#bytes[this.#advance(1)]!;
    if (initial >> 5 !== expected) throw refused('holds something else than it should');
    return this.#argument(initial & 0x1f);
  }

  #item(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw refused('is nested too deep');
    const initial = this.#bytes[this.#advance(1)]!;
    const major = initial >> 5;
    const info = initial & 0x1f;
    if (major === SIMPLE) return simpleValue(info);
    const argument = this.#argument(info);
    if (major === UNSIGNED) return argument;
    if (major === NEGATIVE) return negative(argument);
    if (major === BYTES) return this.#take(argument);
    if (major === TEXT) return this.#text(argument);
    if (major === LIST) return this.#list(argument, depth + 1);
    if (major === MAP) return this.#map(argument, depth + 1);
    throw refused('holds a tag');
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw refused('goes on after its end');
  }

  /** The number in a head (RFC 8949 §3), in as few bytes as it needs. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw refused('has no definite length');
    const length = 2 ** (info - 24);
    const at = this.#advance(length);
    const value = length === 8 ? Number(this.#bytes.readBigUInt64BE(at)) : this.#bytes.readUIntBE(at, length);
    const least = length === 1 ? 24 : 2 ** (length * 4);
    if (value < least || !Number.isSafeInteger(value)) throw refused('holds an integer out of range or too long');
    return value;
  }

  /** @returns where it was. */
  #advance(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw refused('ends too early');
    this.#at = start + length;
    return start;
  }

  #take(length: number): Buffer {
    return this.#bytes.subarray(this.#advance(length), this.#at);
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    if (!isUtf8(bytes)) throw refused('holds text that is not UTF-8');
    return bytes.toString();
  }

  #list(length: number, depth: number): CborValue[] {
    const items: CborValue[] = [];
    while (items.length < length) items.push(this.#item(depth));
    return items;
  }

  #map(length: number, depth: number): { [key: string]: CborValue } {
    const map: { [key: string]: CborValue } = {};
    const keys: Key[] = [];
    const likely = this.#keys;
    let isLikely = true;
    for (let i = 0; i < length; i++) {
      const guess = likely[i];
      isLikely &&= guess !== undefined && this.takes(guess.encoded);
      const key = isLikely ? guess! : this.#key(keys[i - 1], depth);
      keys.push(key);
      setOwn(map, key.key, this.#item(depth));
    }
    this.#keys = keys;
    return map;
  }

  #key(before: Key | undefined, depth: number): Key {
    const start = this.#at;
    const key = this.#item(depth);
    if (typeof key !== 'string') throw refused('has a key that is no text');
    const encoded = this.#bytes.subarray(start, this.#at);
    if (before && Buffer.compare(before.encoded, encoded) >= 0)
      throw refused('has keys that are out of order or twice there');
    return { key, encoded };
  }
}

/** Assigning to `__proto__` would not make a key. */
function setOwn(map: { [key: string]: CborValue }, key: string, value: CborValue): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
  else map[key] = value;
}

function negative(argument: number): number {
  const value = -1 - argument;
  if (Number.isSafeInteger(value)) return value;
  throw refused('holds an integer out of range or too long');
}

function simpleValue(info: number): CborValue {
  if (info === FALSE || info === TRUE) return info === TRUE;
  if (info === NULL) return null;
  throw refused('holds a float or an unknown simple value');
}

function refused(what: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored CBOR ${what}; it is damaged or was forged.`);
}
