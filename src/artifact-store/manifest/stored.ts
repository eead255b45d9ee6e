import { constants, zstdCompressSync } from 'node:zlib';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { readList, readMap } from '../encoding/shape.ts';
import { maxUnpackedBytes, unpack } from '../encoding/unpack.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { readDecodedManifest } from './codec.ts';
import { applyDelta, decodeDelta, encodeDelta, type Layered, REST } from './delta.ts';
import type { FileEntry, Manifest } from './model.ts';

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
export function packDelta(manifest: Manifest, before: Layered): Buffer | undefined {
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
 * @returns also its canonical CBOR.
 * @throws ArchiveError `INTEGRITY` when it, or one that it builds on, is missing or damaged; `FORMAT_UNSUPPORTED`;
 * `STORE_UNAVAILABLE`.
 */
export async function fetchManifest(
  source: ManifestSource,
  digest: Uint8Array,
): Promise<Layered & { cbor: Buffer; manifest: Manifest }> {
  const { value, ...stored } = await fetchLayered(source, digest);
  const manifest = readDecodedManifest(value);
  return { ...stored, files: manifest.files, manifest };
}

/**
 * The same, as far as the next one needs it to build on.
 *
 * @returns also what its CBOR holds.
 */
export async function fetchLayered(
  source: ManifestSource,
  digest: Uint8Array,
): Promise<Layered & { cbor: Buffer; value: CborValue }> {
  const stored = await read(source, digest);
  if (stored.version === FULL_VERSION) {
    const cbor = requireDigest(stored.cbor, digest);
    const value = decodeCbor(cbor);
    return { digest, cbor, value, bases: [], files: filesOf(value, nameOf(digest)) as FileEntry[] };
  }
  const delta = decodeDelta(stored.cbor, nameOf(digest));
  const { bases } = delta;
  const [full, ...layers] = await Promise.all(bases.map((base) => read(source, base)));
  if (full!.version !== FULL_VERSION) throw damaged(bases[0]!);
  let files = filesOf(decodeCbor(requireDigest(full!.cbor, bases[0]!)), nameOf(bases[0]!));
  for (const [i, { cbor, version }] of layers.entries()) {
    const where = nameOf(bases[i + 1]!);
    if (version !== DELTA_VERSION) throw damaged(bases[i + 1]!);
    files = applyDelta(files, decodeDelta(cbor, where), where);
  }
  files = applyDelta(files, delta, nameOf(digest));
  const value = { ...delta.rest, files: files as CborValue[] };
  return { digest, cbor: requireDigest(encodeCbor(value), digest), value, bases, files: files as FileEntry[] };
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

function filesOf(manifest: CborValue, where: string): unknown[] {
  const { files } = readMap(manifest, where, ['files'], REST);
  return readList(files, `${where}, "files"`);
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
