import { createHash } from 'node:crypto';
import { endianness } from 'node:os';

/**
 * Where a large file is cut: FastCDC (Xia et al. 2016, 2020) with a Gear hash of 32 bits. A cut depends only on the bytes before it, so an
 * insertion or deletion moves only the cuts near it. See docs/format.md; other cuts are as valid to a reader, but share no chunks with
 * these.
 */
export interface ChunkSizes {
  /** No chunk but the last one of a file is smaller. */
  min: number;
  /** Most chunks have about this size. */
  normal: number;
  /** No chunk is larger. */
  max: number;
}

/** Chosen by measurement; docs/benchmarks.md has the figures. */
export const CHUNK_SIZES: ChunkSizes = { min: 8 * 1024, normal: 32 * 1024, max: 128 * 1024 };

/** Below the normal size cuts are four times rarer than the size requires, above it four times more frequent. */
const NORMALIZATION_BITS = 2;

/** Bits of the hash, and the number of bytes it depends on, since each byte shifts it by one. */
const HASH_BITS = 32;

const GEAR_LABEL = 'infospace-archive gear';
const GEAR_VALUES = 256;

/** Reading words instead of bytes halves loads and bounds checks and doubles the speed of the search. */
const WORD_BYTES = 4;
const NO_WORDS = new Uint32Array(0);

let gear: Int32Array | undefined;

/** One number per byte value: SHA-256 of the label and of 0 to 31 gives eight each, little endian. */
function gearTable(): Int32Array {
  if (gear) return gear;
  gear = new Int32Array(GEAR_VALUES);
  for (let i = 0; i < GEAR_VALUES; i += 8) {
    const digest = createHash('sha256')
      .update(`${GEAR_LABEL} ${i / 8}`)
      .digest();
    for (let j = 0; j < 8; j++) gear[i + j] = digest.readInt32LE(4 * j);
  }
  return gear;
}

/** Finds the cuts of one content that arrives in pieces. */
export class Chunker {
  readonly #gear: Int32Array;
  readonly #sizes: ChunkSizes;
  /** Bits of the hash that must be 0: the highest ones, which depend on 32 bytes. */
  readonly #rareMask: number;
  readonly #frequentMask: number;
  #length = 0;
  #hash = 0;
  #piece: Uint8Array | undefined;
  #words: Uint32Array = NO_WORDS;

  /** @param gear for an encrypted store, so that chunk lengths reveal nothing about the content. */
  constructor(sizes: ChunkSizes = CHUNK_SIZES, gear: Int32Array = gearTable()) {
    this.#sizes = sizes;
    this.#gear = gear;
    const bits = Math.log2(sizes.normal);
    this.#rareMask = highestBits(bits + NORMALIZATION_BITS);
    this.#frequentMask = highestBits(bits - NORMALIZATION_BITS);
  }

  /** Length of the unfinished chunk in the pieces so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * The end of the chunk that continues at `from`; undefined when it continues beyond the piece. The next call begins there, or with the
   * next piece.
   */
  next(piece: Uint8Array, from: number): number | undefined {
    const { min, normal, max } = this.#sizes;
    const start = from - this.#length;
    const first = Math.max(from, Math.min(start + min, piece.byteLength));
    const middle = Math.max(first, Math.min(start + normal, piece.byteLength));
    const end = Math.min(start + max, piece.byteLength);
    const table = this.#gear;
    const words = this.#wordsOf(piece);
    let cut = scan(piece, words, first, middle, this.#rareMask, table, this.#hash);
    if (cut < 0) {
      this.#hash = hashAt(piece, first, middle, table, this.#hash);
      cut = scan(piece, words, middle, end, this.#frequentMask, table, this.#hash);
    }
    if (cut < 0 && end === start + max) cut = end;
    if (cut >= 0) {
      this.#length = 0;
      this.#hash = 0;
      return cut;
    }
    this.#hash = hashAt(piece, middle, end, table, this.#hash);
    this.#length = piece.byteLength - start;
    return undefined;
  }

  #wordsOf(piece: Uint8Array): Uint32Array {
    if (this.#piece !== piece) {
      this.#piece = piece;
      this.#words = wordsOf(piece);
    }
    return this.#words;
  }
}

/** Words of four bytes, beginning with the one that contains the first byte of the piece; none on big-endian systems. */
function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  if (endianness() !== 'LE') return NO_WORDS;
  const before = byteOffset % WORD_BYTES;
  return new Uint32Array(buffer, byteOffset - before, Math.floor((before + byteLength) / WORD_BYTES));
}

/**
 * The first position where those bits of the hash are 0; -1 for none. It visits every byte, so it is written for V8: too long to be
 * inlined into its caller, where it would be optimized less, and without writes to memory on the frequent path.
 */
function scan(
  piece: Uint8Array,
  words: Uint32Array,
  from: number,
  end: number,
  mask: number,
  table: Int32Array,
  before: number,
): number {
  const shift = piece.byteOffset % WORD_BYTES;
  let hash = before | 0;
  let at = from;
  for (; at < end && ((at + shift) & (WORD_BYTES - 1)) !== 0; at++) {
    hash = ((hash << 1) + table[piece[at]!]!) | 0;
    if ((hash & mask) === 0) return at + 1;
  }
  const lastWord = Math.min((end + shift) >> 2, words.length);
  let word = (at + shift) >> 2;
  for (; word < lastWord; word++) {
    const bytes = words[word]!;
    const first = ((hash << 1) + table[bytes & 255]!) | 0;
    const second = ((first << 1) + table[(bytes >>> 8) & 255]!) | 0;
    const third = ((second << 1) + table[(bytes >>> 16) & 255]!) | 0;
    hash = ((third << 1) + table[bytes >>> 24]!) | 0;
    if ((first & mask) === 0) return WORD_BYTES * word - shift + 1;
    if ((second & mask) === 0) return WORD_BYTES * word - shift + 2;
    if ((third & mask) === 0) return WORD_BYTES * word - shift + 3;
    if ((hash & mask) === 0) return WORD_BYTES * word - shift + 4;
  }
  for (at = Math.max(at, WORD_BYTES * word - shift); at < end; at++) {
    hash = ((hash << 1) + table[piece[at]!]!) | 0;
    if ((hash & mask) === 0) return at + 1;
  }
  return -1;
}

/** The hash after those bytes. */
function hashAt(piece: Uint8Array, from: number, end: number, table: Int32Array, before: number): number {
  let hash = end - from < HASH_BITS ? before : 0;
  for (let at = Math.max(from, end - HASH_BITS); at < end; at++) hash = ((hash << 1) + table[piece[at]!]!) | 0;
  return hash;
}

function highestBits(count: number): number {
  return -1 << (HASH_BITS - count);
}
