import { randomBytes } from 'node:crypto';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { deriveKey, KEY_BYTES, storeSalt } from './derive.ts';

/** What a digest identifies. A digest has an unrelated name for each kind. */
export type NamedKind = 'content id' | 'package digest';

const GEAR_VALUES = 256;
const CHECK_BYTES = 16;
/** Length of an entry's name. Two names collide with a probability of 2^-96. Each full manifest has a name per entry. */
export const ENTRY_NAME_BYTES = 12;

/**
 * The secret that all writers of an encrypted store share. It determines the names of contents and where files are cut, and
 * it authenticates the log. It decrypts no contents, manifests or metadata.
 */
export class IdKey {
  readonly bytes: Uint8Array;
  readonly storeId: string;
  readonly #keys = new Map<string, Buffer>();
  #gear: Int32Array | undefined;

  constructor(bytes: Uint8Array, storeId: string) {
    this.bytes = bytes;
    this.storeId = storeId;
  }

  static generate(storeId: string): IdKey {
    return new IdKey(randomBytes(KEY_BYTES), storeId);
  }

  /** The public name of a plaintext digest. */
  nameOf(kind: NamedKind, digest: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key(kind), digest);
  }

  /** The name of a manifest entry. Writers compare names to find entries in a manifest that they cannot read. */
  entryName(entry: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key('entry'), entry).subarray(0, ENTRY_NAME_BYTES);
  }

  /** The public name of a subject. */
  subjectName(subject: string): string {
    return blake3.keyedHash(this.#key('subject'), Buffer.from(subject)).toString('hex');
  }

  /** The public name of a recipient in the log, which must not show who can read. */
  recipientName(recipient: string): string {
    return blake3.keyedHash(this.#key('recipient'), Buffer.from(recipient)).subarray(0, CHECK_BYTES).toString('hex');
  }

  /** The MAC of a segment. It proves that the segment's writer has this key. */
  segmentMac(bytes: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key('segment'), bytes);
  }

  /** The chunker's table of random numbers, which determines where large files are cut. */
  get gear(): Int32Array {
    if (this.#gear) return this.#gear;
    const bytes = this.#derive('cuts', 4 * GEAR_VALUES);
    this.#gear = Int32Array.from({ length: GEAR_VALUES }, (_, i) => bytes.readInt32LE(4 * i));
    return this.#gear;
  }

  /** The key's check value. "store.json" has it, so that a wrong key is refused before use. */
  get check(): string {
    return this.#derive('check', CHECK_BYTES).toString('hex');
  }

  isOf(check: string): boolean {
    return sameBytes(Buffer.from(this.check), Buffer.from(check));
  }

  #key(use: NamedKind | 'subject' | 'segment' | 'entry' | 'recipient'): Buffer {
    const key = this.#keys.get(use) ?? this.#derive(use);
    this.#keys.set(use, key);
    return key;
  }

  #derive(use: Parameters<typeof deriveKey>[2], length?: number): Buffer {
    return deriveKey(this.bytes, storeSalt(this.storeId), use, length);
  }
}
