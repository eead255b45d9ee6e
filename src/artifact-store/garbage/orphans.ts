import { type Abortable, itemsUntilAborted } from '../abort.ts';
import { type LogParts, record } from '../commit/record.ts';
import type { ReadConnection } from '../database/database.ts';
import { isArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { fetchLayered, MANIFESTS, manifestKey, withoutSuffix } from '../manifest/stored.ts';
import { OBJECTS, PACKS } from '../packs/pack-writer.ts';
import { partsOf } from '../parts.ts';
import type { StorageBackend, StoredObject } from '../storage/backend.ts';
import { deleteObjects } from './delete-objects.ts';
import { type ObjectTotals, removal } from './sweep.ts';

/** Prefixes of objects that belong to packages. */
const PREFIXES = [PACKS, OBJECTS, MANIFESTS];

/**
 * Removes objects that nothing refers to and that are older than the grace period: leftovers of killed writers, and manifests of disposed
 * packages on which no other one builds. A running archive that refers to one of them later is refused.
 * @param leaving packages to treat as disposed of, with their manifests.
 */
export async function removeOrphans(
  parts: LogParts & Abortable,
  cutoff: Date,
  dryRun: boolean,
  leaving: ReadonlySet<string>,
): Promise<ObjectTotals> {
  const { database, storage, signal } = parts;
  const orphans: StoredObject[] = [];
  const known = await namedKeys(parts, database.db, cutoff, leaving);
  for (const prefix of PREFIXES) {
    for await (const object of itemsUntilAborted(signal, storage.list(prefix))) {
      if (object.modifiedAt <= cutoff && !known.has(withoutSuffix(object.key))) orphans.push(object);
    }
  }
  if (!dryRun) for (const part of partsOf(orphans)) await remove(parts, part, cutoff);
  return { objects: orphans.length, bytes: orphans.reduce((sum, { size }) => sum + size, 0) };
}

async function remove(parts: LogParts & Abortable, objects: readonly StoredObject[], cutoff: Date): Promise<void> {
  let orphans: StoredObject[] = [];
  await record(parts, async (tx) => {
    parts.signal?.throwIfAborted();
    const known = await namedKeys(parts, tx, cutoff, new Set());
    orphans = objects.filter(({ key }) => !known.has(withoutSuffix(key)));
    const removed = await removedKeys(
      tx,
      orphans.map(({ key }) => key),
    );
    const disposed = await disposedKeys(tx);
    // An object removed before is still here only because its removal was interrupted.
    const named = orphans.filter(({ key }) => !removed.has(key));
    return named.map(({ key, size }) => removal(key, size, disposed.has(withoutSuffix(key)) ? 'disposed' : 'orphan'));
  });
  await deleteObjects(
    parts,
    orphans.map(({ key }) => key),
  );
}

async function namedKeys(
  parts: LogParts,
  db: ReadConnection,
  cutoff: Date,
  leaving: ReadonlySet<string>,
): Promise<Set<string>> {
  const packs = await db.selectFrom('packs').select('storage_key').execute();
  const manifests = await namedManifests(parts, db, cutoff, leaving);
  return new Set([...packs.map(({ storage_key }) => storage_key), ...manifests]);
}

/** Manifests that must stay: those of packages, those of packages disposed of within the grace period, and the bases of both. */
async function namedManifests(
  { storage, store }: LogParts,
  db: ReadConnection,
  cutoff: Date,
  leaving: ReadonlySet<string>,
): Promise<Set<string>> {
  const columns = ['id', 'manifest_digest', 'manifest_key', 'manifest_base', 'needs_known'] as const;
  const packages = await db.selectFrom('packages').select(columns).execute();
  const tombstones = await db
    .selectFrom('tombstones')
    .select([...columns, 'disposed_at'])
    .execute();
  const byDigest = new Map([...packages, ...tombstones].map((row) => [toHex(row.manifest_digest), row]));
  const since = cutoff.toISOString();
  // In an encrypted store, the key of a base does not follow from its digest.
  const isEncrypted = store.encryption !== undefined;
  const named = new Set<string>();
  const staying = packages.filter(({ id }) => !leaving.has(id));
  for (const row of [...staying, ...tombstones.filter(({ disposed_at }) => disposed_at > since)]) {
    named.add(row.manifest_key);
    for (let at: (typeof row & { disposed_at?: string }) | undefined = row; at !== undefined; ) {
      if (at.needs_known === 0) {
        for (const base of await basesOf(storage, at)) named.add(manifestKey(base));
        break;
      }
      if (at.manifest_base === null) break;
      const base = byDigest.get(toHex(at.manifest_base));
      const key = isEncrypted ? base?.manifest_key : manifestKey(at.manifest_base);
      // Its bases are then included.
      if (key === undefined || (named.has(key) && base?.needs_known !== 0)) break;
      named.add(key);
      at = base;
    }
  }
  return named;
}

/**
 * The bases of a package of format 1 or 2, which the log does not contain. A missing manifest has none, nor has a damaged one of a disposed
 * package.
 */
async function basesOf(
  storage: StorageBackend,
  row: { manifest_digest: Uint8Array; manifest_key: string; disposed_at?: string },
): Promise<readonly Uint8Array[]> {
  if ((await storage.head(row.manifest_key)) === undefined) return [];
  try {
    return (await fetchLayered(storage, row.manifest_digest, row.manifest_key)).bases;
  } catch (error) {
    if (row.disposed_at !== undefined && isArchiveError(error, 'INTEGRITY')) return [];
    throw error;
  }
}

/** Keys of the manifests of disposed packages. */
async function disposedKeys(db: ReadConnection): Promise<Set<string>> {
  const rows = await db.selectFrom('tombstones').select('manifest_key').execute();
  return new Set(rows.map(({ manifest_key }) => manifest_key));
}

async function removedKeys(db: ReadConnection, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).execute();
  return new Set(rows.map(({ storage_key }) => storage_key));
}
