import { FALSE, LIST, SIMPLE, TEXT, TRUE, UNSIGNED } from './cbor-reader.ts';

const MAX_HEAD_BYTES = 9;

/** Writes canonical CBOR item by item, for values too large to be built as objects first. */
export class CborWriter {
  #buffer = Buffer.from(new ArrayBuffer(1024));
  #end = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** All bytes written so far; invalid once more are written. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Drops all but the first `length` bytes. Buffers returned by {@link bytes} stay valid until more is written. */
  cut(length: number): void {
    this.#end = length;
  }

  /** Appends bytes that are already encoded. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  /** @throws TypeError for a lone surrogate, which has no UTF-8 form. */
  text(value: string): void {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not UTF-8 text');
    const length = Buffer.byteLength(value);
    this.#head(TEXT, length);
    this.reserve(length);
    this.#end += this.#buffer.write(value, this.#end);
  }

  count(value: number): void {
    this.#head(UNSIGNED, value);
  }

  boolean(value: boolean): void {
    this.#head(SIMPLE, value ? TRUE : FALSE);
  }

  /** Writes the head of a list; its items must follow. */
  list(length: number): void {
    this.#head(LIST, length);
  }

  /** Writes a major type with its argument in the shortest form. */
  #head(major: number, argument: number): void {
    const type = major << 5;
    this.reserve(MAX_HEAD_BYTES);
    const buffer = this.#buffer;
    if (argument < 24) {
      buffer[this.#end++] = type | argument;
    } else if (argument <= 0xff) {
      buffer[this.#end++] = type | 24;
      buffer[this.#end++] = argument;
    } else if (argument <= 0xffff) {
      buffer[this.#end++] = type | 25;
      this.#end = buffer.writeUInt16BE(argument, this.#end);
    } else if (argument <= 0xffff_ffff) {
      buffer[this.#end++] = type | 26;
      this.#end = buffer.writeUInt32BE(argument, this.#end);
    } else {
      buffer[this.#end++] = type | 27;
      this.#end = buffer.writeBigUInt64BE(BigInt(argument), this.#end);
    }
  }

  /** Makes room for this many bytes, so that writing them copies nothing. */
  reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const length = Math.max(needed, Math.ceil(1.5 * this.#buffer.byteLength));
    // Frees the old buffer at once.
    this.#buffer = Buffer.from((this.#buffer.buffer as ArrayBuffer).transfer(length));
  }
}

/** The encoded head of a list with this many items. */
export function listHead(length: number): Buffer {
  const writer = new CborWriter();
  writer.list(length);
  return writer.bytes();
}
