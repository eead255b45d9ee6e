import { type Abortable, itemsUntilAborted } from '../abort.ts';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { type LogParts, record, whileLocked } from '../events/log.ts';
import { MANIFESTS, manifestKey } from '../manifest/stored.ts';
import { partsOf } from '../packs/content-index.ts';
import { OBJECTS, PACKS } from '../packs/pack-writer.ts';
import type { StoredObject } from '../storage/backend.ts';
import type { LiveContents } from './live-contents.ts';
import { type ObjectTotals, removal } from './sweep.ts';

/** Where objects lie that packages are made of. */
const PREFIXES = [PACKS, OBJECTS, MANIFESTS];

/**
 * Removes objects that nothing names and that are older than the grace period: what writers that were killed left, and the
 * manifests of packages disposed of on which no other one builds. An archive that is still under way and names one of them
 * later is refused then.
 *
 * @param live what was needed a moment ago.
 */
export async function removeOrphans(
  parts: LogParts & Abortable,
  live: LiveContents,
  cutoff: Date,
  dryRun: boolean,
): Promise<ObjectTotals> {
  const { database, storage } = parts;
  const orphans: StoredObject[] = [];
  const known = await namedKeys(database.db, live, cutoff);
  for (const prefix of PREFIXES) {
    for await (const object of itemsUntilAborted(parts.signal, storage.list(prefix))) {
      if (object.modifiedAt <= cutoff && !known.has(object.key)) orphans.push(object);
    }
  }
  if (!dryRun) for (const part of partsOf(orphans)) await remove(parts, live, part, cutoff);
  return { objects: orphans.length, bytes: orphans.reduce((sum, { size }) => sum + size, 0) };
}

async function remove(
  parts: LogParts & Abortable,
  live: LiveContents,
  objects: readonly StoredObject[],
  cutoff: Date,
): Promise<void> {
  let orphans: StoredObject[] = [];
  await record(parts, async (tx) => {
    parts.signal?.throwIfAborted();
    await live.add(tx);
    const known = await namedKeys(tx, live, cutoff);
    orphans = objects.filter(({ key }) => !known.has(key));
    const removed = await removedKeys(
      tx,
      orphans.map(({ key }) => key),
    );
    const disposed = await disposedKeys(tx);
    // One that was removed before is here again only because its removal was cut off.
    const named = orphans.filter(({ key }) => !removed.has(key));
    return named.map(({ key, size }) => removal(key, size, disposed.has(key) ? 'disposed' : 'orphan'));
  });
  const manifests = orphans.filter(({ key }) => key.startsWith(MANIFESTS));
  for (const { key } of orphans) {
    parts.signal?.throwIfAborted();
    if (!key.startsWith(MANIFESTS)) await parts.storage.delete(key);
  }
  if (manifests.length > 0)
    await whileLocked(parts.database, (tx) => removeManifests(parts, tx, live, manifests, cutoff));
}

/** A package that is brought from elsewhere may come to have a manifest that was removed: while it does, the log is locked. */
async function removeManifests(
  { storage }: LogParts,
  tx: WriteTransaction,
  live: LiveContents,
  manifests: readonly StoredObject[],
  cutoff: Date,
): Promise<void> {
  await live.add(tx);
  const known = await namedKeys(tx, live, cutoff);
  await Promise.all(manifests.filter(({ key }) => !known.has(key)).map(({ key }) => storage.delete(key)));
}

/** The manifest of a package stays for the grace period after it was disposed of. */
async function namedKeys(db: ReadConnection, live: LiveContents, cutoff: Date): Promise<Set<string>> {
  const packs = await db.selectFrom('packs').select('storage_key').execute();
  const packages = await db.selectFrom('packages').select('manifest_digest').execute();
  return new Set([
    ...packs.map(({ storage_key }) => storage_key),
    ...packages.map(({ manifest_digest }) => manifestKey(manifest_digest)),
    ...live.bases,
    ...(await disposedKeys(db, cutoff)),
  ]);
}

/** Keys of the manifests of packages that were disposed of, after that time. */
async function disposedKeys(db: ReadConnection, after = new Date(0)): Promise<Set<string>> {
  const tombstones = db.selectFrom('tombstones').select('manifest_digest');
  const rows = await tombstones.where('disposed_at', '>', after.toISOString()).execute();
  return new Set(rows.map(({ manifest_digest }) => manifestKey(manifest_digest)));
}

async function removedKeys(db: ReadConnection, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).execute();
  return new Set(rows.map(({ storage_key }) => storage_key));
}
