import { DIGEST_BYTES } from './digest.ts';

const FIRST_SLOTS = 256;
/** Above this share of used slots, probes get long. */
const MAX_LOAD = 0.6;

/**
 * A set of digests, for millions of them: it keeps 32 bytes each in one array, and their numbers in a hash table with open
 * addressing. Strings would take four times the memory.
 */
export class DigestSet {
  #digests = new Uint8Array(FIRST_SLOTS * DIGEST_BYTES);
  /** Number of a digest plus one; 0 for a free slot. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** All digests concatenated, in the order they were added. Invalid once another one is added. */
  get packed(): Uint8Array {
    return this.#digests.subarray(0, this.#size * DIGEST_BYTES);
  }

  has(digest: Uint8Array): boolean {
    return this.#slots[this.#slotOf(digest)] !== 0;
  }

  /** @returns true if it was added, false if it was there. */
  add(digest: Uint8Array): boolean {
    const slot = this.#slotOf(digest);
    if (this.#slots[slot] !== 0) return false;
    if ((this.#size + 1) * DIGEST_BYTES > this.#digests.byteLength) {
      const larger = new Uint8Array(2 * this.#digests.byteLength);
      larger.set(this.#digests);
      this.#digests = larger;
    }
    this.#digests.set(digest, this.#size * DIGEST_BYTES);
    this.#slots[slot] = ++this.#size;
    if (this.#size > MAX_LOAD * this.#slots.length) this.#spread();
    return true;
  }

  #at(index: number): Uint8Array {
    return this.#digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }

  /** The slot of the digest, or the free slot where it belongs. */
  #slotOf(digest: Uint8Array): number {
    const mask = this.#slots.length - 1;
    // The bits of a digest are evenly distributed, so they need no further hash.
    let slot = (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) & mask;
    for (;;) {
      const number = this.#slots[slot]!;
      if (number === 0 || this.#isAt(number - 1, digest)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(index: number, digest: Uint8Array): boolean {
    const start = index * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) if (this.#digests[start + i] !== digest[i]) return false;
    return true;
  }

  #spread(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let i = 0; i < this.#size; i++) this.#slots[this.#slotOf(this.#at(i))] = i + 1;
  }
}
