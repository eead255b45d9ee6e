import { type CborValue, encodeCbor } from '../encoding/cbor.ts';
import { malformed, readBytes, readMap } from '../encoding/shape.ts';
import { SALT_BYTES } from '../encryption/derive.ts';
import { DIGEST_BYTES, digestsOf } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';

/** The table of a pack in an encrypted store, without the names: readable without a key, except for `box`. */
export interface SealedTable {
  /** Id of the session whose key seals the pack. */
  session: Uint8Array;
  /** The random bytes in the pack's header. */
  nonce: Uint8Array;
  /** Digest of the names. */
  names: Uint8Array;
  /** Frames and lengths, sealed. */
  box: Uint8Array;
  /** BLAKE3 of the bytes before the trailer, so that damage is found without a key; missing in older packs. */
  stored?: Uint8Array | undefined;
}

/** The names that replace the digests of contents, and of contents stored as chunks. */
export interface Names {
  contents: readonly Uint8Array[];
  lists: readonly Uint8Array[];
}

/** The number of contents is hashed too, so that a content cannot be presented as a list. */
export function digestOfNames({ contents, lists }: Names): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(contents.length);
  return blake3.hash(Buffer.concat([count, ...contents, ...lists]));
}

/** The form of the table in a segment and in a pack. */
export function encodeSealedTable({ contents, lists }: Names, { session, nonce, box, stored }: SealedTable): CborValue {
  const names = { contents: Buffer.concat(contents), lists: Buffer.concat(lists) };
  return { ...names, session, nonce, sealed: box, ...(stored && { stored }) };
}

export function isSealedTable(table: unknown): boolean {
  return typeof table === 'object' && table !== null && Object.hasOwn(table, 'sealed');
}

/** @throws ArchiveError `INTEGRITY` when it is not a sealed table. */
export function decodeSealedTable(table: unknown, where: string): { names: Names; sealed: SealedTable } {
  const map = readMap(table, where, ['contents', 'lists', 'session', 'nonce', 'sealed'], ['stored']);
  const names = { contents: namesIn(map.contents, where), lists: namesIn(map.lists, where) };
  const [session, nonce] = [readSalt(map.session, where), readSalt(map.nonce, where)];
  const box = readBytes(map.sealed, where);
  return { names, sealed: { session, nonce, names: digestOfNames(names), box, ...readStored(map.stored, where) } };
}

function readStored(value: unknown, where: string): Pick<SealedTable, 'stored'> {
  if (value === undefined) return {};
  const stored = readBytes(value, where);
  if (stored.byteLength !== DIGEST_BYTES) throw malformed(where, 'a digest has another length');
  return { stored };
}

function readSalt(value: unknown, where: string): Uint8Array {
  const bytes = readBytes(value, where);
  if (bytes.byteLength !== SALT_BYTES) throw malformed(where, 'an id has another length');
  return bytes;
}

function namesIn(value: unknown, where: string): Uint8Array[] {
  const packed = readBytes(value, where);
  if (packed.byteLength % DIGEST_BYTES !== 0) throw malformed(where, 'a name has another length');
  return [...digestsOf(packed)];
}

/** As the registry keeps it in the place of frames. */
export function encodeForIndex({ session, nonce, names, box, stored }: SealedTable): Buffer {
  return encodeCbor({ session, nonce, names, box, ...(stored && { stored }) });
}

/** Undefined for the frames of a pack that is not sealed. */
export function decodeFromIndex(value: unknown, where: string): SealedTable | undefined {
  if (Array.isArray(value)) return undefined;
  const map = readMap(value, where, ['session', 'nonce', 'names', 'box'], ['stored']);
  const [session, nonce] = [readSalt(map.session, where), readSalt(map.nonce, where)];
  const [names, box] = [readBytes(map.names, where), readBytes(map.box, where)];
  return { session, nonce, names, box, ...readStored(map.stored, where) };
}
