import { DIGEST_BYTES, sameBytes } from '../identity/digest.ts';
import { blake3, PairedHash } from '../identity/hasher.ts';
import type { ReadFault } from '../source-faults.ts';
import { ChunkTable, type PackedChunks } from './chunk-table.ts';
import { CHUNK_SIZES, Chunker } from './chunker.ts';
import { compressedBytes } from './codec.ts';
import { type FileToRead, readExactly, readStable } from './read-stable.ts';

const READ_BYTES = 1024 * 1024;
/** Chunks compressed as a sample, spread over the file, to see whether the rest is worthwhile… */
const SAMPLES = 16;
/** …from this gain on: chunks gain more when compressed together. */
const MIN_SAMPLED_GAIN = 0.005;

/** Both digests of a file, and its chunks. */
export interface CutFile {
  status: 'read';
  blake3: Uint8Array;
  sha256: Uint8Array;
  chunks: PackedChunks;
  /** Whether to try to compress them. */
  isCompressible: boolean;
}

/** Hashes and cuts a file in one read. */
export function cutFile(
  { item, gear }: { item: FileToRead; gear?: Int32Array | undefined },
  checkStop: () => void,
): ReadFault | CutFile {
  const ofAll = new PairedHash();
  const chunks = new ChunkTable();
  const sample = { taken: 0, raw: 0, stored: 0 };
  const chunker = new Chunker(CHUNK_SIZES, gear);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES + CHUNK_SIZES.max);
  const fault = readStable(item, (fd) => {
    // Bytes of the unfinished chunk, moved to the beginning.
    let kept = 0;
    const { size } = item.stamp;
    let at = 0;
    const add = (start: number, end: number) => {
      const chunk = buffer.subarray(start, end);
      if (at * SAMPLES >= sample.taken * size) {
        sample.taken++;
        sample.raw += chunk.byteLength;
        sample.stored += compressedBytes(chunk);
      }
      chunks.add({ digest: blake3.hash(chunk), length: chunk.byteLength });
    };
    while (at < size) {
      checkStop();
      const filled = kept + Math.min(READ_BYTES, size - at);
      const bytes = buffer.subarray(kept, filled);
      if (!readExactly(fd, bytes, at)) return false;
      at += bytes.byteLength;
      ofAll.update(bytes);
      const piece = buffer.subarray(0, filled);
      let start = 0;
      for (let from = kept; from < filled; from = start) {
        const end = chunker.next(piece, from);
        if (end === undefined) break;
        add(start, end);
        start = end;
      }
      buffer.copyWithin(0, start, filled);
      kept = filled - start;
    }
    if (kept > 0) add(0, kept);
    return true;
  });
  return (
    fault ?? {
      status: 'read',
      ...ofAll.digest(),
      chunks: chunks.packed,
      isCompressible: sample.stored < sample.raw * (1 - MIN_SAMPLED_GAIN),
    }
  );
}

export interface ChunksToRead {
  item: FileToRead;
  offsets: Float64Array;
  lengths: Uint32Array;
  /** Concatenated BLAKE3 digests of the first read. */
  digests: Uint8Array;
}

/** Reads chunks of a file a second time, as one uncompressed frame. */
export function readChunks(
  { item, offsets, lengths, digests }: ChunksToRead,
  checkStop: () => void,
): ReadFault | { status: 'read'; codec: 'raw'; stored: Uint8Array; rawLength: number } {
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0));
  let isSame = true;
  const fault = readStable(item, (fd) => {
    let at = 0;
    for (const [i, length] of lengths.entries()) {
      checkStop();
      const chunk = bytes.subarray(at, at + length);
      at += length;
      if (!readExactly(fd, chunk, offsets[i]!)) return false;
      const digest = digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
      isSame &&= sameBytes(blake3.hash(chunk), digest);
    }
    return true;
  });
  if (fault) return fault;
  if (!isSame) return { status: 'changed' };
  return { status: 'read', codec: 'raw', stored: bytes, rawLength: bytes.byteLength };
}
