import { zstdDecompressSync } from 'node:zlib';

/** What any stored document may unpack to. */
const ALLOWED_BYTES = 8 * 1024 * 1024;
/** How many times its stored size a larger one may have. Digests keep honest ones below 60; a bomb has 32,768. */
const MAX_RATIO = 128;
/** As much as a process can hold in one piece: ten million entries. */
const MAX_BYTES = 2 ** 31 - 1;

/** What a document of so many stored bytes unpacks to at most, so that a forged one cannot fill the memory. */
export function maxUnpackedBytes(storedBytes: number): number {
  return Math.min(MAX_BYTES, Math.max(ALLOWED_BYTES, storedBytes * MAX_RATIO));
}

/** Unpacks a stored document, one zstd frame. @throws what `node:zlib` throws when it is damaged or too large. */
export function unpack(stored: Uint8Array): Buffer {
  return zstdDecompressSync(stored, { maxOutputLength: maxUnpackedBytes(stored.byteLength) });
}
