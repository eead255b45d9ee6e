import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreConfig } from '../config.ts';
import { migrate, type ReadConnection, type RegistryDatabase } from '../database/database.ts';
import { newestSequence, readEvents } from '../events/log.ts';
import { readEvent } from '../events/model.ts';
import { applyToViews } from '../events/views.ts';
import { makeTemporaryFolder } from '../files/temporary-folder.ts';
import { toHex } from '../identity/digest.ts';
import { openDatabase } from '../open-store.ts';

/** The views of the log, and what a row is known by. */
const VIEWS = {
  packages: 'id',
  holds: 'id',
  tombstones: 'id',
  removed_objects: 'storage_key',
} as const;

type View = keyof typeof VIEWS;
type Row = Record<string, unknown>;

const PAGE_ROWS = 500;
/** Of each view; a registry of which more differs is not put right row by row. */
const MAX_DIFFERING = 20;
/** How often a log that grows meanwhile is caught up with. */
const MAX_TRIES = 5;

/**
 * Replays the log into a registry of its own, on this machine, and compares every row of the views.
 *
 * @returns what differs.
 */
export async function differingViews(db: ReadConnection, config: StoreConfig): Promise<string[]> {
  const folder = await makeTemporaryFolder('check');
  let replayed: RegistryDatabase | undefined;
  try {
    replayed = await openDatabase({ ...config, database: { kind: 'sqlite', path: join(folder, 'replay') } }, 'write');
    await migrate(replayed, new Date());
    for (let tries = 1, through = 0; ; tries++) {
      through = await catchUp(replayed.db, db, through);
      const differing: string[] = [];
      for (const view of Object.keys(VIEWS) as View[]) {
        for (const difference of await compare(view, db, replayed.db)) differing.push(difference);
      }
      if (differing.length === 0 || tries === MAX_TRIES || (await newestSequence(db)) === through) return differing;
    }
  } finally {
    await replayed?.db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the last sequence that was replayed. */
function catchUp(replayed: ReadConnection, db: ReadConnection, after: number): Promise<number> {
  return replayed.transaction().execute(async (tx) => {
    let through = after;
    for await (const row of readEvents(db, after)) {
      await applyToViews(tx, readEvent(row), row);
      through = row.sequence;
    }
    return through;
  });
}

async function compare(view: View, db: ReadConnection, replayed: ReadConnection): Promise<string[]> {
  const differing: string[] = [];
  for await (const page of pagesOf(db, view)) {
    const expected = await rowsOf(replayed, view, [...page.keys()]);
    for (const [key, row] of page) {
      if (row !== expected.get(key)) differing.push(`${view}: "${key}" is not what the event log tells`);
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

/** Kysely cannot follow a table that is one of several; they are alike in what is asked of them. */
function asTable(view: View): ['holds', 'id'] {
  return [view, VIEWS[view]] as ['holds', 'id'];
}

/** Rows as text that is equal when they are. */
function byKey(rows: readonly object[], key: string): Map<string, string> {
  return new Map(
    rows.map((row) => {
      const columns = Object.entries(row)
        .map(([name, value]) => [name, value instanceof Uint8Array ? toHex(value) : value])
        .sort();
      return [(row as Row)[key] as string, JSON.stringify(columns)];
    }),
  );
}
