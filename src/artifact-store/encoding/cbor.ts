import { Encoder } from 'cbor-x/index-no-eval';
import { BYTES, CborReader, LIST, MAP, NEGATIVE, SIMPLE, TEXT } from './cbor-reader.ts';

/** The values in stored formats: no floats, no tags, no undefined. */
export type CborValue = null | boolean | number | string | Uint8Array | CborValue[] | { [key: string]: CborValue };

/** Turns off the library's extensions: plain maps, byte strings without a tag, 64-bit integers as numbers. */
const OPTIONS = {
  useRecords: false,
  mapsAsObjects: true,
  useTag259ForMaps: false,
  tagUint8Array: false,
  variableMapSize: true,
  int64AsNumber: true,
};
const cborX = new Encoder(OPTIONS);

/**
 * Encodes with the core deterministic rules of RFC 8949 §4.2.1: definite lengths, shortest integers, map keys in
 * bytewise order of their encodings.
 *
 * @throws TypeError for a number that is not a safe integer, and for text with a lone surrogate.
 */
export function encodeCbor(value: CborValue): Buffer {
  const encoded = cborX.encode(canonical(value));
  // Copies, since results of cbor-x share one large buffer, and keeping one would keep all of it.
  return Buffer.from(encoded);
}

/**
 * Decodes one canonical item. cbor-x only gets bytes that passed the check, so that its extensions (tags that call
 * constructors or repeat a value) cannot be reached.
 *
 * @throws ArchiveError `INTEGRITY` unless the bytes are the canonical encoding of one {@link CborValue}.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const isPlain = reader.check();
  reader.end();
  // cbor-x is four times as fast for events and trailers.
  return isPlain ? (cborX.decode(bytes) as CborValue) : decodeItem(new CborReader(bytes));
}

/** Prepares a value for cbor-x to encode canonically: sorts maps, and makes integers above 32 bits bigints. */
function canonical(value: CborValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return integer(value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical);
  const keys = Object.keys(value).map((key) => ({ key: wellFormed(key), utf8: Buffer.from(key) }));
  keys.sort((a, b) => a.utf8.byteLength - b.utf8.byteLength || a.utf8.compare(b.utf8));
  return new Map(keys.map(({ key }) => [key, canonical(value[key]!)]));
}

function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new TypeError('a lone surrogate is not UTF-8 text');
}

/** cbor-x would encode numbers above 32 bits as floats. */
function integer(value: number): number | bigint {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not an integer`);
  return value >= 2 ** 32 || value < -(2 ** 32) ? BigInt(value) : value;
}

/** Decodes the next item; the bytes must have been checked. */
function decodeItem(reader: CborReader): CborValue {
  const { major } = reader;
  if (major === TEXT) return reader.text();
  if (major === BYTES) return reader.bytes();
  if (major === NEGATIVE) return reader.negative();
  if (major === SIMPLE) return reader.simple();
  if (major === LIST) return Array.from({ length: reader.list() }, () => decodeItem(reader));
  if (major !== MAP) return reader.count();
  return Object.fromEntries(Array.from({ length: reader.map() }, () => [reader.text(), decodeItem(reader)]));
}
