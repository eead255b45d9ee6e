import { hkdfSync } from 'node:crypto';

export const KEY_BYTES = 32;
/** Of a session's id, and of what makes the key of a pack or a box its own. */
export const SALT_BYTES = 16;

const LABEL = 'infospace-archive encryption 1';

/** What keys are for: no two uses share one. */
export type KeyUse =
  /** Of the id key. */
  | 'content id'
  | 'package digest'
  | 'subject'
  | 'cuts'
  | 'segment'
  | 'check'
  | 'entry'
  | 'recipient'
  | 'names'
  /** Of a session's data key. */
  | 'frames'
  | 'table'
  | 'box';

/**
 * A key for one use, by HKDF (RFC 5869) with SHA-256.
 *
 * @param salt says of which store, session, and pack or box the key is; it is no secret.
 */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, use: KeyUse, length: number = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, `${LABEL}: ${use}`, length));
}

/** A store's id, which is a UUID, as the bytes that salts begin with. */
export function storeSalt(storeId: string): Buffer {
  return Buffer.from(storeId.replaceAll('-', ''), 'hex');
}
