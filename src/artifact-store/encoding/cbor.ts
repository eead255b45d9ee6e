import { Encoder } from 'cbor-x';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';

/** The values stored formats are made of: no floats, no tags, no undefined. */
export type CborValue = null | boolean | number | string | Uint8Array | CborValue[] | { [key: string]: CborValue };

const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true });

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
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not UTF-8 text');
    return value;
  }
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical);
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(byEncodedKey)) sorted[key] = canonical(value[key]!);
  return sorted;
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
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  throw new TypeError(`a ${typeof value} is not allowed`);
}
