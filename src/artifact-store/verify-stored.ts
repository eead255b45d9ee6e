import type { LogParts } from './commit/record.ts';
import type { ReadConnection } from './database/database.ts';
import { decodeCbor } from './encoding/cbor.ts';
import { sessionsOf } from './encryption/key-files.ts';
import { sessionOfBox } from './encryption/session-key.ts';
import { ArchiveError, isArchiveError } from './errors.ts';
import { formatContentAddress, sameBytes, toHex } from './identity/digest.ts';
import { blake3 } from './identity/hasher.ts';
import type { FinalizedPayload } from './log/model.ts';
import { type PackRow, packFault } from './maintenance/check-packs.ts';
import { copyKey } from './manifest/stored.ts';
import { FOOTER_BYTES, trailerOffset } from './packs/format.ts';
import type { ReaderParts } from './packs/reader-parts.ts';
import { decodeFromIndex } from './packs/sealed-table.ts';
import { rowOf, type SealedManifestRow } from './sealed-manifests.ts';

type Parts = LogParts & ReaderParts;

/** The stored bytes that were read for a package without decrypting them. */
export interface StoredBytes {
  /** Packs and manifests. */
  objects: number;
  bytes: number;
  /** Objects of older versions, which recorded no digest of the stored bytes. Only their completeness was checked. */
  unchecked: number;
}

/** The result for a package. */
export interface VerifiedBytes {
  id: string;
  stored: StoredBytes;
  /** Empty when they are intact. */
  errors: ArchiveError[];
}

/** The result for an object. */
interface Found {
  bytes: number;
  session?: string | undefined;
  isUnchecked?: boolean;
  error?: ArchiveError;
}

const READ_BYTES = 4 * 1024 * 1024;

/**
 * Verifies packages of an encrypted store without decrypting them: compares the stored bytes of packs and manifests with the
 * digests in the log, and checks that their key files exist. Shared objects are read once.
 */
export async function* verifyStored(parts: Parts, packageIds: readonly string[]): AsyncIterable<VerifiedBytes> {
  const { db, storage, signal } = parts;
  const found = new Map<string, Promise<Found>>();
  const once = (key: string, check: () => Promise<Found>): Promise<Found> => {
    const known = found.get(key) ?? check();
    found.set(key, known);
    return known;
  };
  const digests = await manifestDigests(db);
  const sessions = new Set((await sessionsOf(storage, signal)).map(({ id }) => toHex(id)));
  for (const id of packageIds) {
    const row = await db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) continue;
    const results: Found[] = [];
    for (const [i, manifest] of (await chainOf(db, row)).entries()) {
      const check = () => checkManifest(parts, manifest, digests.get(toHex(manifest.manifest_digest)), i > 0);
      results.push(await once(manifest.manifest_key, check));
    }
    const packs = db.selectFrom('packs').innerJoin('package_packs', 'package_packs.pack_id', 'packs.id');
    const columns = ['id', 'storage_key', 'stored_bytes', 'frames', 'damaged_at'] as const;
    for (const pack of await packs.select(columns).where('package_id', '=', id).execute()) {
      signal?.throwIfAborted();
      results.push(await once(pack.storage_key, () => checkPack(parts, pack)));
    }
    const missing = new Set(results.flatMap(({ session }) => (session && !sessions.has(session) ? [session] : [])));
    const errors = [...results.flatMap(({ error }) => error ?? []), ...[...missing].map(keyMissing)];
    const stored: StoredBytes = {
      objects: results.length,
      bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
      unchecked: results.filter(({ isUnchecked }) => isUnchecked).length,
    };
    yield { id, stored, errors };
  }
}

/** Digests of the sealed bytes of manifests. Keys are the names of the manifests' digests, in hexadecimal. */
async function manifestDigests(db: ReadConnection): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const query = db.selectFrom('events').select('payload').where('event_type', '=', 'v1.package.finalized');
  for (const { payload } of await query.execute()) {
    const { manifest_digest, manifest_stored } = decodeCbor(payload) as unknown as FinalizedPayload;
    if (manifest_stored !== undefined) digests.set(manifest_digest.slice('blake3:'.length), manifest_stored);
  }
  return digests;
}

/** The manifest of a package and its bases. */
async function chainOf(db: ReadConnection, row: SealedManifestRow): Promise<SealedManifestRow[]> {
  const chain: SealedManifestRow[] = [];
  for (let at: SealedManifestRow | undefined = row; at !== undefined; ) {
    chain.push(at);
    at = at.manifest_base === null ? undefined : await rowOf(db, at.manifest_base);
  }
  return chain;
}

async function checkManifest(
  { storage, signal }: Parts,
  { manifest_key: key }: SealedManifestRow,
  digest: string | undefined,
  isBase: boolean,
): Promise<Found> {
  let failure = damaged(key);
  for (const each of isBase ? [key, copyKey(key)] : [key]) {
    try {
      const box = await storage.get(each, undefined, signal);
      const session = toHex(sessionOfBox(box, `The stored manifest "${each}"`));
      const about = { bytes: box.byteLength, session };
      if (digest === undefined) return { ...about, isUnchecked: true };
      if (formatContentAddress(blake3.hash(box)) === digest) return about;
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      failure = error;
    }
  }
  return { bytes: 0, error: failure };
}

async function checkPack(parts: Parts, pack: PackRow): Promise<Found> {
  const { db, storage } = parts;
  const { storage_key: key, stored_bytes } = pack;
  const sealed = decodeFromIndex(decodeCbor(pack.frames), `The registry's entry for pack "${key}"`);
  const about = { bytes: stored_bytes, session: sealed && toHex(sealed.session) };
  const fault = await packFault(db, storage, pack);
  if (fault !== undefined) return { ...about, error: new ArchiveError('INTEGRITY', fault) };
  if (sealed?.stored === undefined) return { ...about, isUnchecked: true };
  const digest = await digestBeforeTrailer(parts, key, stored_bytes);
  return sameBytes(digest, sealed.stored) ? about : { ...about, error: damaged(key) };
}

async function digestBeforeTrailer({ storage, signal }: Parts, key: string, size: number): Promise<Uint8Array> {
  const footer = await storage.get(key, { offset: size - FOOTER_BYTES, length: FOOTER_BYTES }, signal);
  const end = trailerOffset(size, footer);
  const hash = blake3.createHash();
  for (let offset = 0; offset < end; offset += READ_BYTES) {
    hash.update(await storage.get(key, { offset, length: Math.min(READ_BYTES, end - offset) }, signal));
  }
  return hash.digest();
}

function damaged(key: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `The object "${key}" is damaged; restore it from a backup.`, undefined, {
    key,
  });
}

function keyMissing(session: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `The key "${session}" is missing; restore "keys/" from a backup.`);
}
