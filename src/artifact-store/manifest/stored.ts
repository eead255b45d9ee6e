import { constants, zstdCompressSync } from 'node:zlib';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { maxUnpackedBytes, unpack } from '../encoding/unpack.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decodeManifest } from './codec.ts';
import { applyDeltas, decodeDelta, encodeDelta, type Layered } from './delta.ts';
import type { EncodedManifest } from './encoded.ts';
import type { Manifest } from './model.ts';

/** A manifest in full. */
const FULL_VERSION = 1;
/** One that builds on others. */
const DELTA_VERSION = 2;

/** Where manifests lie. */
export const MANIFESTS = 'manifests/';

/** Storage key of a manifest. */
export function manifestKey(digest: Uint8Array): string {
  const hex = toHex(digest);
  return `${MANIFESTS}${hex.slice(0, 2)}/${hex}`;
}

/**
 * How a manifest lies in storage in full: the magic, then its canonical CBOR as one zstd frame.
 *
 * @throws ArchiveError `PATH_INVALID` for one that no reader would unpack: long paths without files that are all alike.
 */
export function packManifest(cbor: Uint8Array): Buffer {
  const packed = pack(cbor, FULL_VERSION);
  if (cbor.byteLength > maxUnpackedBytes(packed.byteLength - MAGIC_BYTES)) {
    throw new ArchiveError('PATH_INVALID', 'The paths to archive are too long and too many; archive a part of them.');
  }
  return packed;
}

/** How it lies there by what differs from the one before; undefined where that saves too little. */
export function packDelta(manifest: EncodedManifest, before: Layered): Buffer | undefined {
  const delta = encodeDelta(manifest, before);
  return delta && pack(delta, DELTA_VERSION);
}

function pack(cbor: Uint8Array, version: number): Buffer {
  const compressed = zstdCompressSync(cbor, {
    pledgedSrcSize: cbor.byteLength,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      // Which of several is damaged, no digest tells.
      [constants.ZSTD_c_checksumFlag]: version === DELTA_VERSION ? 1 : 0,
    },
  });
  return Buffer.concat([encodeMagic('ASMF', version), compressed]);
}

/** What manifests are read from. */
export type ManifestSource = Pick<StorageBackend, 'get'>;

/** Bounds memory. */
const REMEMBERED_BYTES = 32 * 1024 * 1024;

/** A source for who reads many manifests, most of which build on the same ones. */
export function remembering(source: ManifestSource): ManifestSource {
  const remembered = new Map<string, Promise<Uint8Array>>();
  let bytes = 0;
  const fetch = async (key: string): Promise<Uint8Array> => {
    const stored = await source.get(key);
    bytes += stored.byteLength;
    if (bytes > REMEMBERED_BYTES) {
      remembered.clear();
      bytes = 0;
    }
    return stored;
  };
  return {
    get: (key) => {
      const found = remembered.get(key) ?? fetch(key);
      remembered.set(key, found);
      return found;
    },
  };
}

/**
 * Fetches and reads a manifest.
 *
 * @throws ArchiveError `INTEGRITY` when it, or one that it builds on, is missing or damaged; `FORMAT_UNSUPPORTED`;
 * `STORE_UNAVAILABLE`.
 */
export async function fetchManifest(
  source: ManifestSource,
  digest: Uint8Array,
): Promise<Layered & { manifest: Manifest }> {
  const layered = await fetchLayered(source, digest);
  return { ...layered, manifest: decodeManifest(layered.cbor) };
}

/** The same without reading it: that its digest is right is all that is known of it. */
export async function fetchLayered(source: ManifestSource, digest: Uint8Array): Promise<Layered> {
  const stored = await read(source, digest);
  if (stored.version === FULL_VERSION) return { digest, bases: [], cbor: requireDigest(stored.cbor, digest) };
  const delta = decodeDelta(stored.cbor, nameOf(digest));
  const { bases } = delta;
  const [full, ...layers] = await Promise.all(bases.map((base) => read(source, base)));
  if (full!.version !== FULL_VERSION) throw damaged(bases[0]!);
  const deltas = layers.map(({ cbor, version }, i) => {
    if (version !== DELTA_VERSION) throw damaged(bases[i + 1]!);
    return decodeDelta(cbor, nameOf(bases[i + 1]!));
  });
  const cbor = applyDeltas(requireDigest(full!.cbor, bases[0]!), [...deltas, delta], nameOf(digest));
  return { digest, bases, cbor: requireDigest(cbor, digest) };
}

/** @throws ArchiveError `INTEGRITY` when it cannot be unpacked. */
async function read(source: ManifestSource, digest: Uint8Array): Promise<{ version: number; cbor: Buffer }> {
  const stored = await source.get(manifestKey(digest));
  const version = readMagic(stored, 'ASMF', DELTA_VERSION, nameOf(digest));
  try {
    return { version, cbor: unpack(stored.subarray(MAGIC_BYTES)) };
  } catch (error) {
    throw damaged(digest, error);
  }
}

function requireDigest(cbor: Buffer, digest: Uint8Array): Buffer {
  if (!sameBytes(blake3.hash(cbor), digest)) throw damaged(digest);
  return cbor;
}

function nameOf(digest: Uint8Array): string {
  return `The stored manifest ${formatContentAddress(digest)}`;
}

function damaged(digest: Uint8Array, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `${nameOf(digest)} is damaged; restore it from a backup.`, cause);
}
