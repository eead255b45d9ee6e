import { DIGEST_BYTES } from '../identity/digest.ts';
import type { PackedContent } from './format.ts';

/** A chunk, and its offset in the content. */
export interface PlacedChunk extends PackedContent {
  offset: number;
}

/** Chunks of a content, in packed form. */
export interface PackedChunks {
  /** Concatenated BLAKE3 digests. */
  digests: Uint8Array;
  lengths: Uint32Array;
}

const FIRST_CHUNKS = 256;

/** Collects the chunks of a content; one object per chunk would take many times the memory. */
export class ChunkTable {
  #digests = new Uint8Array(FIRST_CHUNKS * DIGEST_BYTES);
  #lengths = new Uint32Array(FIRST_CHUNKS);
  #count = 0;

  add({ digest, length }: PackedContent): void {
    if (this.#count === this.#lengths.length) {
      const [digests, lengths] = [this.#digests, this.#lengths];
      this.#digests = new Uint8Array(2 * digests.length);
      this.#digests.set(digests);
      this.#lengths = new Uint32Array(2 * lengths.length);
      this.#lengths.set(lengths);
    }
    this.#digests.set(digest, this.#count * DIGEST_BYTES);
    this.#lengths[this.#count++] = length;
  }

  /** All chunks so far, in a separate buffer, since a transfer to another thread moves a whole buffer. */
  get packed(): PackedChunks {
    const digests = this.#digests.slice(0, this.#count * DIGEST_BYTES);
    return { digests, lengths: this.#lengths.slice(0, this.#count) };
  }
}

/** The chunks one by one, in order. */
export function* chunksOf({ digests, lengths }: PackedChunks): Iterable<PlacedChunk> {
  let offset = 0;
  for (const [i, length] of lengths.entries()) {
    yield { digest: digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES), length, offset };
    offset += length;
  }
}
