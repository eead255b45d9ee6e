import { createCipheriv, createDecipheriv } from 'node:crypto';

/** AES-256-GCM (NIST SP 800-38D), with nonces of 96 bits and whole tags. */
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** One message of a key. Plain data, so that it can cross threads. */
export interface Sealing {
  key: Uint8Array;
  /** Of the messages of the key; no number is ever used for two. It is the nonce. */
  number: number;
  /** What the message is, which is authenticated with it. */
  about: Uint8Array;
}

/** @returns the ciphertext and its tag. */
export function sealBytes(sealing: Sealing, plain: Uint8Array): Buffer {
  return Buffer.concat(sealPieces(sealing, plain));
}

/** The same in two pieces, for what is large: the ciphertext, which is memory of its own that can be released, and the tag. */
export function sealPieces({ key, number, about }: Sealing, plain: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES }).setAAD(about);
  const ciphertext = cipher.update(plain);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/** @returns undefined for what was not sealed so. */
export function openBytes({ key, number, about }: Sealing, sealed: Uint8Array): Buffer | undefined {
  const length = sealed.byteLength - TAG_BYTES;
  if (length < 0) return undefined;
  const cipher = createDecipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES }).setAAD(about);
  cipher.setAuthTag(sealed.subarray(length));
  const plain = cipher.update(sealed.subarray(0, length));
  try {
    cipher.final();
    return plain;
  } catch {
    // Node.js says no more than that the tag is another one.
    return undefined;
  }
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32LE(number);
  return nonce;
}
