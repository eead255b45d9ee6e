import { FALSE, LIST, SIMPLE, TEXT, TRUE, UNSIGNED } from './cbor-reader.ts';

const MAX_HEAD_BYTES = 9;

/** Writes CBOR item by item, in canonical form, for what is too long to be made of objects first. */
export class CborWriter {
  #buffer = Buffer.from(new ArrayBuffer(1024));
  #end = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** All that was written; invalid once more is. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Takes back all but the first bytes; what {@link bytes} gave before stays valid until more is written. */
  cut(length: number): void {
    this.#end = length;
  }

  /** Frees the room for more, which is set aside again when more is written. */
  trim(): void {
    this.#buffer = Buffer.from((this.#buffer.buffer as ArrayBuffer).transfer(this.#end));
  }

  /** Appends bytes that are items already, or parts of one. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  /** @throws TypeError for what is no UTF-8. */
  text(value: string): void {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not UTF-8 text');
    const length = Buffer.byteLength(value);
    this.#head(TEXT, length);
    this.#reserve(length);
    this.#end += this.#buffer.write(value, this.#end);
  }

  count(value: number): void {
    this.#head(UNSIGNED, value);
  }

  boolean(value: boolean): void {
    this.#head(SIMPLE, value ? TRUE : FALSE);
  }

  /** The head of a list of so many items, which are to follow. */
  list(length: number): void {
    this.#head(LIST, length);
  }

  /** The major type with its argument in as few bytes as hold it. */
  #head(major: number, argument: number): void {
    const type = major << 5;
    this.#reserve(MAX_HEAD_BYTES);
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

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const length = Math.max(needed, Math.ceil(1.5 * this.#buffer.byteLength));
    // Frees the smaller one at once.
    this.#buffer = Buffer.from((this.#buffer.buffer as ArrayBuffer).transfer(length));
  }
}

/** The head of a list of so many items, which are to follow. */
export function listHead(length: number): Buffer {
  const writer = new CborWriter();
  writer.list(length);
  return writer.bytes();
}
