import { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { malformed } from '../encoding/shape.ts';
import { CHUNK_BYTES } from './bag-source.ts';
import { ByteSource } from './byte-source.ts';
import { MAX_WINDOW_LOG, MAX_ZSTD_FRAMES } from './limits.ts';

/** Little endian. */
const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const WHERE = 'The zstd stream';

/** Bytes of the fields of a frame's header, by their flags (RFC 8878, 3.1.1.1.1). */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const CHECKSUM_BYTES = 4;
/** An RLE block contains a single byte, which is repeated. */
const BLOCK_HEADER_BYTES = 3;
const RLE = 1;
const RESERVED = 3;

/** Whether a file with this magic consists of zstd frames. */
export function isZstd(magic: number): boolean {
  return magic === ZSTD_MAGIC || isSkippable(magic);
}

function isSkippable(magic: number): boolean {
  return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * Unpacks a zstd stream of several frames, as made by pzstd, `cat` and some versions of `zstd -T0`, and skips skippable
 * frames (RFC 8878, 3.1). The decompressor of Node.js stops after the first frame.
 *
 * @throws ArchiveError `INTEGRITY` when the stream is cut short, or something else follows a frame. Errors of the
 * decompressor pass through.
 */
export async function* unpackZstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteSource(source, WHERE);
  try {
    for (let frames = 0; !(await bytes.isAtEnd()); frames++) {
      // Each frame needs its own decompressor.
      if (frames === MAX_ZSTD_FRAMES) throw malformed(WHERE, `it has more than ${MAX_ZSTD_FRAMES} frames`);
      const magic = await bytes.read(4);
      if (isSkippable(magic.readUInt32LE())) await bytes.skip((await bytes.read(4)).readUInt32LE());
      else if (magic.readUInt32LE() === ZSTD_MAGIC) yield* unpackFrame(frameOf(bytes, magic));
      else throw malformed(WHERE, 'something else follows a frame');
    }
  } finally {
    await bytes.close();
  }
}

async function* unpackFrame(frame: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decompressor = createZstdDecompress({
    chunkSize: CHUNK_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
  const packed = Readable.from(frame).on('error', (error) => decompressor.destroy(error));
  try {
    yield* packed.pipe(decompressor);
  } finally {
    packed.destroy();
    decompressor.destroy();
  }
}

/** The bytes of one frame, to its end (RFC 8878, 3.1.1). */
async function* frameOf(bytes: ByteSource, magic: Buffer): AsyncGenerator<Uint8Array> {
  yield magic;
  const descriptor = await bytes.read(1);
  yield descriptor;
  const flags = descriptor[0]!;
  const isSingleSegment = (flags & 0b100000) !== 0;
  const contentSize = CONTENT_SIZE_BYTES[flags >> 6]! || Number(isSingleSegment);
  yield await bytes.read(Number(!isSingleSegment) + DICTIONARY_ID_BYTES[flags & 0b11]! + contentSize);
  for (let isLast = false; !isLast; ) {
    const header = await bytes.read(BLOCK_HEADER_BYTES);
    const block = header.readUIntLE(0, BLOCK_HEADER_BYTES);
    const type = (block >> 1) & 0b11;
    if (type === RESERVED) throw malformed(WHERE, 'a block has an unknown type');
    yield header;
    yield* bytes.pieces({ bytes: type === RLE ? 1 : block >> 3 });
    isLast = (block & 1) === 1;
  }
  if ((flags & 0b100) !== 0) yield await bytes.read(CHECKSUM_BYTES);
}
