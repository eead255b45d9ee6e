import { createHash, getHashes, hash } from 'node:crypto';
import { sameBytes } from '../identity/digest.ts';
import { blake3, sha256 } from '../identity/hasher.ts';
import type { SourceMember } from './bag-source.ts';

/** Files up to this size are hashed in one piece, which is several times cheaper than an incremental hash. */
const SMALL_BYTES = 256 * 1024;
const CHUNK_ROWS = 4096;

/** The algorithms of BagIt manifests: their names in Node.js, and the bytes of a digest. bagit.py writes all of them. */
const HASHES: ReadonlyMap<string, readonly [name: string, bytes: number]> = new Map([
  ['md5', ['md5', 16]],
  ['sha1', ['sha1', 20]],
  ['sha224', ['sha224', 28]],
  ['sha256', ['sha256', 32]],
  ['sha384', ['sha384', 48]],
  ['sha512', ['sha512', 64]],
  ['sha3_224', ['sha3-224', 28]],
  ['sha3_256', ['sha3-256', 32]],
  ['sha3_384', ['sha3-384', 48]],
  ['sha3_512', ['sha3-512', 64]],
  ['blake2b', ['blake2b512', 64]],
  ['blake2s', ['blake2s256', 32]],
]);
const BLAKE3_BYTES = 32;

/** The algorithms of BagIt manifests that this Node.js supports. */
export const ALGORITHMS: readonly string[] = [...HASHES].flatMap(([algorithm, [name]]) =>
  getHashes().includes(name) ? [algorithm] : [],
);
/** Those that BagIt names (RFC 8493, 2.4). */
export const USUAL_ALGORITHMS: readonly string[] = ALGORITHMS.filter((algorithm) => /^(?:md5|sha\d+)$/.test(algorithm));

function bytesOf(algorithm: string): number {
  return HASHES.get(algorithm)?.[1] ?? BLAKE3_BYTES;
}

/**
 * Digests of files by path. A file takes its path and a row of bytes; objects with hexadecimal text would take ten times
 * the memory.
 */
export class SumTable {
  readonly #algorithms: readonly string[];
  readonly #starts = new Map<string, number>();
  readonly #rowBytes: number;
  readonly #rows = new Map<string, number>();
  readonly #chunks: Buffer[] = [];
  /** Collects a small file that comes in pieces. */
  #gathered: Buffer | undefined;

  constructor(algorithms: Iterable<string>) {
    this.#algorithms = [...algorithms];
    let bytes = 0;
    for (const algorithm of this.#algorithms) {
      this.#starts.set(algorithm, bytes);
      bytes += bytesOf(algorithm);
    }
    this.#rowBytes = bytes;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Paths in the order of the rows. */
  get paths(): Iterable<string> {
    return this.#rows.keys();
  }

  rowOf(path: string): number | undefined {
    return this.#rows.get(path);
  }

  digest(row: number, algorithm: string): Buffer {
    const start = this.#startOf(row) + this.#starts.get(algorithm)!;
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]!.subarray(start, start + bytesOf(algorithm));
  }

  /** Whether two files have the same content. */
  isSame(a: number, b: number): boolean {
    return this.#algorithms.every((algorithm) => sameBytes(this.digest(a, algorithm), this.digest(b, algorithm)));
  }

  /** Reads and hashes a file. Passes each piece to `onPiece` before reading the next one. */
  async add({ path, size, body }: SourceMember, onPiece?: (piece: Uint8Array) => void): Promise<void> {
    const row = this.size;
    if (row % CHUNK_ROWS === 0) this.#chunks.push(Buffer.alloc(CHUNK_ROWS * this.#rowBytes));
    await (size <= SMALL_BYTES ? this.#addSmall(row, size, body, onPiece) : this.#addLarge(row, body, onPiece));
    this.#rows.set(path, row);
  }

  async #addSmall(
    row: number,
    size: number,
    body: AsyncIterable<Uint8Array>,
    onPiece: ((piece: Uint8Array) => void) | undefined,
  ): Promise<void> {
    if (size === 0) this.#set(row, (algorithm) => digestOf(new Uint8Array(), algorithm));
    let filled = 0;
    for await (const piece of body) {
      onPiece?.(piece);
      let content = piece;
      if (piece.byteLength < size) {
        this.#gathered ??= Buffer.allocUnsafeSlow(SMALL_BYTES);
        this.#gathered.set(piece, filled);
        content = this.#gathered.subarray(0, size);
      }
      filled += piece.byteLength;
      if (filled === size) this.#set(row, (algorithm) => digestOf(content, algorithm));
    }
  }

  async #addLarge(
    row: number,
    body: AsyncIterable<Uint8Array>,
    onPiece: ((piece: Uint8Array) => void) | undefined,
  ): Promise<void> {
    const hashes = new Map(
      this.#algorithms.map((name) => [
        name,
        name === 'blake3' ? blake3.createHash() : createHash(HASHES.get(name)![0]),
      ]),
    );
    for await (const piece of body) {
      for (const hashing of hashes.values()) hashing.update(piece);
      onPiece?.(piece);
    }
    this.#set(row, (algorithm) => hashes.get(algorithm)!.digest());
  }

  #set(row: number, digestBy: (algorithm: string) => Uint8Array): void {
    for (const algorithm of this.#algorithms) this.digest(row, algorithm).set(digestBy(algorithm));
  }

  #startOf(row: number): number {
    return (row % CHUNK_ROWS) * this.#rowBytes;
  }
}

function digestOf(bytes: Uint8Array, algorithm: string): Uint8Array {
  if (algorithm === 'blake3') return blake3.hash(bytes);
  return algorithm === 'sha256' ? sha256(bytes) : hash(HASHES.get(algorithm)![0], bytes, 'buffer');
}
