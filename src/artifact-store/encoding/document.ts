import { constants, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ArchiveError } from '../errors.ts';
import { asBuffer } from './as-buffer.ts';
import { encodeMagic, FORMAT_TITLES, type FormatName, MAGIC_BYTES, readMagic } from './magic.ts';
import { release } from './release.ts';

/** Formats stored as documents: the magic, the raw length (uint32, little endian), and one zstd frame with a checksum. */
type DocumentName = Exclude<FormatName, 'ASPK' | 'ASLS' | 'ASCP' | 'ASSC' | 'ASBX' | 'ASEN'>;

/**
 * The version usually written, the newest one, and the first one with a raw length. Earlier ones are only the magic and one zstd frame.
 */
const VERSIONS: Record<DocumentName, { written: number; newest: number; sized: number; unused?: number }> = {
  ASMF: { written: 3, newest: 3, sized: 3 },
  ASLG: { written: 1, newest: 4, sized: 1, unused: 3 },
  ASEV: { written: 2, newest: 2, sized: 2 },
  ASTR: { written: 1, newest: 4, sized: 1, unused: 3 },
};

/** The version of segments and trailers with lists of chunks in a table. Those without lists have version 1. */
export const LISTS_VERSION = 2;
/** Segments and trailers of encrypted stores. There is no version 3, since one flipped bit would turn 1 or 2 into 3. */
export const SEALED_VERSION = 4;

const LENGTH_BYTES = 4;
const HEADER_BYTES = MAGIC_BYTES + LENGTH_BYTES;

/**
 * Limit of the raw length that a header may claim, so that a forged one cannot fill the memory. Enough for a million
 * entries with long paths, or the events of a very large change.
 */
export const MAX_RAW_BYTES: number = 256 * 1024 * 1024;
/** The same limit for a stored document: adds headers, and what zstd adds to incompressible bytes. */
export const MAX_STORED_BYTES: number = MAX_RAW_BYTES + 2 * 1024 * 1024;

/** Limits for versions without a raw length: in bytes, or for larger documents as a ratio to the stored size. */
const UNNAMED_BYTES = 8 * 1024 * 1024;
const UNNAMED_RATIO = 128;

/**
 * Packs a document for storage, and checks that it opens to the same bytes and that `read` accepts them.
 *
 * @param read parses the raw bytes as a later reader will, and throws if it cannot. They are freed afterwards.
 * @param version for what older readers are to refuse by name.
 */
export function packDocument(
  name: DocumentName,
  raw: Uint8Array,
  read: (raw: Buffer) => unknown,
  version: number = VERSIONS[name].written,
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES, encodeMagic(name, version));
  header.writeUInt32LE(raw.byteLength, MAGIC_BYTES);
  const frame = zstdCompressSync(raw, {
    pledgedSrcSize: raw.byteLength,
    // Large enough for the whole result, which avoids another copy. Untouched pages take no memory.
    chunkSize: 1024 + raw.byteLength,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      // A digest may cover several documents together; the checksum tells which of them is damaged.
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
  const stored = Buffer.concat([header, frame]);
  release(frame);
  try {
    const opened = unpack(stored.subarray(HEADER_BYTES), raw.byteLength);
    if (!opened.equals(raw)) throw new Error('it opens to other bytes');
    read(opened);
    release(opened);
  } catch (error) {
    throw new ArchiveError(
      'INTEGRITY',
      `A ${FORMAT_TITLES[name]} could not be read back before it was stored, so nothing was; report this as a bug.`,
      error,
    );
  }
  return stored;
}

/**
 * The raw bytes of a stored document.
 *
 * @param where names the document in errors.
 * @throws ArchiveError `INTEGRITY` when it is damaged or unpacks to more than `maxBytes`; `FORMAT_UNSUPPORTED`.
 */
export function openDocument(
  name: DocumentName,
  stored: Uint8Array,
  where: string,
  maxBytes: number = MAX_RAW_BYTES,
): Buffer {
  const { frame, rawLength } = locateFrame(name, stored, where);
  if (rawLength !== undefined && rawLength > maxBytes) throw tooLong(where, rawLength, maxBytes);
  try {
    return unpack(frame, rawLength);
  } catch (error) {
    throw new ArchiveError('INTEGRITY', `${where} cannot be unpacked; it is damaged, restore it from a backup.`, error);
  }
}

/**
 * Checks the version of a document whose version follows from its raw bytes: the checksum does not cover it.
 *
 * @throws ArchiveError `INTEGRITY` when it is another; `FORMAT_UNSUPPORTED`.
 */
export function requireVersion(
  name: DocumentName,
  stored: Uint8Array,
  where: string,
  version: number = VERSIONS[name].written,
): void {
  const actual = readMagic(asBuffer(stored), name, VERSIONS[name].newest, where);
  if (actual === version) return;
  throw new ArchiveError('INTEGRITY', `${where} is of version ${actual} instead of ${version}; it is damaged.`);
}

/** The raw length in a stored document's header; undefined for versions without one. @throws as {@link openDocument}. */
export function rawLengthOf(name: DocumentName, stored: Uint8Array, where: string): number | undefined {
  return locateFrame(name, stored, where).rawLength;
}

/** The raw bytes piece by piece and unchecked, for a document too long to unpack before its digest is known to be right. */
export async function* streamDocument(
  name: DocumentName,
  stored: Uint8Array,
  where: string,
): AsyncIterable<Uint8Array> {
  const unpacking = createZstdDecompress();
  unpacking.end(locateFrame(name, stored, where).frame);
  try {
    yield* unpacking;
  } catch (error) {
    throw new ArchiveError('INTEGRITY', `${where} cannot be unpacked; it is damaged, restore it from a backup.`, error);
  }
}

function locateFrame(
  name: DocumentName,
  stored: Uint8Array,
  where: string,
): { frame: Buffer; rawLength: number | undefined } {
  const { newest, sized, unused } = VERSIONS[name];
  const view = asBuffer(stored);
  const version = readMagic(view, name, newest, where);
  if (version === unused) {
    throw new ArchiveError(
      'INTEGRITY',
      `${where} claims format version ${version}, which there is not; it is damaged.`,
    );
  }
  if (version < sized) {
    return { frame: view.subarray(MAGIC_BYTES), rawLength: undefined };
  }
  if (view.byteLength < HEADER_BYTES) throw new ArchiveError('INTEGRITY', `${where} is too short; it is damaged.`);
  return { frame: view.subarray(HEADER_BYTES), rawLength: view.readUInt32LE(MAGIC_BYTES) };
}

/** Unpacks one zstd frame, to exactly `rawLength` bytes if given. */
function unpack(frame: Buffer, rawLength: number | undefined): Buffer {
  if (rawLength === undefined) return zstdDecompressSync(frame, { maxOutputLength: maxUnnamed(frame) });
  if (frameContentSize(frame) !== rawLength) throw new Error('the frame has another length than the document');
  if ((frame[DESCRIPTOR]! & DESCRIPTOR_FLAGS) !== CHECKSUM_FLAG) throw new Error('the frame has no checksum');
  const raw = zstdDecompressSync(frame, {
    maxOutputLength: Math.max(1, rawLength),
    chunkSize: Math.max(64, rawLength),
  });
  if (raw.byteLength !== rawLength) throw new Error(`${raw.byteLength} bytes instead of ${rawLength}`);
  return raw;
}

/** Limit for a frame whose document has no raw length. Some older documents exceed the ratio but name their size. */
function maxUnnamed(frame: Buffer): number {
  const claimed = Math.min(frameContentSize(frame) ?? 0, MAX_RAW_BYTES);
  return Math.min(2 ** 31 - 1, Math.max(UNNAMED_BYTES, frame.byteLength * UNNAMED_RATIO, claimed));
}

/** Position of the descriptor in a zstd frame header, and its bits for checksum and dictionary. */
const DESCRIPTOR = 4;
const DESCRIPTOR_FLAGS = 0x1f;
const CHECKSUM_FLAG = 0x04;
/** Magic, descriptor, content size, one block and the checksum. */
const MIN_FRAME_BYTES = 13;

/** The content size in a zstd frame header (RFC 8878 §3.1.1.1); undefined if it has none. */
function frameContentSize(frame: Buffer): number | undefined {
  if (frame.byteLength < MIN_FRAME_BYTES) return undefined;
  const descriptor = frame[DESCRIPTOR]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? frame[at] : undefined;
    case 1:
      return frame.readUInt16LE(at) + 256;
    case 2:
      return frame.readUInt32LE(at);
    default:
      return undefined;
  }
}

function tooLong(where: string, length: number, most: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `${where} claims ${length} bytes, more than the ${most} that one may have; it was forged.`,
    undefined,
    { expected: `${most}`, actual: `${length}` },
  );
}
