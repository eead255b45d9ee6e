import { randomBytes } from 'node:crypto';
import { asBuffer } from '../encoding/as-buffer.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { LISTS_VERSION, MAX_STORED_BYTES, openDocument, packDocument, SEALED_VERSION } from '../encoding/document.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed, readBytes, readCount, readList, readMap } from '../encoding/shape.ts';
import { type Sealing, TAG_BYTES } from '../encryption/aead.ts';
import { type PackKey, SEALED_PACK_VERSION } from '../encryption/pack-key.ts';
import { DIGEST_BYTES, sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { decodeSealedTable, encodeSealedTable, isSealedTable, type Names, type SealedTable } from './sealed-table.ts';

/**
 * A pack: header, frames, trailer, footer. The concatenated contents form one stream of raw bytes, which frames divide into separately
 * coded pieces. Both lists are in order and without gaps, so the trailer needs only lengths, and cannot describe overlapping frames or
 * contents. See docs/format.md.
 */
const VERSION = 2;
/** The trailer of version 1 was its CBOR alone. */
const DOCUMENT_TRAILER_VERSION = 2;
const NONCE_BYTES = 16;
const HEADER_BYTES = MAGIC_BYTES + NONCE_BYTES;
/** Trailer digest, trailer length (uint32, little endian), closing magic. */
export const FOOTER_BYTES: number = DIGEST_BYTES + 4 + 4;
const CLOSING_MAGIC = Buffer.from('KPSA', 'ascii');

/** Raw bytes of small contents in one frame: enough context for zstd, and little to read for one file. */
export const FRAME_RAW_BYTES: number = 1024 * 1024;
/** Raw bytes of list nodes in one frame: reading a part of a file reads two of them. */
export const NODE_FRAME_RAW_BYTES: number = 64 * 1024;
/** Contents in one frame: bounds the work of reading one of many tiny ones. */
export const FRAME_MAX_CONTENTS: number = 4096;
/** Contents from this size on are cut into chunks, or get their own pack, an object. */
export const OBJECT_MIN_BYTES: number = 1024 * 1024;
/** Raw bytes in one frame of an object: bounds memory, and lets several threads work on one file. */
export const OBJECT_FRAME_RAW_BYTES: number = 2 * 1024 * 1024;
/** A pack is sealed when its frames reach this many stored bytes… */
export const PACK_TARGET_BYTES: number = 16 * 1024 * 1024;
/** …or hold this many contents: bounds the memory that its trailer takes. */
export const PACK_TARGET_CONTENTS: number = 65_536;
/** Limit for frames of this version; a larger one is refused before memory is allocated. */
const MAX_FRAME_RAW_BYTES = 16 * 1024 * 1024;

export type Codec = 'raw' | 'zstd';
const CODECS: readonly Codec[] = ['raw', 'zstd'];

export interface Frame {
  codec: Codec;
  rawLength: number;
  storedLength: number;
}

/** A frame with its places in the pack's stream of raw bytes and in the stored pack. */
export interface PlacedFrame extends Frame {
  rawOffset: number;
  storedOffset: number;
  /** For an encrypted store, where the stored length includes the tag. */
  sealing?: Sealing | undefined;
}

export interface PackedContent {
  /** BLAKE3. */
  digest: Uint8Array;
  length: number;
}

/** A content with its place in the pack's stream of raw bytes. */
export interface PlacedContent extends PackedContent {
  rawOffset: number;
}

/** A content stored as chunks, which are in this pack or in others. */
export interface PackedList {
  /** BLAKE3 of the content. */
  digest: Uint8Array;
  /** Its length. */
  size: number;
  /** BLAKE3 of the node that lists its chunks, or lists such nodes. */
  root: Uint8Array;
}

/** The contents of a pack, in stored order, and the lists recorded with it. */
export interface PackTrailer {
  frames: Frame[];
  contents: PackedContent[];
  lists: PackedList[];
  /** In an encrypted store: digests are replaced by names, and frames, contents and lists are otherwise unknown. */
  sealed?: SealedTable | undefined;
}

/**
 * The random part gives every pack a unique name, so that a pack being deleted is never confused with the same bytes being stored again.
 */
export function encodePackHeader(nonce: Uint8Array = randomBytes(NONCE_BYTES), version: number = VERSION): Buffer {
  return Buffer.concat([encodeMagic('ASPK', version), nonce]);
}

/** The contents of a pack in the form of its trailer and the log. */
export function encodePackTable({ frames, contents, lists, sealed }: PackTrailer): CborValue {
  if (sealed) {
    const digestOf = ({ digest }: { digest: Uint8Array }) => digest;
    return encodeSealedTable({ contents: contents.map(digestOf), lists: lists.map(digestOf) }, sealed);
  }
  return {
    contents: {
      digests: Buffer.concat(contents.map((content) => content.digest)),
      lengths: contents.map((content) => content.length),
    },
    frames: encodeFrames(frames),
    ...(lists.length > 0 && { lists: lists.map(({ digest, size, root }): CborValue => [digest, size, root]) }),
  };
}

export function encodeTrailer(table: PackTrailer): Buffer {
  const raw = encodeCbor(encodePackTable(table));
  const read = (opened: Buffer) => decodePackTable(decodeCbor(opened), 'The pack');
  const trailer = packDocument('ASTR', raw, read, versionFor([table]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(trailer.byteLength);
  return Buffer.concat([trailer, blake3.hash(trailer), length, CLOSING_MAGIC]);
}

/** The version of a document with these tables; undefined for the usual one. */
export function versionFor(tables: Iterable<PackTrailer>): number | undefined {
  let version: number | undefined;
  for (const { lists, sealed } of tables) {
    if (sealed) return SEALED_VERSION;
    if (lists.length > 0) version = LISTS_VERSION;
  }
  return version;
}

/** Where the trailer begins, as the footer tells. */
export function trailerOffset(size: number, footer: Uint8Array): number {
  return size - FOOTER_BYTES - asBuffer(footer).readUInt32LE(DIGEST_BYTES);
}

/** Reads part of a stored pack. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * Reads the trailer of a pack.
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the pack.
 */
export async function readTrailer(key: string, size: number, read: ReadRange): Promise<PackTrailer> {
  const where = `The pack "${key}"`;
  if (size < HEADER_BYTES + FOOTER_BYTES) throw malformed(where, 'it is too short');
  const magic = Buffer.from(await read(0, MAGIC_BYTES));
  const isSealed = magic.readUInt16LE(4) === SEALED_PACK_VERSION;
  const version = readMagic(magic, 'ASPK', isSealed ? SEALED_PACK_VERSION : VERSION, where);
  const footer = Buffer.from(await read(size - FOOTER_BYTES, FOOTER_BYTES));
  const length = footer.readUInt32LE(DIGEST_BYTES);
  if (!sameBytes(footer.subarray(DIGEST_BYTES + 4), CLOSING_MAGIC)) throw malformed(where, 'its end is missing');
  const room = size - HEADER_BYTES - FOOTER_BYTES;
  if (length > MAX_STORED_BYTES) throw malformed(where, 'its trailer is longer than any may be');
  if (length > room) throw malformed(where, 'its trailer is longer than the pack');
  const bytes = await read(size - FOOTER_BYTES - length, length);
  if (!sameBytes(blake3.hash(bytes), footer.subarray(0, DIGEST_BYTES))) throw malformed(where, 'its trailer changed');
  const raw = version < DOCUMENT_TRAILER_VERSION ? bytes : openDocument('ASTR', bytes, where);
  const trailer = decodePackTable(decodeCbor(raw), where);
  if ((trailer.sealed !== undefined) !== isSealed) throw malformed(where, 'not all is sealed');
  if (!trailer.sealed && sum(trailer.frames, (frame) => frame.storedLength) !== room - length) {
    throw malformed(where, 'frames miss its length');
  }
  return trailer;
}

/** What is known of a sealed pack without its key. */
export function namedTrailer({ contents, lists }: Names, sealed: SealedTable): PackTrailer {
  return {
    frames: [],
    contents: contents.map((digest) => ({ digest, length: 0 })),
    lists: lists.map((digest) => ({ digest, size: 0, root: NO_ROOT })),
    sealed,
  };
}

const NO_ROOT = new Uint8Array();

/** @throws ArchiveError `INTEGRITY` when contents and frames do not match. */
export function decodePackTable(table: unknown, where: string): PackTrailer {
  if (isSealedTable(table)) {
    const { names, sealed } = decodeSealedTable(table, where);
    return namedTrailer(names, sealed);
  }
  const trailer = readMap(table, where, ['contents', 'frames'], ['lists']);
  const frames = decodeFrames(trailer.frames, where);
  const { digests, lengths } = decodeContents(trailer.contents, where);
  if (sum(frames, (frame) => frame.rawLength) !== sum(lengths, (length) => length)) {
    throw malformed(where, 'contents miss the frames');
  }
  let contents: PackedContent[] | undefined;
  return {
    frames,
    // Made when it is needed: what is only read back before it is stored would else leave megabytes of objects.
    get contents() {
      contents ??= listContents(digests, lengths);
      return contents;
    },
    lists: trailer.lists === undefined ? [] : decodeLists(trailer.lists, where),
  };
}

/** Frames as lists of codec, raw length, stored length: the form of the trailer and of the registry's index. */
export function encodeFrames(frames: readonly Frame[]): CborValue[] {
  return frames.map((frame) => [CODECS.indexOf(frame.codec), frame.rawLength, frame.storedLength]);
}

export function decodeFrames(value: unknown, where: string): Frame[] {
  return readList(value, where).map((item) => {
    const [codec, raw, stored, ...rest] = readList(item, where);
    const name = CODECS[readCount(codec, where)];
    if (name === undefined || rest.length > 0) throw malformed(where, 'a frame is coded in an unknown way');
    const frame = { codec: name, rawLength: readCount(raw, where), storedLength: readCount(stored, where) };
    const { rawLength, storedLength } = frame;
    const fits = name === 'raw' ? storedLength === rawLength : storedLength <= rawLength;
    if (rawLength === 0 || rawLength > MAX_FRAME_RAW_BYTES || !fits) {
      throw malformed(where, 'a frame has an impossible length');
    }
    return frame;
  });
}

/** @param key for a sealed pack. */
export function placeFrames(frames: readonly Frame[], key?: PackKey): PlacedFrame[] {
  let rawOffset = 0;
  let storedOffset = HEADER_BYTES;
  return frames.map((frame, number) => {
    const storedLength = frame.storedLength + (key ? TAG_BYTES : 0);
    const placed = { ...frame, storedLength, rawOffset, storedOffset, sealing: key?.frame(number) };
    rawOffset += frame.rawLength;
    storedOffset += storedLength;
    return placed;
  });
}

/** The frames that a content overlaps. */
export function framesOf(
  frames: readonly PlacedFrame[],
  { rawOffset, length }: Pick<PlacedContent, 'rawOffset' | 'length'>,
): PlacedFrame[] {
  // Frames are in order: binary search for the first one.
  let first = 0;
  for (let end = frames.length; first < end; ) {
    const middle = (first + end) >> 1;
    const { rawOffset: start, rawLength } = frames[middle]!;
    if (start + rawLength > rawOffset) end = middle;
    else first = middle + 1;
  }
  let last = first;
  while (last < frames.length && frames[last]!.rawOffset < rawOffset + length) last++;
  return frames.slice(first, last);
}

export function placeContents(contents: readonly PackedContent[]): PlacedContent[] {
  let rawOffset = 0;
  return contents.map((content) => {
    const placed = { ...content, rawOffset };
    rawOffset += content.length;
    return placed;
  });
}

function decodeContents(value: unknown, where: string): { digests: Uint8Array; lengths: number[] } {
  const map = readMap(value, where, ['digests', 'lengths']);
  const digests = readBytes(map.digests, where);
  const lengths = readList(map.lengths, where);
  if (digests.byteLength !== lengths.length * DIGEST_BYTES) throw malformed(where, 'digests and lengths disagree');
  return { digests, lengths: lengths.map((length) => readCount(length, where)) };
}

function decodeLists(value: unknown, where: string): PackedList[] {
  return readList(value, where).map((item) => {
    const [digest, size, root, ...rest] = readList(item, where);
    if (rest.length > 0) throw malformed(where, 'a list has too many fields');
    return { digest: readDigest(digest, where), size: readCount(size, where), root: readDigest(root, where) };
  });
}

function readDigest(value: unknown, where: string): Uint8Array {
  const digest = readBytes(value, where);
  if (digest.byteLength !== DIGEST_BYTES) throw malformed(where, 'a digest has another length');
  return digest;
}

/** Contents from concatenated digests. */
export function listContents(digests: Uint8Array, lengths: readonly number[]): PackedContent[] {
  return lengths.map((length, i) => ({
    digest: digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
    length,
  }));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
