import { rename } from 'node:fs/promises';
import { type Abortable, untilAborted } from '../abort.ts';
import { arbiterOf } from '../arbiter.ts';
import { followTo } from '../commit/follow.ts';
import { readHead } from '../commit/head.ts';
import { applyLegacyLog, hasLegacyLog } from '../commit/legacy-log.ts';
import { type LogPin, requirePin } from '../commit/pins.ts';
import { newestSegment } from '../commit/segments.ts';
import { createStoreFile, type LegacyEnd, type StoreFile } from '../commit/store-file.ts';
import type { StoreConfig } from '../config.ts';
import { makeTables, NO_SEGMENT, type ReadConnection, type RegistryDatabase } from '../database/database.ts';
import { DatabaseFault } from '../database/database-fault.ts';
import { ArchiveError } from '../errors.ts';
import { newUuid } from '../identity/uuid.ts';
import { findStore, openDatabase, openStorage } from '../open-store.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { recoverStoreFile } from './recover-store-file.ts';

/**
 * What was found in storage.
 * @experimental
 */
export interface RebuiltStore {
  events: number;
  packages: number;
  packs: number;
}

export interface RebuildOptions extends Abortable {
  /** A segment that the log must contain. */
  head?: LogPin | undefined;
}

/**
 * Rebuilds the registry from the log in storage, discarding its previous content. A missing or damaged "store.json" is recreated first.
 * If interrupted or aborted, the registry is missing or incomplete, and the next run continues.
 * @experimental
 * @throws ArchiveError `NOT_FOUND` when storage has no log; `INTEGRITY` when the log is damaged, or lacks the given segment; `KEY_MISSING`
 * when "store.json" is lost, the store is encrypted and no identity opens its keys.
 */
export async function rebuildStore(
  config: StoreConfig,
  now: () => Date = () => new Date(),
  { signal, head }: RebuildOptions = {},
): Promise<RebuiltStore> {
  signal?.throwIfAborted();
  const storage = await openStorage(config);
  try {
    await untilAborted(signal, recoverStoreFile(config, storage));
    const store = await untilAborted(signal, findStore(config, storage));
    if (store === undefined && !(await hasLegacyLog(storage))) {
      throw new ArchiveError(
        'NOT_FOUND',
        'The storage has no log to rebuild the registry from; check that the configuration names the right one.',
      );
    }
    const newest = await newestSegment(storage, NO_SEGMENT);
    if (head) await requirePin(storage, newest, head);
    const database = await openForRebuild(config, store?.storeId);
    try {
      return await untilAborted(signal, rebuild({ database, storage, now: now() }, config, store, newest));
    } finally {
      await database.db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

/** A file that is not a database is moved aside, since it may be something else. */
async function openForRebuild(config: StoreConfig, storeId: string | undefined): Promise<RegistryDatabase> {
  try {
    return await openDatabase(config, 'write', storeId);
  } catch (error) {
    const { database } = config;
    if (!(error instanceof DatabaseFault) || !error.isDamaged || database.kind !== 'sqlite') throw error;
    await rename(database.path, `${database.path}.damaged-${Date.now()}`);
    return openDatabase(config, 'write', storeId);
  }
}

interface Parts {
  database: RegistryDatabase;
  storage: StorageBackend;
  now: Date;
}

async function rebuild(
  parts: Parts,
  config: StoreConfig,
  found: StoreFile | undefined,
  newest: number,
): Promise<RebuiltStore> {
  const { database, storage } = parts;
  const store = found ?? (await migrateLost(parts, config));
  if (found) await emptyTables(parts, found.storeId);
  await followTo({ database, storage, store }, newest);
  const { db } = database;
  const { sequence: events } = await readHead(db);
  return { events, packages: await count(db, 'packages'), packs: await count(db, 'packs') };
}

function emptyTables({ database, now }: Parts, storeId: string): Promise<void> {
  return database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    await makeTables(database, tx, { storeId, now });
  });
}

/** For a store of format 1 or 2 whose registry is lost: the log in storage is the only source. */
async function migrateLost({ database, storage, now }: Parts, config: StoreConfig): Promise<StoreFile> {
  const storeId = newUuid();
  const legacy = await database.db.transaction().execute(async (tx): Promise<LegacyEnd> => {
    await database.lockForMigration(tx);
    await makeTables(database, tx, { storeId, now });
    return applyLegacyLog(tx, storage);
  });
  return createStoreFile(storage, { storeId, commit: await arbiterOf(config, storage), legacy });
}

async function count(db: ReadConnection, table: 'packages' | 'packs'): Promise<number> {
  const query = db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as('rows'));
  // A count comes back as text from PostgreSQL.
  return Number((await query.executeTakeFirstOrThrow()).rows);
}
