import { asBuffer } from '../encoding/as-buffer.ts';
import { blake3 } from '../identity/hasher.ts';

/** Length and BLAKE3 of an object, to recognize it in storage. */
export interface ObjectSummary {
  bytes: number;
  digest: Uint8Array;
}

/** Reads the pieces of an object, counts and hashes them, and keeps their errors apart from the server's. */
export class Source {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #stay: boolean;
  readonly #hash = blake3.createHash();
  bytes = 0;
  ended = false;
  failed = false;
  failure: unknown;

  constructor(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#stay = Array.isArray(pieces);
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** Reads pieces until there are this many bytes in total. */
  async take(bytes: number): Promise<Buffer> {
    if (!this.#stay) return this.#gather(bytes);
    const taken: Buffer[] = [];
    while (this.bytes < bytes) {
      const piece = await this.next();
      if (piece === undefined) break;
      taken.push(piece);
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
  }

  /** As {@link take}, for pieces that are freed one by one: copies of all of them beside the result would take twice the memory. */
  async #gather(bytes: number): Promise<Buffer> {
    // Pages that are never written take no memory.
    let gathered = Buffer.allocUnsafeSlow(bytes);
    let end = 0;
    while (end < bytes) {
      const piece = await this.#nextPiece();
      if (piece === undefined) break;
      if (end + piece.byteLength > gathered.byteLength) gathered = Buffer.concat([gathered], end + piece.byteLength);
      gathered.set(piece, end);
      end += piece.byteLength;
    }
    return gathered.subarray(0, end);
  }

  /** The bytes taken before, then the remaining pieces. */
  async *startingWith(taken: Buffer): AsyncIterable<Buffer> {
    yield taken;
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece;
  }

  /** The next piece. It is copied unless it comes from an array, since other sources may reuse its memory. */
  async next(): Promise<Buffer | undefined> {
    const piece = await this.#nextPiece();
    return piece && (this.#stay ? asBuffer(piece) : Buffer.from(piece));
  }

  /** Reads the remaining pieces. Call once. */
  async summarize(): Promise<ObjectSummary> {
    while (!this.ended) await this.#nextPiece();
    return { bytes: this.bytes, digest: this.#hash.digest() };
  }

  async #nextPiece(): Promise<Uint8Array | undefined> {
    this.#signal?.throwIfAborted();
    try {
      const { done, value } = await this.#pieces.next();
      this.ended = done === true;
      if (this.ended) return undefined;
      this.bytes += value.byteLength;
      this.#hash.update(value);
      return value;
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
  }
}
