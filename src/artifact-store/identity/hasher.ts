import { createHash, hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { asBuffer } from '../encoding/as-buffer.ts';
import { type Digests, sameBytes } from './digest.ts';

/** A digest over bytes that arrive in pieces. */
export interface IncrementalHash {
  update(bytes: Uint8Array): void;
  /** The 32-byte digest. Call once. */
  digest(): Buffer;
}

/** BLAKE3 with 256 bits of output (https://github.com/BLAKE3-team/BLAKE3-specs). */
export interface Blake3 {
  hash(bytes: Uint8Array): Buffer;
  /** With a key of 32 bytes: a pseudorandom function, and a MAC. */
  keyedHash(key: Uint8Array, bytes: Uint8Array): Buffer;
  createHash(): IncrementalHash;
}

const require = createRequire(import.meta.url);

/** The native addon, about ten times faster than WebAssembly. Throws if no prebuilt binary fits the machine. */
export function nativeBlake3(): Blake3 {
  // The addon detects the C library from Node's process report, in which looking up host names takes longest.
  Object.assign(process.report, { excludeNetwork: true });
  const addon: typeof import('@napi-rs/blake-hash') = require('@napi-rs/blake-hash');
  return {
    // As text, since creating and collecting a buffer from the addon takes longer than hashing a small file.
    hash: (bytes) => Buffer.from(addon.blake3UrlSafeBase64(asBuffer(bytes)), 'base64url'),
    keyedHash: (key, bytes) => addon.Blake3Hasher.newKeyed(asBuffer(key)).update(asBuffer(bytes)).digestBuffer(),
    createHash: () => {
      const hasher = new addon.Blake3Hasher();
      return { update: (bytes) => void hasher.update(asBuffer(bytes)), digest: () => hasher.digestBuffer() };
    },
  };
}

export function wasmBlake3(): Blake3 {
  const wasm: typeof import('blake3-wasm') = require('blake3-wasm');
  return {
    hash: (bytes) => Buffer.from(wasm.hash(bytes)),
    keyedHash: (key, bytes) => Buffer.from(wasm.keyedHash(asBuffer(key), bytes)),
    createHash: () => {
      const hasher = wasm.createHash();
      return { update: (bytes) => void hasher.update(bytes), digest: () => Buffer.from(hasher.digest()) };
    },
  };
}

function fastestBlake3(): Blake3 {
  try {
    return nativeBlake3();
  } catch {
    return wasmBlake3();
  }
}

/** The fastest implementation this machine can load. */
export const blake3: Blake3 = fastestBlake3();

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** Both digests of bytes that arrive in pieces. */
export class PairedHash {
  readonly #blake3 = blake3.createHash();
  readonly #sha256 = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#blake3.update(bytes);
    this.#sha256.update(bytes);
  }

  /** Call once. */
  digest(): Digests {
    return { blake3: this.#blake3.digest(), sha256: this.#sha256.digest() };
  }
}

/** Whether the bytes of a content match both digests. */
export function hasDigests(bytes: Uint8Array, digests: Digests): boolean {
  return sameBytes(blake3.hash(bytes), digests.blake3) && sameBytes(sha256(bytes), digests.sha256);
}
