import { LRUCache } from 'lru-cache';
import { MAX_RAW_BYTES, openDocument, packDocument, rawLengthOf, streamDocument } from '../encoding/document.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decodeManifest } from './codec.ts';
import {
  applyDeltas,
  type Delta,
  decodeDelta,
  encodeDelta,
  isDelta,
  type Layered,
  locateBefore,
  type Range,
  writeDelta,
} from './delta.ts';
import { type EncodedManifest, locateEntries } from './encoded.ts';
import { MAX_MANIFEST_BYTES } from './limits.ts';
import type { Manifest } from './model.ts';

/** Prefix of manifests. */
export const MANIFESTS = 'manifests/';

/** Storage key of a manifest. */
export function manifestKey(digest: Uint8Array): string {
  const hex = toHex(digest);
  return `${MANIFESTS}${hex.slice(0, 2)}/${hex}`;
}

/** Key of a second copy of a manifest that others build on: damage to one object then affects one package at most. */
export function copyKey(key: string): string {
  return `${key}.copy`;
}

/** Key of the names of a manifest's entries, in an encrypted store. */
export function namesKey(key: string): string {
  return `${key}.names`;
}

/** The key of the manifest for the key of its copy or its names; any other key unchanged. */
export function withoutSuffix(key: string): string {
  return key.replace(/\.(?:copy|names)$/, '');
}

/** Encodes a manifest in full for storage. */
export function packManifest(cbor: Uint8Array): Buffer {
  return packDocument('ASMF', cbor, (opened) => locateEntries(opened, 'The manifest'));
}

/** Encodes a manifest as its difference from the previous one; undefined where that saves too little. */
export function packDelta(manifest: EncodedManifest, before: Layered): Buffer | undefined {
  const located = { ...before, ...locateBefore(manifest, before.cbor) };
  const delta = encodeDelta(manifest, located);
  // A larger one could not be unpacked without trusting its claimed length.
  if (delta === undefined || delta.byteLength > MAX_RAW_BYTES) return undefined;
  return packDocument('ASMF', delta, (opened) => {
    const where = 'The delta';
    const applied = applyDeltas(located, [decodeDelta(opened, where)], where);
    if (!applied.equals(manifest.cbor)) throw new Error('it produces a different manifest');
  });
}

/** As {@link packDelta}, for a base that cannot be read here. The result is unchecked until a reader compares its digest. */
export function packSealedDelta(
  manifest: EncodedManifest,
  bases: readonly Uint8Array[],
  files: readonly (Uint8Array | Range)[],
): Buffer | undefined {
  const delta = writeDelta(manifest, bases, files);
  if (delta.byteLength > MAX_RAW_BYTES) return undefined;
  return packDocument('ASMF', delta, (opened) => decodeDelta(opened, 'The delta'));
}

/** Where manifests are read from. */
export interface ManifestSource extends Pick<StorageBackend, 'get'> {
  /** Returns a base from a cache. */
  base?: (digest: Uint8Array) => Promise<Base>;
  /** In an encrypted store, where `get` decrypts: the name that replaces the digest of a manifest. */
  nameOf?: (digest: Uint8Array) => Uint8Array;
  /** In an encrypted store: the storage key of the manifest whose digest has this name. */
  keyOf?: (name: Uint8Array) => Promise<string>;
}

/** A base of other manifests: in full, in which case its digest was checked, or as a delta. */
interface Base {
  opened: Buffer;
  delta: Delta | undefined;
}

/** Bounds memory. */
const REMEMBERED_BYTES = 32 * 1024 * 1024;

/** A caching source for callers that read many manifests, most of which build on the same ones. */
export function remembering(source: ManifestSource): ManifestSource {
  const { get: _, base: __, ...naming } = source;
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
 * Fetches and decodes a manifest.
 * @param key its storage key, if it does not follow from the digest.
 * @throws ArchiveError `INTEGRITY` when it, or one of its bases, is missing or damaged; `FORMAT_UNSUPPORTED`; `STORE_UNAVAILABLE`.
 */
export async function fetchManifest(
  source: ManifestSource,
  digest: Uint8Array,
  key?: string,
): Promise<StoredManifest & { manifest: Manifest }> {
  const layered = await fetchLayered(source, digest, key);
  return { ...layered, manifest: decodeManifest(layered.cbor) };
}

/** {@link fetchManifest} without decoding: only the digest is checked. */
export async function fetchLayered(source: ManifestSource, digest: Uint8Array, key?: string): Promise<StoredManifest> {
  const { stored, opened } = await fetchStored(source, digest, key);
  if (!isDelta(opened)) return { digest, bases: [], cbor: requireDigest(opened, digest, source), stored };
  const delta = decodeDelta(opened, nameOf(digest));
  const { bases } = delta;
  const [full, ...layers] = await Promise.all(bases.map((base) => source.base?.(base) ?? openBase(source, base)));
  if (full!.delta) throw damaged(bases[0]!);
  const deltas = layers.map((layer, i) => layer.delta ?? decodeDelta(layer.opened, nameOf(bases[i + 1]!)));
  const cbor = applyDeltas(locateEntries(full!.opened, nameOf(digest)), [...deltas, delta], nameOf(digest));
  return { digest, bases, cbor: requireDigest(cbor, digest, source), stored };
}

/** A manifest with its stored form. */
export interface StoredManifest extends Layered {
  stored: Uint8Array;
}

interface Fetched {
  stored: Uint8Array;
  /** Decompressed: a manifest in full, or a delta. */
  opened: Buffer;
}

async function openBase(source: ManifestSource, digest: Uint8Array): Promise<Base> {
  const { opened } = await fetchStored(source, digest);
  if (isDelta(opened)) return { opened, delta: decodeDelta(opened, nameOf(digest)) };
  return { opened: requireDigest(opened, digest, source), delta: undefined };
}

/** @throws ArchiveError `INTEGRITY` when it cannot be unpacked, and neither can a copy. */
async function fetchStored(source: ManifestSource, digest: Uint8Array, key?: string): Promise<Fetched> {
  const usual = source.keyOf ? (key ?? (await source.keyOf(digest))) : manifestKey(digest);
  try {
    return await fetchFrom(source, digest, key ?? usual);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    try {
      return await fetchFrom(source, digest, copyKey(usual));
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

/** Hashes a manifest that claims to be too long to unpack, with little memory. */
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
