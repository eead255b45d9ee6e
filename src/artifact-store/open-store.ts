import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Abortable, untilAborted } from './abort.ts';
import { arbiterOf } from './arbiter.ts';
import { readHead } from './commit/head.ts';
import { hasLegacyLog } from './commit/legacy-log.ts';
import { followInto, lostRegistry, makeStore, type OpenLog, readLegacy } from './commit/open-log.ts';
import { newestSegment } from './commit/segments.ts';
import { lostStoreFile, readStoreFile, type StoreFile } from './commit/store-file.ts';
import { describeStore, type StoreConfig } from './config.ts';
import { type RegistryDatabase, readCacheInfo } from './database/database.ts';
import { DatabaseFault } from './database/database-fault.ts';
import { FORMAT_VERSION } from './database/migrations.ts';
import { ArchiveError, isArchiveError } from './errors.ts';
import { segmentKey } from './log/segment.ts';
import { Registry } from './registry.ts';
import { rememberedStore, rememberStore } from './remembered-store.ts';
import { CreateUnsupported, type StorageBackend } from './storage/backend.ts';

export interface OpenOptions extends Abortable {
  /** `read` and `change` need an existing store; `read` changes nothing. `write` creates a missing embedded store. */
  access: 'read' | 'change' | 'write';
  /** Recorded in the audit log; the user of this process by default. */
  actor?: string;
  /** The time by this machine's clock; for tests. */
  now?: () => Date;
  /** The time by the storage's clock; for tests. */
  storageNow?: () => Date;
}

/**
 * Opens the configured store, and reads its log to the end. The caller closes the registry.
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `INTEGRITY` or `STATE_CONFLICT` when
 * registry and storage do not belong together.
 */
export async function openStore(config: StoreConfig, { signal, ...options }: OpenOptions): Promise<Registry> {
  signal?.throwIfAborted();
  const opening = open(config, options);
  try {
    // A remote or unreachable server may take long.
    return await untilAborted(signal, opening);
  } catch (error) {
    opening.then((registry) => registry.close()).catch(() => undefined);
    throw error;
  }
}

async function open(
  config: StoreConfig,
  { access, actor, now, storageNow }: Omit<OpenOptions, 'signal'>,
): Promise<Registry> {
  const storage = await openStorage(config);
  try {
    const { database, store } = await openLog(config, storage, access, now?.() ?? new Date());
    const { encryption } = store;
    if (store.commit === 'storage') storage.relyOnCreate?.();
    return new Registry({
      database,
      storage,
      store,
      retentionClasses: config.retentionClasses,
      actor: actor ?? currentUser(),
      localPaths: config.localPaths,
      // The cache is not encrypted, so it would reveal facts about files.
      statCacheDirectory: encryption ? undefined : config.statCacheDirectory,
      secrets: config.secrets,
      now,
      storageNow,
    });
  } catch (error) {
    storage.close?.();
    throw error;
  }
}

/** A database that has followed the log to its end. */
export async function openLog(
  config: StoreConfig,
  storage: StorageBackend,
  access: OpenOptions['access'],
  now: Date = new Date(),
): Promise<OpenLog> {
  const options = { now, mayWrite: access !== 'read' };
  const known = await openKnown(config, storage, options);
  if (known !== undefined) return known;
  const store = await findStore(config, storage);
  if (store === undefined)
    return access === 'read' ? openWithoutStoreFile(config, storage, now) : openNew(config, storage, access, now);
  if (access === 'read' && config.database.kind === 'sqlite') return openUnchanged(config, storage, store, now);
  try {
    const opened = await openFollowing(config, storage, store, options);
    await rememberStore(config, store);
    return opened;
  } catch (error) {
    if (config.database.kind !== 'cache' || !(error instanceof DatabaseFault)) throw error;
    if (!error.isDamaged) return replayInMemory(storage, store, now);
    await rm(cachePath(config.database, store.storeId), { force: true });
    return openFollowing(config, storage, store, options);
  }
}

/** Opens a bucket that this user has opened before, with one request fewer. Undefined when it cannot be proved to be the same store. */
async function openKnown(
  config: StoreConfig,
  storage: StorageBackend,
  options: { now: Date; mayWrite: boolean },
): Promise<OpenLog | undefined> {
  const remembered = rememberedStore(config);
  const store = remembered && (await withKeys(config, storage, remembered));
  if (store === undefined || config.database.kind !== 'cache') return undefined;
  if (isMissing(cachePath(config.database, store.storeId))) return undefined;
  try {
    const opened = await openFollowing(config, storage, store, { ...options, isOnlyProof: true });
    if ((await readHead(opened.database.db)).segment > 0) return opened;
    await opened.database.db.destroy();
    return undefined;
  } catch (error) {
    // Reading the store file then reports the fault, or that it is a different store.
    if (error instanceof DatabaseFault || isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

async function openFollowing(
  config: StoreConfig,
  storage: StorageBackend,
  store: StoreFile,
  options: { now: Date; mayWrite: boolean; isOnlyProof?: boolean },
): Promise<OpenLog> {
  const database = await openDatabase(config, 'write', store.storeId);
  return closingOnFault(database, async () => {
    if (config.database.kind === 'postgresql') await requireTables(database);
    await followInto({ storage, database, ...options }, store);
    return { database, store };
  });
}

/**
 * Reads which store is in a storage, with its configured keys; undefined when there is none, or one of format 1 or 2.
 * @throws ArchiveError `KEY_MISSING` when the keys belong to another store, or the store is not encrypted although keys are configured;
 * `STATE_CONFLICT` when there is a log without a store file.
 */
export async function findStore(config: StoreConfig, storage: StorageBackend): Promise<StoreFile | undefined> {
  const store = await readStoreFile(storage);
  if (store) return withKeys(config, storage, store);
  if ((await storage.head(segmentKey(1))) !== undefined) throw lostStoreFile();
  // With a writer key, nothing may be stored unencrypted.
  if (config.keys?.writerKey !== undefined) throw (await import('./encryption/open-keys.ts')).notEncrypted();
  return undefined;
}

async function withKeys(config: StoreConfig, storage: StorageBackend, store: StoreFile): Promise<StoreFile> {
  const { keys = {} } = config;
  if (store.encryption === undefined && keys.writerKey === undefined) return store;
  const { openStoreKeys } = await import('./encryption/open-keys.ts');
  return { ...store, keys: await openStoreKeys(storage, store, keys) };
}

/** The first write creates an embedded store; a shared one is created by its operator. */
async function openNew(
  config: StoreConfig,
  storage: StorageBackend,
  access: OpenOptions['access'],
  now: Date,
): Promise<OpenLog> {
  const { database: where } = config;
  if (where.kind === 'cache') throw emptyStore(config);
  if (where.kind === 'sqlite' && isMissing(where.path)) {
    if (await hasLegacyLog(storage)) throw lostRegistry();
    if (access === 'change') throw emptyStore(config);
    // With an identity configured, an unencrypted store is hardly intended.
    if (config.keys?.identities !== undefined) throw notBegun(where.path);
  }
  const database = await openDatabase(config, 'write');
  return closingOnFault(database, async () => {
    if (where.kind === 'postgresql') await requireTables(database);
    // A server shows by a race whether it serializes writers; a local file system by trying.
    const commit = config.storage.kind === 'local' ? 'storage' : await arbiterOf(config, storage);
    const source = { storage, database, now };
    try {
      return { database, store: await makeStore(source, commit) };
    } catch (error) {
      if (!(error instanceof CreateUnsupported)) throw error;
      return { database, store: await makeStore(source, 'database') };
    }
  });
}

/** A store without a store file: one of format 1 or 2, or one without events. */
async function openWithoutStoreFile(config: StoreConfig, storage: StorageBackend, now: Date): Promise<OpenLog> {
  if (config.database.kind === 'cache') throw emptyStore(config);
  const database = await openDatabase(config, 'read');
  return closingOnFault(database, async () => {
    const info = await readCacheInfo(database);
    if (info === undefined) throw emptyStore(config);
    if (info.isCurrent) return { database, store: { storeId: info.storeId, commit: 'storage' } };
    const memory = await inMemory();
    const store = await readLegacy({ storage, database, now }, info, memory);
    await database.db.destroy();
    return { database: memory, store };
  });
}

/** Reads the missing part of the log into memory: a store on a read-only medium stays readable in every state. */
async function openUnchanged(
  config: StoreConfig,
  storage: StorageBackend,
  store: StoreFile,
  now: Date,
): Promise<OpenLog> {
  const database = await openIfAny(config);
  if (database === undefined) return replayInMemory(storage, store, now);
  return closingOnFault(database, async () => {
    const info = await readCacheInfo(database);
    if (info?.storeId === store.storeId && info.isCurrent) {
      const head = await readHead(database.db);
      if (head.segment === (await newestSegment(storage, head))) return { database, store };
    }
    const copy = info?.format === FORMAT_VERSION ? database.copyInMemory!() : await inMemory();
    await followInto({ storage, database: copy, now }, store);
    await database.db.destroy();
    return { database: copy, store };
  });
}

async function replayInMemory(storage: StorageBackend, store: StoreFile, now: Date): Promise<OpenLog> {
  const database = await inMemory();
  await followInto({ storage, database, now }, store);
  return { database, store };
}

async function openIfAny(config: StoreConfig): Promise<RegistryDatabase | undefined> {
  try {
    return await openDatabase(config, 'read');
  } catch (error) {
    if (isArchiveError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function closingOnFault<T>(database: RegistryDatabase, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    await database.db.destroy();
    throw error;
  }
}

/** A shared database is created and changed only on request of its operator. */
async function requireTables(database: RegistryDatabase): Promise<void> {
  const info = await readCacheInfo(database);
  if (info === undefined) throw new ArchiveError('NOT_FOUND', `There is no store yet; ${INIT}.`);
  if (!info.isCurrent) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The store's registry was made by an older version of this software and lacks what this one needs; run "infospace-archive store migrate" first.`,
    );
  }
}

const INIT = 'run "infospace-archive store init" first';

/** SQLite creates an empty file when it opens one. */
export function isMissing(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

/** @returns the error for a missing store, with the command that creates it. */
function notBegun(path: string): ArchiveError {
  const sentence = `ARTIFACTSTORE_IDENTITY is set, but there is no store at ${path} yet; create an encrypted one with "infospace-archive store init --encrypt", or unset the variable.`;
  return new ArchiveError('CONFIG_INVALID', sentence, undefined, { path });
}

export function emptyStore(config: StoreConfig): ArchiveError {
  const { database } = config;
  const [place, remedy] =
    database.kind === 'sqlite'
      ? [database.path, 'name another one, restore it from a backup, or archive to create it']
      : [describeStore(config), INIT];
  return new ArchiveError('NOT_FOUND', `There is no store at ${place}; ${remedy}.`, undefined, {
    path: database.kind === 'sqlite' ? database.path : undefined,
  });
}

/** Opens the storage; its client library is loaded only if needed. */
export async function openStorage({ storage }: Pick<StoreConfig, 'storage'>): Promise<StorageBackend> {
  if (storage.kind === 's3') {
    const { S3Storage } = await import('./storage/s3.ts');
    return new S3Storage(storage);
  }
  if (storage.kind === 'git') {
    const { openGit } = await import('./storage/open-git.ts');
    return openGit(storage);
  }
  const { LocalStorage } = await import('./storage/local.ts');
  return new LocalStorage(storage.root);
}

/** @param storeId names the file in the user's cache. */
export async function openDatabase(
  { database }: StoreConfig,
  access: 'read' | 'write',
  storeId = '',
): Promise<RegistryDatabase> {
  if (database.kind === 'postgresql') {
    const { openPostgres } = await import('./database/postgres.ts');
    return openPostgres(database.server);
  }
  const { openSqlite } = await import('./database/sqlite.ts');
  return openSqlite(database.kind === 'sqlite' ? database.path : cachePath(database, storeId), access);
}

function cachePath({ directory }: { directory: string }, storeId: string): string {
  return join(directory, `${storeId}.sqlite3`);
}

/** A database in memory, lost on closing. */
export async function inMemory(): Promise<RegistryDatabase> {
  return (await import('./database/sqlite.ts')).sqliteInMemory();
}

/** The user of this process, for the audit log. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
