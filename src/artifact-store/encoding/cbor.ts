import { Encoder } from 'cbor-x';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';

/** The values stored formats are made of: no floats, no tags, no undefined. */
export type CborValue = null | boolean | number | string | Uint8Array | CborValue[] | { [key: string]: CborValue };

/** Maps on both sides: a JavaScript object reorders keys that look like numbers and loses `__proto__`. */
const OPTIONS = {
  useRecords: false,
  mapsAsObjects: false,
  useTag259ForMaps: false,
  tagUint8Array: false,
  variableMapSize: true,
};
const encoder = new Encoder(OPTIONS);

const MAX_UINT32 = 0xffff_ffff;

/**
 * Encodes with the core deterministic rules of RFC 8949 §4.2.1: definite lengths, shortest integers, map keys in
 * bytewise order of their encodings.
 */
export function encodeCbor(value: CborValue): Buffer {
  return Buffer.from(encoder.encode(canonical(value)));
}

/**
 * Decodes one canonical item.
 *
 * @throws ArchiveError `INTEGRITY` when the bytes are anything but the canonical encoding of a {@link CborValue}. The
 * bytes are encoded again and compared, so a duplicate key, a long integer or an indefinite length never passes.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  try {
    const value = plain(encoder.decode(bytes));
    if (sameBytes(encodeCbor(value), bytes)) return value;
  } catch (error) {
    throw new ArchiveError('INTEGRITY', 'The stored CBOR cannot be decoded; it is damaged or was forged.', error);
  }
  throw new ArchiveError('INTEGRITY', 'The stored CBOR is not in canonical form; it is damaged or was forged.');
}

/** Sorts the keys and widens integers past 32 bits to bigint, which cbor-x would otherwise write as floats. */
function canonical(value: CborValue): unknown {
  if (typeof value === 'number') return canonicalInteger(value);
  if (typeof value === 'string') return canonicalText(value);
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical);
  const keys = Object.keys(value).sort(byEncodedKey);
  return new Map(keys.map((key) => [canonicalText(key), canonical(value[key]!)]));
}

function canonicalText(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not UTF-8 text');
  return value;
}

function canonicalInteger(value: number): number | bigint {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not an integer`);
  return value > MAX_UINT32 || value < -MAX_UINT32 - 1 ? BigInt(value) : value;
}

/** A text key's encoding starts with its length in bytes, so the shorter one comes first. */
function byEncodedKey(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
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
