import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7 (RFC 9562, 5.7). Passes random bytes, since the package would load the Web Crypto API, which takes 4 ms. */
export function newUuid(): string {
  return v7({ random: randomBytes(16) });
}
