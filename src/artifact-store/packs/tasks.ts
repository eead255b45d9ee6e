import { closeSync, openSync, writeSync } from 'node:fs';
import { release } from '../encoding/release.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes } from '../identity/digest.ts';
import { blake3, hasDigests, PairedHash, sha256 } from '../identity/hasher.ts';
import { unpackStamps } from '../source.ts';
import type { ReadFault } from '../source-faults.ts';
import { type Coded, compress, decompress, type StoredFrame } from './codec.ts';
import { type ChunksToRead, cutFile, readChunks } from './cut-file.ts';
import { type FileToRead, readExactly, readStable } from './read-stable.ts';

/**
 * The work of worker threads: reading, hashing, coding, writing, all synchronous. Only `hashPiece` and `endHash` keep a state. Arguments and
 * results are plain data that can be transferred. Long tasks call `checkStop` from time to time.
 */
export const tasks = {
  readFiles,
  hashFile,
  hashPiece,
  endHash,
  cutFile,
  readChunk,
  readChunks,
  codeChunks,
  compress,
  extract,
  decompress,
};
export type Tasks = typeof tasks;
/** Any of them, as one is called by its name. */
export type Task = (argument: Parameters<Tasks[keyof Tasks]>[0], checkStop: () => void) => unknown;

/** Approximate bytes that a task reads, codes or writes; each file counts with the cost of opening it. */
export const costs: { readonly [N in keyof Tasks]: (argument: Parameters<Tasks[N]>[0]) => number } = {
  readFiles: ({ stamps, paths }) =>
    unpackStamps(stamps).reduce((total, { size }) => total + size, 0) + paths.length * FILE_COST,
  hashFile: ({ item }) => item.stamp.size,
  hashPiece: ({ piece }) => piece.byteLength,
  endHash: () => 0,
  cutFile: ({ item }) => item.stamp.size,
  readChunk: ({ length }) => length,
  readChunks: ({ lengths }) => lengths.reduce((total, length) => total + length, 0),
  codeChunks: ({ lengths }) => lengths.reduce((total, length) => total + length, 0),
  compress: ({ raw }) => raw.byteLength,
  extract: ({ rawLength, contents }) =>
    rawLength + contents.reduce((total, { writeTo }) => total + writeTo.length, 0) * FILE_COST,
  decompress: ({ rawLength }) => rawLength,
};
const FILE_COST = 4096;

/** Thrown by `checkStop` when the result is no longer wanted. */
export class TaskStopped extends Error {}

const HASH_CHUNK_BYTES = 1024 * 1024;

/** Small files below one folder. Packed, since objects are copied one by one between threads. */
export interface FilesToRead {
  base: string;
  paths: readonly string[];
  /** As {@link packStamps} makes them. */
  stamps: BigInt64Array;
}

/** Concatenated contents, with both digests of each: BLAKE3, then SHA-256. A failed file leaves a gap. */
export interface FilesRead {
  faults: [index: number, fault: ReadFault][];
  bytes: Uint8Array;
  digests: Uint8Array;
}

function readFiles({ base, paths, stamps }: FilesToRead, checkStop: () => void): FilesRead {
  const listed = unpackStamps(stamps);
  const bytes = Buffer.allocUnsafeSlow(listed.reduce((total, { size }) => total + size, 0));
  const digests = Buffer.allocUnsafeSlow(paths.length * 2 * DIGEST_BYTES);
  const faults: [number, ReadFault][] = [];
  let offset = 0;
  for (const [i, stamp] of listed.entries()) {
    checkStop();
    const content = bytes.subarray(offset, offset + stamp.size);
    offset += stamp.size;
    const fault = readStable({ file: `${base}/${paths[i]}`, stamp }, (fd) => readExactly(fd, content, 0));
    if (fault) {
      faults.push([i, fault]);
      continue;
    }
    blake3.hash(content).copy(digests, i * 2 * DIGEST_BYTES);
    sha256(content).copy(digests, (i * 2 + 1) * DIGEST_BYTES);
  }
  return { faults, bytes, digests };
}

export type FileHashed = ReadFault | { status: 'read'; blake3: Uint8Array; sha256: Uint8Array; chunks: Uint8Array };

/** Both digests of a large file in one read, and the BLAKE3 of each chunk so that a second read can be checked. */
function hashFile({ item, chunkBytes }: { item: FileToRead; chunkBytes: number }, checkStop: () => void): FileHashed {
  const ofAll = new PairedHash();
  const chunks: Buffer[] = [];
  const buffer = Buffer.allocUnsafeSlow(HASH_CHUNK_BYTES);
  const fault = readStable(item, (fd) => {
    for (let chunk = 0; chunk < item.stamp.size; chunk += chunkBytes) {
      const end = Math.min(chunk + chunkBytes, item.stamp.size);
      const chunkHash = blake3.createHash();
      for (let at = chunk; at < end; at += HASH_CHUNK_BYTES) {
        checkStop();
        const bytes = buffer.subarray(0, Math.min(HASH_CHUNK_BYTES, end - at));
        if (!readExactly(fd, bytes, at)) return false;
        ofAll.update(bytes);
        chunkHash.update(bytes);
      }
      chunks.push(chunkHash.digest());
    }
    return true;
  });
  return fault ?? { status: 'read', ...ofAll.digest(), chunks: Buffer.concat(chunks) };
}

/** Digests under way on this thread, by the numbers that {@link PieceHasher} gave them. */
const hashes = new Map<number, PairedHash>();

/** Adds the next piece of a content to its digests. @returns the piece, which is transferred there and back. */
function hashPiece({ hash, piece }: { hash: number; piece: Uint8Array }): Uint8Array {
  const digests = hashes.get(hash) ?? new PairedHash();
  digests.update(piece);
  hashes.set(hash, digests);
  return piece;
}

/** @returns the digests of the pieces so far. */
function endHash({ hash }: { hash: number }): Digests {
  const digests = hashes.get(hash) ?? new PairedHash();
  hashes.delete(hash);
  return digests.digest();
}

export interface ChunkToRead {
  item: FileToRead;
  offset: number;
  length: number;
  /** BLAKE3 of the chunk as it was first read. */
  digest: Uint8Array;
  /** Whether to try to compress it. */
  compressible: boolean;
}

/** One chunk of a large file, coded. */
function readChunk({
  item,
  offset,
  length,
  digest,
  compressible,
}: ChunkToRead): ReadFault | ({ status: 'read' } & Coded) {
  const bytes = Buffer.allocUnsafeSlow(length);
  const fault = readStable(item, (fd) => readExactly(fd, bytes, offset));
  if (fault) return fault;
  if (!sameBytes(blake3.hash(bytes), digest)) return { status: 'changed' };
  return {
    status: 'read',
    ...(compressible ? compress({ raw: bytes }) : { codec: 'raw', stored: bytes, rawLength: length }),
  };
}

/** Chunks of a large file end to end, as one frame. */
function codeChunks(chunks: ChunksToRead, checkStop: () => void): ReadFault | ({ status: 'read' } & Coded) {
  const read = readChunks(chunks, checkStop);
  return 'stored' in read ? { status: 'read', ...compress({ raw: read.stored }) } : read;
}

export interface ContentToExtract {
  /** Where it starts in the frame's raw bytes. */
  offset: number;
  length: number;
  /** Files to create with it; may be none. */
  writeTo: readonly NewFile[];
}

export interface NewFile {
  file: string;
  executable: boolean;
}

export interface Extraction extends StoredFrame {
  contents: readonly ContentToExtract[];
  /** Both digests of each content, BLAKE3 then SHA-256. */
  digests: Uint8Array;
}

/** Decodes a frame, and checks and writes contents of it. Returns which are intact; only those are written. */
function extract({ contents, digests, ...frame }: Extraction, checkStop: () => void): boolean[] {
  const raw = decompress(frame);
  if (raw === undefined) return contents.map(() => false);
  const sound = contents.map(({ offset, length, writeTo }, i) => {
    checkStop();
    const bytes = raw.subarray(offset, offset + length);
    if (!hasDigests(bytes, digestsAt(digests, i * 2 * DIGEST_BYTES))) return false;
    for (const { file, executable } of writeTo) writeNewFile(file, bytes, executable);
    return true;
  });
  release(raw);
  return sound;
}

/** The mode of new files: writable only for the owner, then reduced by the umask. */
export function modeOf(executable: boolean): number {
  return executable ? 0o755 : 0o644;
}

function writeNewFile(file: string, bytes: Uint8Array, executable: boolean): void {
  const fd = openSync(file, 'wx', modeOf(executable));
  try {
    for (let written = 0; written < bytes.byteLength; ) {
      written += writeSync(fd, bytes, written, bytes.byteLength - written);
    }
  } finally {
    closeSync(fd);
  }
}
