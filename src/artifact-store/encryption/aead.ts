import { createCipheriv, createDecipheriv } from 'node:crypto';

/** AES-256-GCM (NIST SP 800-38D), with 96-bit nonces and full tags. */
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** The parameters for one message. Plain data, so that it can be sent to a worker thread. */
export interface Sealing {
  key: Uint8Array;
  /** The message's number, which is its nonce. A key never uses a number twice. */
  number: number;
  /** Associated data: identifies the message and is authenticated with it. */
  about: Uint8Array;
}

/** @returns the ciphertext and its tag. */
export function sealBytes(sealing: Sealing, plain: Uint8Array): Buffer {
  return Buffer.concat(sealPieces(sealing, plain));
}

/** For large messages: returns the ciphertext, whose memory can be released separately, and the tag. */
export function sealPieces({ key, number, about }: Sealing, plain: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES }).setAAD(about);
  const ciphertext = cipher.update(plain);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/** @returns undefined when the authentication fails. */
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
    // The tag does not match; the error of Node.js says no more.
    return undefined;
  }
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32LE(number);
  return nonce;
}
