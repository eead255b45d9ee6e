import { randomBytes } from 'node:crypto';
import { encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { openBytes, type Sealing, sealBytes, TAG_BYTES } from './aead.ts';
import { deriveKey, KEY_BYTES, SALT_BYTES, storeSalt } from './derive.ts';

const BOX_VERSION = 1;
const BOX_HEADER_BYTES = MAGIC_BYTES + 2 * SALT_BYTES;

/** The kind of a box and its package. A box in another place is refused. */
export interface BoxPlace {
  kind: 'manifest' | 'package' | 'note';
  packageId: string;
}

/**
 * The secret of one write session. Each pack and each box has its own key, derived from the session's key with 16 random bytes
 * stored next to the ciphertext. So no key is used twice, even after a retry.
 */
export class SessionKey {
  /** 16 random bytes that identify the session. */
  readonly id: Buffer;
  readonly storeId: string;
  readonly #dataKey: Uint8Array;

  constructor(id: Uint8Array, storeId: string, dataKey: Uint8Array) {
    this.id = Buffer.from(id);
    this.storeId = storeId;
    this.#dataKey = dataKey;
  }

  static generate(storeId: string): SessionKey {
    return new SessionKey(randomBytes(SALT_BYTES), storeId, randomBytes(KEY_BYTES));
  }

  /** The secret that is encrypted for the recipients. */
  get dataKey(): Uint8Array {
    return this.#dataKey;
  }

  /** Seals one value in a box. */
  seal(place: BoxPlace, plain: Uint8Array): Buffer {
    const salt = randomBytes(SALT_BYTES);
    const header = Buffer.concat([encodeMagic('ASBX', BOX_VERSION), this.id, salt]);
    return Buffer.concat([header, sealBytes(this.#boxSealing(header, salt, place), plain)]);
  }

  /** @throws ArchiveError `INTEGRITY` when the box is damaged, forged or from another place. */
  open(place: BoxPlace, box: Buffer, where: string): Buffer {
    const header = box.subarray(0, BOX_HEADER_BYTES);
    const salt = header.subarray(MAGIC_BYTES + SALT_BYTES);
    const plain = openBytes(this.#boxSealing(header, salt, place), box.subarray(BOX_HEADER_BYTES));
    if (plain) return plain;
    const sentence = `${where} cannot be decrypted; it is damaged or forged, or was moved from another place.`;
    throw new ArchiveError('INTEGRITY', sentence);
  }

  #boxSealing(header: Uint8Array, salt: Uint8Array, { kind, packageId }: BoxPlace): Sealing {
    const about = Buffer.concat([header, encodeCbor([this.storeId, kind, packageId])]);
    return { key: this.derive('box', salt), number: 0, about };
  }

  derive(use: 'frames' | 'table' | 'box', salt: Uint8Array): Buffer {
    return deriveKey(this.#dataKey, Buffer.concat([storeSalt(this.storeId), this.id, salt]), use);
  }
}

/** The id of the session that sealed a box. @throws ArchiveError `INTEGRITY` when it is not a box; `FORMAT_UNSUPPORTED`. */
export function sessionOfBox(box: Uint8Array, where: string): Buffer {
  readMagic(box, 'ASBX', BOX_VERSION, where);
  if (box.byteLength < BOX_HEADER_BYTES + TAG_BYTES) throw malformed(where, 'it is too short');
  return Buffer.from(box.subarray(MAGIC_BYTES, MAGIC_BYTES + SALT_BYTES));
}
