import { readHead } from '../commit/head.ts';
import { type OpenLog, recreateTables } from '../commit/open-log.ts';
import type { ReadConnection, RegistryDatabase } from '../database/database.ts';
import { toHex } from '../identity/digest.ts';
import { inMemory } from '../open-store.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** The tables derived from the log, and the columns that identify a row. */
const VIEWS = {
  packages: 'id',
  holds: 'id',
  tombstones: 'id',
  removed_objects: 'storage_key',
  packs: 'storage_key',
  labels: 'id',
  notes: 'package_id',
} as const;

type View = keyof typeof VIEWS;
type Row = Record<string, unknown>;

/**
 * The number of a pack differs between registries, and the needs of packages of formats 1 and 2 may have been read from their manifests.
 */
const NOT_IN_LOG = ['id', 'needs_known', 'manifest_base'];

const PAGE_ROWS = 500;
/** Limit per table; a registry with more differences must be rebuilt. */
const MAX_DIFFERING = 20;
/** How often to catch up with a log that grows meanwhile. */
const MAX_TRIES = 5;

/**
 * Replays the log into a registry in memory, and compares every row.
 * @returns the differences.
 */
export async function differingViews({
  database: { db },
  storage,
  store,
}: OpenLog & { storage: StorageBackend }): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    const { segment } = await readHead(db);
    const replayed = await inMemory();
    try {
      await recreateTables({ storage, database: replayed, now: new Date() }, store);
      const differing = await compareAll(db, replayed);
      if (differing.length === 0 || tries === MAX_TRIES || (await readHead(replayed.db)).segment === segment) {
        return differing;
      }
    } finally {
      await replayed.db.destroy();
    }
  }
}

async function compareAll(db: ReadConnection, replayed: RegistryDatabase): Promise<string[]> {
  const differing: string[] = [];
  for (const view of Object.keys(VIEWS) as View[]) {
    for (const difference of await compare(view, db, replayed.db)) differing.push(difference);
  }
  for (const difference of await compareNeeds(db, replayed.db)) differing.push(difference);
  return differing;
}

/** Compares which packs a package needs: the log contains the minimum. */
async function compareNeeds(db: ReadConnection, replayed: ReadConnection): Promise<string[]> {
  const differing: string[] = [];
  for await (const page of pagesOf(replayed, 'packages')) {
    const ids = [...page.keys()];
    const there = await needsOf(db, ids);
    for (const need of await needsOf(replayed, ids)) {
      if (!there.has(need)) differing.push(`packages: "${need.slice(0, need.indexOf(' '))}" needs other packs`);
    }
    if (differing.length > MAX_DIFFERING) break;
  }
  return differing.slice(0, MAX_DIFFERING);
}

async function needsOf(db: ReadConnection, packageIds: readonly string[]): Promise<Set<string>> {
  if (packageIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('package_packs')
    .innerJoin('packs', 'packs.id', 'package_packs.pack_id')
    .select(['package_id', 'storage_key'])
    .where('package_id', 'in', packageIds)
    .execute();
  return new Set(rows.map(({ package_id, storage_key }) => `${package_id} ${storage_key}`));
}

async function compare(view: View, db: ReadConnection, replayed: ReadConnection): Promise<string[]> {
  const differing: string[] = [];
  for await (const page of pagesOf(db, view)) {
    const expected = await rowsOf(replayed, view, [...page.keys()]);
    for (const [key, row] of page) {
      if (row !== expected.get(key)) differing.push(`${view}: "${key}" differs from the log`);
    }
    if (differing.length > MAX_DIFFERING) break;
  }
  for await (const page of pagesOf(replayed, view)) {
    const found = await rowsOf(db, view, [...page.keys()]);
    for (const key of page.keys()) {
      if (!found.has(key)) differing.push(`${view}: "${key}" is missing`);
    }
    if (differing.length > MAX_DIFFERING) break;
  }
  return differing.slice(0, MAX_DIFFERING);
}

async function* pagesOf(db: ReadConnection, view: View): AsyncIterable<Map<string, string>> {
  const [table, key] = asTable(view);
  for (let last = ''; ; ) {
    const rows = await db.selectFrom(table).selectAll().where(key, '>', last).orderBy(key).limit(PAGE_ROWS).execute();
    yield byKey(rows, key);
    if (rows.length < PAGE_ROWS) return;
    last = (rows.at(-1) as Row)[key] as string;
  }
}

async function rowsOf(db: ReadConnection, view: View, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const [table, key] = asTable(view);
  return byKey(await db.selectFrom(table).selectAll().where(key, 'in', keys).execute(), key);
}

/** Kysely cannot type a union of tables; they have the columns used here in common. */
function asTable(view: View): ['holds', 'id'] {
  return [view, VIEWS[view]] as ['holds', 'id'];
}

/** Rows as text, equal for equal rows. */
function byKey(rows: readonly object[], key: string): Map<string, string> {
  return new Map(
    rows.map((row) => {
      const columns = Object.entries(row)
        .filter(([name]) => name === key || !NOT_IN_LOG.includes(name))
        .map(([name, value]) => [name, value instanceof Uint8Array ? toHex(value) : value])
        .sort();
      return [(row as Row)[key] as string, JSON.stringify(columns)];
    }),
  );
}
