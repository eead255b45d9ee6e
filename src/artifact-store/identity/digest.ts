import { asBuffer } from '../encoding/as-buffer.ts';
import { ArchiveError } from '../errors.ts';
import { isContentAddress } from '../outside-fields.ts';

/** Bytes of a BLAKE3-256 and of a SHA-256 digest. */
export const DIGEST_BYTES = 32;

/** Both digests of a content. */
export interface Digests {
  blake3: Uint8Array;
  sha256: Uint8Array;
}

/** Two consecutive digests in a buffer: BLAKE3, then SHA-256. */
export function digestsAt(bytes: Uint8Array, offset: number): Digests {
  const middle = offset + DIGEST_BYTES;
  return { blake3: bytes.subarray(offset, middle), sha256: bytes.subarray(middle, middle + DIGEST_BYTES) };
}

/** The digests in a buffer of concatenated ones. */
export function* digestsOf(packed: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < packed.byteLength; at += DIGEST_BYTES) yield packed.subarray(at, at + DIGEST_BYTES);
}

/** A content address: `blake3:` and 64 lower-case hexadecimal digits. */
export type ContentAddress = `blake3:${string}`;

export function formatContentAddress(blake3: Uint8Array): ContentAddress {
  return `blake3:${toHex(blake3)}`;
}

/** @throws ArchiveError `USAGE` when the text is not a content address. */
export function parseContentAddress(text: string): Buffer {
  if (!isContentAddress(text)) {
    throw new ArchiveError('USAGE', `"${text}" is not a digest; give "blake3:" followed by 64 hexadecimal digits.`);
  }
  return Buffer.from(text.slice('blake3:'.length), 'hex');
}

export function toHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}
