import { DIGEST_BYTES } from '../identity/digest.ts';
import type { ContentEntry } from './model.ts';

/**
 * A file of a decoded manifest. Its digests stay in the manifest's bytes until they are used: views of them would take more memory than the
 * rest of the entry.
 */
export class DecodedFile implements ContentEntry {
  readonly path: string;
  readonly kind = 'file';
  readonly size: number;
  readonly executable: boolean;
  readonly #manifest: Buffer;
  readonly #blake3At: number;
  readonly #sha256At: number;

  constructor(
    { path, size, executable }: Pick<ContentEntry, 'path' | 'size' | 'executable'>,
    manifest: Buffer,
    at: { blake3: number; sha256: number },
  ) {
    this.path = path;
    this.size = size;
    this.executable = executable;
    this.#manifest = manifest;
    this.#blake3At = at.blake3;
    this.#sha256At = at.sha256;
    // As own properties, they are copied, compared and printed like the others.
    Object.defineProperty(this, 'blake3', BLAKE3);
    Object.defineProperty(this, 'sha256', SHA256);
  }

  get blake3(): Uint8Array {
    return this.#digestAt(this.#blake3At);
  }

  get sha256(): Uint8Array {
    return this.#digestAt(this.#sha256At);
  }

  #digestAt(start: number): Buffer {
    return this.#manifest.subarray(start, start + DIGEST_BYTES);
  }
}

/** Shared by all entries: closures for each would take as much memory as the views. */
const BLAKE3 = ownProperty('blake3');
const SHA256 = ownProperty('sha256');

function ownProperty(name: 'blake3' | 'sha256'): PropertyDescriptor {
  return { ...Object.getOwnPropertyDescriptor(DecodedFile.prototype, name), enumerable: true };
}
