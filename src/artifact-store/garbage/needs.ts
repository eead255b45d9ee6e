import { type Abortable, untilAborted } from '../abort.ts';
import type { LogParts } from '../commit/record.ts';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import type { PackageTable } from '../database/schema.ts';
import { isArchiveError } from '../errors.ts';
import { digestsOf } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { isContentEntry } from '../manifest/model.ts';
import { fetchManifest, type ManifestSource, remembering } from '../manifest/stored.ts';
import { allLists, isList, locateContents, locateReadable } from '../packs/content-index.ts';
import { type List, ListReader } from '../packs/list-reader.ts';
import { addNeed, type PackNeeds } from '../packs/pack-needs.ts';
import type { WorkerPool } from '../packs/worker-pool.ts';
import { partsOf } from '../parts.ts';

/** Manifests read concurrently: a remote store answers each slowly… */
const READS_AT_ONCE = 8;
/** …and their total entries, unless a single one has more: bounds memory. */
const ENTRIES_AT_ONCE = 200_000;

interface Parts extends LogParts, Abortable {
  workers: WorkerPool;
}

type Row = Pick<PackageTable, 'id' | 'manifest_digest' | 'manifest_key' | 'file_count'>;

/**
 * Reads from manifests what packages of formats 1 and 2 need, since the log does not say.
 * @param leaving packages to treat as disposed of.
 * @throws ArchiveError `INTEGRITY` for a damaged manifest or chunk list: its needs are unknown, so nothing may be removed.
 */
export async function learnNeeds(parts: Parts, leaving: ReadonlySet<string>): Promise<void> {
  const { db } = parts.database;
  const columns = ['id', 'manifest_digest', 'manifest_key', 'file_count'] as const;
  const unknown = await db.selectFrom('packages').select(columns).where('needs_known', '=', 0).execute();
  const source = remembering(parts.storage);
  const lists = listReader(parts);
  for (const row of unknown.filter(({ id }) => !leaving.has(id))) {
    const learned = await untilAborted(parts.signal, readNeeds(db, source, lists, row));
    if (learned) await db.transaction().execute((tx) => setNeeds(tx, row.id, learned));
  }
}

/**
 * Whether the needs of every package are known. They are not for a package that was put on hold just before its disposal, nor after the
 * registry was rebuilt meanwhile: no pack may be retired then.
 */
export async function areNeedsKnown(db: ReadConnection): Promise<boolean> {
  const unknown = db.selectFrom('packages').select('id').where('needs_known', '=', 0).limit(1);
  return (await unknown.executeTakeFirst()) === undefined;
}

interface Needs {
  base: Uint8Array | undefined;
  packs: PackNeeds;
}

async function readNeeds(
  db: ReadConnection,
  source: ManifestSource,
  lists: ListReader,
  row: Row,
): Promise<Needs | undefined> {
  try {
    const { manifest, bases } = await fetchManifest(source, row.manifest_digest, row.manifest_key);
    const contents = manifest.files.filter(isContentEntry).filter(({ size }) => size > 0);
    const located = await locateReadable(
      { db },
      contents.map(({ blake3 }) => blake3),
    );
    const packs: PackNeeds = new Map();
    const parts = new DigestSet();
    const walked = new DigestSet();
    for (const place of located.values()) {
      addNeed(packs, place.packId, isList(place) ? 0 : place.length);
      if (isList(place)) await addParts(lists, place, parts, walked);
    }
    for (const { packId, length } of (await locateContents({ db }, [...digestsOf(parts.packed)])).values()) {
      addNeed(packs, packId, length);
    }
    return { base: bases.at(-1), packs };
  } catch (error) {
    // Another garbage collection may have disposed of it meanwhile.
    if (await isThere(db, row.id)) throw error;
    return undefined;
  }
}

async function isThere(db: ReadConnection, id: string): Promise<boolean> {
  return (await db.selectFrom('packages').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

async function setNeeds(tx: WriteTransaction, id: string, { base, packs }: Needs): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('packages')
    .set({ needs_known: 1, manifest_base: base ?? null })
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  for (const part of partsOf([...packs])) {
    const rows = part.map(([pack_id, bytes]) => ({ package_id: id, pack_id, bytes }));
    await tx
      .insertInto('package_packs')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['package_id', 'pack_id']).doNothing())
      .execute();
  }
}

/** What packages need. */
export interface NeededContents {
  digests: DigestSet;
  /** Packages whose needs are unknown, since their manifest or a chunk list cannot be read. */
  unknown: ReadonlySet<string>;
}

/** The contents that packages need, according to their manifests and chunk lists. */
export async function neededContents(parts: Parts, packages: readonly string[]): Promise<NeededContents> {
  const { storage, signal } = parts;
  const { db } = parts.database;
  const digests = new DigestSet();
  const unknown = new Set<string>();
  const source = remembering(storage);
  const rows: Row[] = [];
  for (const part of partsOf(packages)) {
    const columns = ['id', 'manifest_digest', 'manifest_key', 'file_count'] as const;
    for (const row of await db.selectFrom('packages').select(columns).where('id', 'in', part).execute()) rows.push(row);
  }
  const forEachContent = async (act: (digest: Uint8Array, packageId: string) => void) => {
    const read = async ({ id, manifest_digest, manifest_key }: Row) => {
      try {
        const { manifest } = await fetchManifest(source, manifest_digest, manifest_key);
        for (const entry of manifest.files) if (isContentEntry(entry)) act(entry.blake3, id);
      } catch (error) {
        if (!isArchiveError(error, 'INTEGRITY')) throw error;
        unknown.add(id);
      }
    };
    for (const batch of batchesOf(rows)) await untilAborted(signal, Promise.all(batch.map(read)));
  };
  await forEachContent((digest) => digests.add(digest));
  const lists = listReader(parts);
  const walked = new DigestSet();
  const unreadable = new DigestSet();
  for await (const list of allLists(db)) {
    if (!digests.has(list.digest)) continue;
    try {
      await addParts(lists, { root: list.root, length: list.size }, digests, walked);
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      unreadable.add(list.digest);
    }
  }
  if (unreadable.size > 0) {
    await forEachContent((digest, packageId) => {
      if (unreadable.has(digest)) unknown.add(packageId);
    });
  }
  return { digests, unknown };
}

function listReader({ database: { db }, storage, workers, signal }: Parts): ListReader {
  return new ListReader({ db, storage, workers, signal });
}

/**
 * Adds the nodes and chunks of a list.
 * @throws ArchiveError `INTEGRITY` for a damaged node: it may be repaired, so what it lists is needed.
 */
async function addParts(lists: ListReader, list: List, digests: DigestSet, walked: DigestSet): Promise<void> {
  for await (const { digest, chunks } of lists.walkOnce(list, walked)) {
    digests.add(digest);
    for (const chunk of chunks) digests.add(chunk.digest);
  }
}

function* batchesOf(packages: readonly Row[]): Iterable<Row[]> {
  let batch: Row[] = [];
  let entries = 0;
  for (const found of packages) {
    if (batch.length === READS_AT_ONCE || (batch.length > 0 && entries + found.file_count > ENTRIES_AT_ONCE)) {
      yield batch;
      batch = [];
      entries = 0;
    }
    batch.push(found);
    entries += found.file_count;
  }
  if (batch.length > 0) yield batch;
}
