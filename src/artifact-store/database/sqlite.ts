import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type SQLite from 'better-sqlite3';
import {
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { yieldToEventLoop } from '../event-loop.ts';
import { hasFsync, makeDurableDirectory } from '../storage/durable-directory.ts';
import { intercepted } from './connection.ts';
import type { RegistryDatabase } from './database.ts';
import { DatabaseFault } from './database-fault.ts';
import type { RegistryTables } from './schema.ts';

// An import statement would load it with the bundle, even for commands that open no store.
const Sqlite: typeof SQLite = createRequire(import.meta.url)('better-sqlite3');

/** How long one connection waits for another's transaction. */
const BUSY_TIMEOUT_MS = 60_000;
const BUSY_POLL_MS = 10;

/** Marks the file as a registry (shown by `file` and SQLite tools): "ASRG". */
const APPLICATION_ID = 0x41535247;

/**
 * Opens the database file; `write` creates it if needed.
 * The journal is a rollback journal, not a write-ahead log: an archive is one transaction, and a closed store can be read from a read-only
 * medium.
 * @throws ArchiveError `NOT_FOUND` when it is opened for reading and does not exist; `STORE_UNAVAILABLE` when it cannot be opened;
 * `CONFIG_INVALID` when the file is not a registry.
 */
export async function openSqlite(path: string, access: 'read' | 'write'): Promise<RegistryDatabase> {
  let database: SQLite.Database | undefined;
  try {
    if (access === 'write') await makeDurableDirectory(dirname(path));
    else if (!existsSync(path))
      throw new ArchiveError(
        'NOT_FOUND',
        `There is no store at ${path}; name another one, restore it from a backup, or archive to create it.`,
        undefined,
        { path },
      );
    // better-sqlite3 silently falls back to read-only.
    if (access === 'write' && existsSync(path)) accessSync(path, constants.W_OK);
    const opened = new Sqlite(path, { readonly: access === 'read', timeout: 0 });
    database = opened;
    await patiently(path, () => checkApplication(opened, path));
    // What a power failure loses is read from the log again, but the file must stay intact.
    if (access === 'write') opened.pragma(`synchronous = ${(await hasFsync(dirname(path))) ? 'FULL' : 'OFF'}`);
    return registryOf(opened, path);
  } catch (error) {
    database?.close();
    throw explain(error, path);
  }
}

/** A database in memory. */
export function sqliteInMemory(): RegistryDatabase {
  return registryOf(new Sqlite(':memory:'), 'in memory');
}

function registryOf(opened: SQLite.Database, path: string): RegistryDatabase {
  return {
    db: new Kysely<RegistryTables>({
      dialect: {
        createDriver: () => new PatientDriver(opened, path),
        createAdapter: () => new TransactionalAdapter(),
        createQueryCompiler: () => new SqliteQueryCompiler(),
        createIntrospector: (db) => new SqliteIntrospector(db),
      },
    }),
    columnTypes: { bytes: 'blob', autoIncrement: 'integer' },
    hasTable: async (db, name) => {
      const query = sql`select 1 from sqlite_schema where type = 'table' and name = ${name}`;
      return (await query.execute(db)).rows.length > 0;
    },
    lockForMigration: async (tx) => void (await sql`pragma application_id = ${sql.lit(APPLICATION_ID)}`.execute(tx)),
    serverVersion: async () => `SQLite ${opened.prepare('select sqlite_version()').pluck().get()}`,
    copyInMemory: () => registryOf(new Sqlite(opened.serialize()), path),
  };
}

/** A file without pages was just created, by this process or another. */
function checkApplication(database: SQLite.Database, path: string): void {
  if (database.pragma('page_count', { simple: true }) === 0) return;
  if (database.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The database ${path} is not a registry of this software; name another one.`,
    undefined,
    { path },
  );
}

/** SQLite rolls schema changes back with the rest of a transaction; Kysely does not assume so. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** SQLite's own waiting blocks the thread, and with it the transaction of this process that it may be waiting for. */
class PatientDriver extends SqliteDriver {
  readonly #database: SQLite.Database;
  readonly #path: string;

  constructor(database: SQLite.Database, path: string) {
    super({ database });
    this.#database = database;
    this.#path = path;
  }

  /** SQLite has already rolled back a transaction during which the disk failed. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return intercepted(connection, async (query) => {
      // Every query is synchronous.
      await yieldToEventLoop();
      try {
        return await patiently(this.#path, () => query(connection));
      } catch (error) {
        throw explain(error, this.#path);
      }
    });
  }
}

async function patiently<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ; await sleep(BUSY_POLL_MS)) {
    try {
      return await action();
    } catch (error) {
      const code = systemErrorCode(error);
      if (Date.now() > deadline) throw error;
      if (code === 'SQLITE_READONLY_ROLLBACK') rollBack(path);
      else if (!code?.startsWith('SQLITE_BUSY')) throw error;
    }
  }
}

/** The transaction of a killed process is rolled back on the next opening, but only with write access. */
function rollBack(path: string): void {
  const writer = new Sqlite(path, { fileMustExist: true, timeout: 0 });
  try {
    writer.pragma('page_count');
  } catch (error) {
    // Another process is doing it.
    if (!systemErrorCode(error)?.startsWith('SQLITE_BUSY')) throw error;
  } finally {
    writer.close();
  }
}

const REBUILD = 'rebuild it with "infospace-archive store rebuild"';
const DAMAGED = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

const REMEDIES: [prefix: string, remedy: string][] = [
  ['SQLITE_FULL', 'the disk is full; free some space'],
  ['SQLITE_READONLY_ROLLBACK', 'a change to it was interrupted; open it once with write access'],
  ['SQLITE_READONLY', 'it is read-only; choose a writable store'],
  ['SQLITE_BUSY', 'another process holds its lock; try again when that process is done'],
  ['SQLITE_CANTOPEN', 'it cannot be opened; check its folder and permissions'],
  ['SQLITE_NOTADB', `it is not a database; ${REBUILD}`],
  ['SQLITE_CORRUPT', `it is damaged; ${REBUILD}`],
  ['SQLITE_IOERR', 'the disk failed; check it'],
  ['ERR_DLOPEN_FAILED', 'SQLite cannot be loaded here; install the C++ library of the system (libstdc++)'],
  ['MODULE_NOT_FOUND', 'SQLite is not available for this platform; use a store on PostgreSQL'],
  ['EIO', 'the disk failed; check it'],
  ['ENOSPC', 'the disk is full; free some space'],
  ['EACCES', 'permission is denied; run as the owner of the store or choose another one'],
  ['EPERM', 'permission is denied; run as the owner of the store or choose another one'],
  ['EROFS', 'the file system is read-only; choose a writable store'],
  ['ENOTDIR', 'a file is in the place of a folder; choose another store'],
  ['EEXIST', 'a file is in the place of a folder; choose another store'],
];

function explain(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  const known = error instanceof ArchiveError ? undefined : REMEDIES.find(([prefix]) => code?.startsWith(prefix));
  if (known === undefined) return error;
  const [prefix, remedy] = known;
  return new DatabaseFault(`Could not use the registry at ${path}: ${remedy}.`, DAMAGED.includes(prefix), error);
}
