import { LRUCache } from 'lru-cache';
import { MAX_RAW_BYTES, openDocument, packDocument, rawLengthOf, streamDocument } from '../encoding/document.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decodeManifest } from './codec.ts';
import { applyDeltas, type Delta, decodeDelta, encodeDelta, isDelta, type Layered } from './delta.ts';
import { type EncodedManifest, locateEntries } from './encoded.ts';
import { MAX_MANIFEST_BYTES } from './limits.ts';
import type { Manifest } from './model.ts';

/** Where manifests lie. */
export const MANIFESTS = 'manifests/';

/** Storage key of a manifest. */
export function manifestKey(digest: Uint8Array): string {
  const hex = toHex(digest);
  return `${MANIFESTS}${hex.slice(0, 2)}/${hex}`;
}

/** Where a manifest that others build on lies once more: what happens to one object hurts one package at most. */
export function manifestCopyKey(digest: Uint8Array): string {
  return `${manifestKey(digest)}${COPY_SUFFIX}`;
}

const COPY_SUFFIX = '.copy';

/** The key of the manifest that one is a copy of; any other key as it is. */
export function withoutCopySuffix(key: string): string {
  return key.endsWith(COPY_SUFFIX) ? key.slice(0, -COPY_SUFFIX.length) : key;
}

/** How a manifest lies in storage in full. */
export function packManifest(cbor: Uint8Array): Buffer {
  return packDocument('ASMF', cbor, (opened) => locateEntries(opened, 'The manifest'));
}

/** How it lies there by what differs from the one before; undefined where that saves too little. */
export function packDelta(manifest: EncodedManifest, before: Layered): Buffer | undefined {
  const delta = encodeDelta(manifest, before);
  // Nothing vouches for the length of a larger one before it is unpacked.
  if (delta === undefined || delta.byteLength > MAX_RAW_BYTES) return undefined;
  return packDocument('ASMF', delta, (opened) => {
    const where = 'The delta';
    const applied = applyDeltas(before.cbor, [decodeDelta(opened, where)], where);
    if (!applied.equals(manifest.cbor)) throw new Error('it gives another manifest');
  });
}

/** What manifests are read from. */
export interface ManifestSource extends Pick<StorageBackend, 'get'> {
  /** One that others build on; where they are remembered. */
  base?: (digest: Uint8Array) => Promise<Base>;
  /** In an encrypted store, where what is got is opened: what stands for the digest of a manifest. */
  nameOf?: (digest: Uint8Array) => Uint8Array;
}

/** A manifest that others build on: in full, and then compared with its digest, or by what differs from those before. */
interface Base {
  opened: Buffer;
  delta: Delta | undefined;
}

/** Bounds memory. */
const REMEMBERED_BYTES = 32 * 1024 * 1024;

/** A caching source for callers that read many manifests, most of which build on the same ones. */
export function remembering(source: ManifestSource): ManifestSource {
  const naming = source.nameOf && { nameOf: source.nameOf };
  const stored = remembered(
    (key) => source.get(key),
    // lru-cache refuses 0, the size of one that lost its bytes.
    ({ byteLength }) => Math.max(byteLength, 1),
  );
  const bases = remembered(
    (hex) => openBase({ ...naming, get: stored }, Buffer.from(hex, 'hex')),
    ({ opened }) => opened.byteLength,
  );
  return { ...naming, get: stored, base: (digest) => bases(toHex(digest)) };
}

function remembered<T extends object>(
  fetch: (key: string) => Promise<T>,
  sizeOf: (found: T) => number,
): (key: string) => Promise<T> {
  const cache = new LRUCache<string, T>({ maxSize: REMEMBERED_BYTES, sizeCalculation: sizeOf, fetchMethod: fetch });
  return (key) => cache.forceFetch(key);
}

/**
 * Fetches and reads a manifest.
 *
 * @param key where it lies, if not under its digest.
 * @throws ArchiveError `INTEGRITY` when it, or one that it builds on, is missing or damaged; `FORMAT_UNSUPPORTED`;
 * `STORE_UNAVAILABLE`.
 */
export async function fetchManifest(
  source: ManifestSource,
  digest: Uint8Array,
  key?: string,
): Promise<StoredManifest & { manifest: Manifest }> {
  const layered = await fetchLayered(source, digest, key);
  return { ...layered, manifest: decodeManifest(layered.cbor) };
}

/** The same without reading it: that its digest is right is all that is known of it. */
export async function fetchLayered(source: ManifestSource, digest: Uint8Array, key?: string): Promise<StoredManifest> {
  const { stored, opened } = await fetchStored(source, digest, key);
  if (!isDelta(opened)) return { digest, bases: [], cbor: requireDigest(opened, digest, source), stored };
  const delta = decodeDelta(opened, nameOf(digest));
  const { bases } = delta;
  const [full, ...layers] = await Promise.all(bases.map((base) => source.base?.(base) ?? openBase(source, base)));
  if (full!.delta) throw damaged(bases[0]!);
  const deltas = layers.map((layer, i) => layer.delta ?? decodeDelta(layer.opened, nameOf(bases[i + 1]!)));
  const cbor = applyDeltas(full!.opened, [...deltas, delta], nameOf(digest));
  return { digest, bases, cbor: requireDigest(cbor, digest, source), stored };
}

/** A manifest, and as it lies in storage. */
export interface StoredManifest extends Layered {
  stored: Uint8Array;
}

interface Fetched {
  stored: Uint8Array;
  /** A manifest in full, or a delta. */
  opened: Buffer;
}

async function openBase(source: ManifestSource, digest: Uint8Array): Promise<Base> {
  const { opened } = await fetchStored(source, digest);
  if (isDelta(opened)) return { opened, delta: decodeDelta(opened, nameOf(digest)) };
  return { opened: requireDigest(opened, digest, source), delta: undefined };
}

/** @throws ArchiveError `INTEGRITY` when it cannot be unpacked, and there is no copy that can. */
async function fetchStored(source: ManifestSource, digest: Uint8Array, key = manifestKey(digest)): Promise<Fetched> {
  try {
    return await fetchFrom(source, digest, key);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    try {
      return await fetchFrom(source, digest, manifestCopyKey(digest));
    } catch (other) {
      throw isArchiveError(other, 'INTEGRITY') ? error : other;
    }
  }
}

async function fetchFrom(source: ManifestSource, digest: Uint8Array, key: string): Promise<Fetched> {
  const stored = await source.get(key);
  const where = nameOf(digest);
  if ((rawLengthOf('ASMF', stored, where) ?? 0) <= MAX_RAW_BYTES) {
    return { stored, opened: openDocument('ASMF', stored, where) };
  }
  if (!source.nameOf) await requireStreamed(stored, digest);
  return { stored, opened: openDocument('ASMF', stored, where, MAX_MANIFEST_BYTES) };
}

/** Hashes a manifest that is too long to be unpacked on its own word, in little memory. */
async function requireStreamed(stored: Uint8Array, digest: Uint8Array): Promise<void> {
  const hash = blake3.createHash();
  for await (const piece of streamDocument('ASMF', stored, nameOf(digest))) hash.update(piece);
  if (!sameBytes(hash.digest(), digest)) throw damaged(digest);
}

function requireDigest(cbor: Buffer, digest: Uint8Array, { nameOf }: ManifestSource): Buffer {
  const found = blake3.hash(cbor);
  if (!sameBytes(nameOf ? nameOf(found) : found, digest)) throw damaged(digest);
  return cbor;
}

function nameOf(digest: Uint8Array): string {
  return `The stored manifest ${formatContentAddress(digest)}`;
}

function damaged(digest: Uint8Array): ArchiveError {
  return new ArchiveError('INTEGRITY', `${nameOf(digest)} is damaged; restore it from a backup.`);
}
