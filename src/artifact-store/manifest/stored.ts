import { constants, zstdCompressSync } from 'node:zlib';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { maxUnpackedBytes, unpack } from '../encoding/unpack.ts';
import { ArchiveError } from '../errors.ts';
import { type ContentAddress, formatContentAddress, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decodeManifest } from './codec.ts';
import type { Manifest } from './model.ts';

const VERSION = 1;

/** Storage key of a manifest. */
export function manifestKey(digest: Uint8Array): string {
  const hex = toHex(digest);
  return `manifests/${hex.slice(0, 2)}/${hex}`;
}

/**
 * How a manifest lies in storage: the magic, then its canonical CBOR as one zstd frame.
 *
 * @throws ArchiveError `PATH_INVALID` for one that no reader would unpack: long paths without files that are all alike.
 */
export function packManifest(cbor: Uint8Array): Buffer {
  const compressed = zstdCompressSync(cbor, {
    pledgedSrcSize: cbor.byteLength,
    params: { [constants.ZSTD_c_compressionLevel]: 3 },
  });
  if (cbor.byteLength > maxUnpackedBytes(compressed.byteLength)) {
    throw new ArchiveError('PATH_INVALID', 'The paths to archive are too long and too many; archive a part of them.');
  }
  return Buffer.concat([encodeMagic('ASMF', VERSION), compressed]);
}

/** @throws ArchiveError `INTEGRITY` when the stored bytes are not the manifest with this digest. */
function unpackManifest(stored: Uint8Array, digest: Uint8Array): Buffer {
  const address: ContentAddress = formatContentAddress(digest);
  readMagic(stored, 'ASMF', VERSION, `The stored manifest ${address}`);
  let cbor: Buffer | undefined;
  try {
    cbor = unpack(stored.subarray(MAGIC_BYTES));
  } catch (error) {
    throw damaged(address, error);
  }
  if (Buffer.compare(blake3.hash(cbor), digest) !== 0) throw damaged(address);
  return cbor;
}

function damaged(address: ContentAddress, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored manifest ${address} is damaged; restore it from a backup.`, cause);
}

/**
 * Fetches and reads a manifest.
 *
 * @throws ArchiveError `INTEGRITY` when it is missing or damaged; `FORMAT_UNSUPPORTED`; `STORE_UNAVAILABLE`.
 */
export async function fetchManifest(
  storage: StorageBackend,
  digest: Uint8Array,
): Promise<{ cbor: Buffer; manifest: Manifest }> {
  const cbor = unpackManifest(await storage.get(manifestKey(digest)), digest);
  return { cbor, manifest: decodeManifest(cbor) };
}
