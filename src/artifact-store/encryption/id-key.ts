import { randomBytes } from 'node:crypto';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { deriveKey, KEY_BYTES, storeSalt } from './derive.ts';

/** What a digest names; the same digest has unrelated names as each. */
export type NamedKind = 'content id' | 'package digest';

const GEAR_VALUES = 256;
const CHECK_BYTES = 16;
/** Of the names of entries: two of them are the same with a chance of 2^-96. All of them are stored with each manifest in full. */
export const ENTRY_NAME_BYTES = 12;

/**
 * The secret that all writers of an encrypted store share. It gives contents their names, says where files are cut, and
 * authenticates the log; it opens nothing.
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

  /** What stands for a digest of plain text wherever others can read it. */
  nameOf(kind: NamedKind, digest: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key(kind), digest);
  }

  /** What stands for an entry of a manifest, so that writers see which ones a manifest that they cannot read has too. */
  entryName(entry: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key('entry'), entry).subarray(0, ENTRY_NAME_BYTES);
  }

  /** What stands for a subject. */
  subjectName(subject: string): string {
    return blake3.keyedHash(this.#key('subject'), Buffer.from(subject)).toString('hex');
  }

  /** What stands for a recipient in the log, where nobody else is to see who can read. */
  recipientName(recipient: string): string {
    return blake3.keyedHash(this.#key('recipient'), Buffer.from(recipient)).subarray(0, CHECK_BYTES).toString('hex');
  }

  /** By which a segment is known to come from one who has this key. */
  segmentMac(bytes: Uint8Array): Buffer {
    return blake3.keyedHash(this.#key('segment'), bytes);
  }

  /** The numbers that the cuts of large files depend on. */
  get gear(): Int32Array {
    if (this.#gear) return this.#gear;
    const bytes = this.#derive('cuts', 4 * GEAR_VALUES);
    this.#gear = Int32Array.from({ length: GEAR_VALUES }, (_, i) => bytes.readInt32LE(4 * i));
    return this.#gear;
  }

  /** What "store.json" says of the key, so that another one is refused before it is used. */
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
