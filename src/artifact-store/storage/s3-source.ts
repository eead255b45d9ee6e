import { asBuffer } from '../encoding/as-buffer.ts';
import { blake3 } from '../identity/hasher.ts';

/** Length and BLAKE3 of an object's bytes: enough to recognise them in storage. */
export interface ObjectSummary {
  bytes: number;
  digest: Uint8Array;
}

/** The pieces of an object, counted and hashed, with their errors kept apart from those of the server. */
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

  /** All pieces up to the one that reaches this many bytes. */
  async take(bytes: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    while (this.bytes < bytes) {
      const piece = await this.next();
      if (piece === undefined) break;
      taken.push(piece);
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
  }

  /** What was taken, then the rest. */
  async *startingWith(taken: Buffer): AsyncIterable<Buffer> {
    yield taken;
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece;
  }

  /** The next piece; copied, unless it stays, because its source reuses the memory for the one after. */
  async next(): Promise<Buffer | undefined> {
    const piece = await this.#nextPiece();
    return piece && (this.#stay ? asBuffer(piece) : Buffer.from(piece));
  }

  /** Reads to the end. Call once. */
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
