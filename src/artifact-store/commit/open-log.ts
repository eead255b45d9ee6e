import {
  addTables,
  type CacheInfo,
  makeTables,
  type ReadConnection,
  type RegistryDatabase,
  readCacheInfo,
} from '../database/database.ts';
import { FORMAT_VERSION } from '../database/migrations.ts';
import { ArchiveError } from '../errors.ts';
import { newUuid } from '../identity/uuid.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { type FollowOptions, follow } from './follow.ts';
import { readHead } from './head.ts';
import { applyLegacyLog, hasLegacyLog, legacyContinues } from './legacy-log.ts';
import { noteAll } from './names-view.ts';
import { type CommitArbiter, createStoreFile, type LegacyEnd, type StoreFile } from './store-file.ts';

/** A database and the log that it caches. */
export interface OpenLog {
  database: RegistryDatabase;
  store: StoreFile;
}

/** How to open a log. */
export interface LogSource extends FollowOptions {
  storage: StorageBackend;
  database: RegistryDatabase;
  now: Date;
}

/** Recreates the tables for a store, and applies its log. */
export async function recreateTables({ storage, database, now, mayWrite }: LogSource, store: StoreFile): Promise<void> {
  await database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    // Another process may have been first.
    const info = await readCacheInfo(database, tx);
    if (info?.format === FORMAT_VERSION && info.storeId === store.storeId) return;
    await makeTables(database, tx, { storeId: store.storeId, now });
  });
  await follow({ storage, database, store }, { mayWrite });
}

/**
 * Brings a database up to date with the log of a store.
 * @throws ArchiveError `CONFIG_INVALID` when it is the database of another store.
 */
export async function followInto(source: LogSource, store: StoreFile): Promise<void> {
  const info = await readCacheInfo(source.database);
  if (info !== undefined && info.storeId !== store.storeId) throw otherStore(info.storeId, store.storeId);
  if (info?.format !== FORMAT_VERSION) return recreateTables(source, store);
  if (!info.isCurrent) await addMissingTables(source.database);
  await follow({ ...source, store }, source);
}

/**
 * Creates the store file of a new store, or of one of format 1 or 2 that is being migrated. Safe to interrupt at any time.
 * @throws ArchiveError `STATE_CONFLICT` when storage and database do not belong together.
 */
export async function makeStore(source: LogSource, commit: CommitArbiter): Promise<StoreFile> {
  const { storage, database } = source;
  const info = await readCacheInfo(database);
  if (info === undefined) {
    if (await hasLegacyLog(storage)) throw lostRegistry();
    const store = await createOnce(source, { storeId: newUuid(), commit });
    await recreateTables(source, store);
    return store;
  }
  if (info.format === FORMAT_VERSION && !info.isCurrent) await addMissingTables(database);
  const legacy = info.format < FORMAT_VERSION ? await migrate(source, info) : await endOfEmpty(database.db, info);
  const store = await createOnce(source, { storeId: info.storeId, commit, legacy });
  if (store.storeId !== info.storeId) throw otherStore(info.storeId, store.storeId);
  return store;
}

/** Adds tables that an older version of the software did not create, and fills them from the applied events. */
async function addMissingTables(database: RegistryDatabase): Promise<void> {
  await database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    // Another process may have been first.
    if ((await readCacheInfo(database, tx))?.isCurrent !== false) return;
    await addTables(database, tx);
    await noteAll(tx);
  });
}

/** Where storage does not serialize concurrent creations of a store, the lock of the common database does. */
function createOnce({ storage, database }: LogSource, file: StoreFile): Promise<StoreFile> {
  if (file.commit === 'storage') return createStoreFile(storage, file);
  return database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    return createStoreFile(storage, file);
  });
}

/**
 * Reads the whole log of format 1 or 2 into tables of this format in memory.
 * @param database its registry, which is not changed.
 */
export async function readLegacy(
  { storage, database, now }: LogSource,
  info: CacheInfo,
  memory: RegistryDatabase,
): Promise<StoreFile> {
  const legacy = await legacyEnd(database.db);
  await memory.db.transaction().execute(async (tx) => {
    await makeTables(memory, tx, { storeId: info.storeId, now });
    await applyLegacyLog(tx, storage, legacy);
  });
  return { storeId: info.storeId, commit: 'storage', legacy };
}

async function migrate({ storage, database, now }: LogSource, { storeId }: CacheInfo): Promise<LegacyEnd | undefined> {
  return database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    const legacy = await legacyEnd(tx);
    // Another process may have been first.
    if ((await readCacheInfo(database, tx))?.format === FORMAT_VERSION) return legacyOf(legacy);
    if (await legacyContinues(storage, legacy)) {
      throw new ArchiveError(
        'STATE_CONFLICT',
        `The registry ends with event ${legacy.sequence}, but the log in storage continues: the registry is an older copy, or a change was interrupted; rebuild it with "infospace-archive store rebuild".`,
      );
    }
    await makeTables(database, tx, { storeId, now });
    await applyLegacyLog(tx, storage, legacy);
    return legacyOf(legacy);
  });
}

/**
 * For tables of this format whose store has no events yet: it is new, or its migration was interrupted.
 * @throws ArchiveError `STATE_CONFLICT` when there are events, in another storage.
 */
async function endOfEmpty(db: ReadConnection, { storeId }: CacheInfo): Promise<LegacyEnd | undefined> {
  const { segment, sequence, digest } = await readHead(db);
  if (segment === 0) return legacyOf({ sequence, digest });
  throw new ArchiveError(
    'STATE_CONFLICT',
    `The registry belongs to store ${storeId} and has followed its log to segment ${segment}, but the storage has no "store.json": it is a different storage, or was emptied; name the storage of that store.`,
  );
}

function legacyOf(end: LegacyEnd): LegacyEnd | undefined {
  return end.sequence === 0 ? undefined : end;
}

/** The tables of formats 1 and 2 have the same columns here. */
async function legacyEnd(db: ReadConnection): Promise<LegacyEnd> {
  return db.selectFrom('event_head').select(['sequence', 'digest']).executeTakeFirstOrThrow();
}

export function lostRegistry(): ArchiveError {
  return new ArchiveError(
    'STATE_CONFLICT',
    'The storage contains the packages of a store of format 1 or 2, but this is not its registry; name its registry, or rebuild it with "infospace-archive store rebuild".',
  );
}

function otherStore(registry: string, storage: string): ArchiveError {
  return new ArchiveError(
    'CONFIG_INVALID',
    `The registry belongs to store ${registry}, but the storage to store ${storage}; name a registry and a storage that belong together.`,
    undefined,
    { expected: registry, actual: storage },
  );
}
