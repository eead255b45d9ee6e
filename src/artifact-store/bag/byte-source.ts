import { malformed } from '../encoding/shape.ts';

/** Reads given numbers of bytes from a stream of pieces, each of which may be freed once the next one is requested. */
export class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #what: string;
  #held: Uint8Array = Buffer.alloc(0);

  /** @param what names the stream in messages. */
  constructor(source: AsyncIterable<Uint8Array>, what: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#what = what;
  }

  /** Waits for the next piece. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** A copy of the next bytes. @throws ArchiveError `INTEGRITY` when fewer are left. */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const piece = await this.#next(length - filled);
      bytes.set(piece, filled);
      filled += piece.byteLength;
    }
    return bytes;
  }

  /** Reads as many bytes as `left` says, and subtracts each piece from it. */
  async *pieces(left: { bytes: number }): AsyncGenerator<Uint8Array> {
    while (left.bytes > 0) {
      const piece = await this.#next(left.bytes);
      left.bytes -= piece.byteLength;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) missing -= (await this.#next(missing)).byteLength;
  }

  /** All remaining bytes. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (await this.#fill()) yield await this.#next(this.#held.byteLength);
  }

  /** Ends the source, also before it was read to its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(atMost: number): Promise<Uint8Array> {
    if (!(await this.#fill())) throw malformed(this.#what, 'it ends too early');
    const piece = this.#held.subarray(0, atMost);
    this.#held = this.#held.subarray(piece.byteLength);
    return piece;
  }

  /** @returns false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#held.byteLength === 0) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      this.#held = value;
    }
    return true;
  }
}
