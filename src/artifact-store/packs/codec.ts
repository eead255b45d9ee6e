import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { release, releaseBuffer, takeOut } from '../encoding/release.ts';
import { openBytes, type Sealing } from '../encryption/aead.ts';
import type { Codec } from './format.ts';

/** A frame, coded. */
export interface Coded {
  codec: Codec;
  stored: Uint8Array;
  rawLength: number;
}

/** Level 3 is zstd's default: higher ones cost far more time than they save on text of a few KiB. */
const COMPRESSION_LEVEL = 3;
/** With less gain the raw bytes are kept, which need no decompression. */
const MIN_GAIN = 0.02;

/** The raw bytes are detached afterwards, or part of the result. */
export function compress({ raw }: { raw: Uint8Array }): Coded {
  const rawLength = raw.byteLength;
  const { compressed, allocated } = zstd(raw);
  if (compressed.byteLength > rawLength * (1 - MIN_GAIN)) {
    releaseBuffer(compressed.buffer, allocated);
    return { codec: 'raw', stored: raw, rawLength };
  }
  release(raw);
  return { codec: 'zstd', stored: takeOut(compressed, allocated), rawLength };
}

/** The compressed size of these bytes. */
export function compressedBytes(raw: Uint8Array): number {
  const { compressed, allocated } = zstd(raw);
  const { buffer, byteLength } = compressed;
  releaseBuffer(buffer, allocated);
  return byteLength;
}

function zstd(raw: Uint8Array): { compressed: Uint8Array; allocated: number } {
  // Random bytes become a little longer (ZSTD_COMPRESSBOUND).
  const allocated = roomFor(raw.byteLength + (raw.byteLength >>> 8) + 64);
  const compressed = zstdCompressSync(raw, {
    chunkSize: allocated,
    pledgedSrcSize: raw.byteLength,
    params: { [zlib.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
  });
  return { compressed, allocated };
}

/** A frame as it is stored. */
export interface StoredFrame extends Coded {
  /** For an encrypted store. */
  sealing?: Sealing | undefined;
}

/** The raw bytes of a frame, or undefined when it is damaged. */
export function decompress({ sealing, ...frame }: StoredFrame): Uint8Array | undefined {
  if (sealing === undefined) return decode(frame);
  const stored = openBytes(sealing, frame.stored);
  release(frame.stored);
  return stored && decode({ ...frame, stored });
}

function decode({ codec, stored, rawLength }: Coded): Uint8Array | undefined {
  if (codec === 'raw') return stored.byteLength === rawLength ? stored : undefined;
  try {
    const allocated = roomFor(rawLength);
    const raw = zstdDecompressSync(stored, { chunkSize: allocated, maxOutputLength: rawLength });
    release(stored);
    return raw.byteLength === rawLength ? takeOut(raw, allocated) : undefined;
  } catch {
    return undefined;
  }
}

/** zlib replaces a full buffer by another one and keeps both alive. */
function roomFor(bytes: number): number {
  return Math.max(64, bytes + 1);
}
