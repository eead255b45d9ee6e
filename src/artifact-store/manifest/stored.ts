import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { ArchiveError } from '../errors.ts';
import { type ContentAddress, formatContentAddress, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';

const VERSION = 1;
/** Beyond any manifest that fits a process: ten million entries. Bounds what a forged one can unpack to. */
const MAX_MANIFEST_BYTES = 2 ** 31 - 1;

/** Storage key of a manifest. */
export function manifestKey(digest: Uint8Array): string {
  const hex = toHex(digest);
  return `manifests/${hex.slice(0, 2)}/${hex}`;
}

/** How a manifest lies in storage: the magic, then its canonical CBOR as one zstd frame. */
export function packManifest(cbor: Uint8Array): Buffer {
  const compressed = zstdCompressSync(cbor, {
    pledgedSrcSize: cbor.byteLength,
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  });
  return Buffer.concat([encodeMagic('ASMF', VERSION), compressed]);
}

/** @throws ArchiveError `INTEGRITY` when the stored bytes are not the manifest with this digest. */
export function unpackManifest(stored: Uint8Array, digest: Uint8Array): Buffer {
  const address: ContentAddress = formatContentAddress(digest);
  readMagic(stored, 'ASMF', VERSION, `The stored manifest ${address}`);
  let cbor: Buffer | undefined;
  try {
    cbor = zstdDecompressSync(stored.subarray(MAGIC_BYTES), { maxOutputLength: MAX_MANIFEST_BYTES });
  } catch (error) {
    throw damaged(address, error);
  }
  if (Buffer.compare(blake3.hash(cbor), digest) !== 0) throw damaged(address);
  return cbor;
}

function damaged(address: ContentAddress, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored manifest ${address} is damaged; restore it from a backup.`, cause);
}
