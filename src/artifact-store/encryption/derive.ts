import { hkdfSync } from 'node:crypto';

export const KEY_BYTES = 32;
/** Length of a session's id, and of the salt of a pack or a box. */
export const SALT_BYTES = 16;

const LABEL = 'infospace-archive encryption 1';

/** What a key is for. Each use has its own key. */
export type KeyUse =
  /** Derived from the id key. */
  | 'content id'
  | 'package digest'
  | 'subject'
  | 'cuts'
  | 'segment'
  | 'check'
  | 'entry'
  | 'recipient'
  | 'names'
  /** Derived from a session's data key. */
  | 'frames'
  | 'table'
  | 'box';

/**
 * Derives a key for one use with HKDF-SHA-256 (RFC 5869).
 *
 * @param salt identifies the store, and the session and pack or box where there is one. It is not secret.
 */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, use: KeyUse, length: number = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, `${LABEL}: ${use}`, length));
}

/** The bytes of a store's id, a UUID. Salts begin with them. */
export function storeSalt(storeId: string): Buffer {
  return Buffer.from(storeId.replaceAll('-', ''), 'hex');
}
