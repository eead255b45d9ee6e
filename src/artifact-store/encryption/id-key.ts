import { randomBytes } from 'node:crypto';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { deriveKey, KEY_BYTES, storeSalt } from './derive.ts';

/** What a digest names; the same digest has unrelated names as each. */
export type NamedKind = 'content id' | 'package digest';

const GEAR_VALUES = 256;
const CHECK_BYTES = 16;

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

  /** What stands for a subject. */
  subjectName(subject: string): string {
    return blake3.keyedHash(this.#key('subject'), Buffer.from(subject)).toString('hex');
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

  #key(use: NamedKind | 'subject' | 'segment'): Buffer {
    const key = this.#keys.get(use) ?? this.#derive(use);
    this.#keys.set(use, key);
    return key;
  }

  #derive(use: Parameters<typeof deriveKey>[2], length?: number): Buffer {
    return deriveKey(this.bytes, storeSalt(this.storeId), use, length);
  }
}
