import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import type { RegistryDatabase } from './database.ts';
import type { RegistryTables } from './schema.ts';

/** How long one process waits for another one's transaction. */
const BUSY_TIMEOUT_MS = 60_000;

/** Marks the file as a registry (`file` and SQLite tools show it): "ASRG". */
const APPLICATION_ID = 0x41535247;

/**
 * Opens the database file, making it where `write` asks for it.
 *
 * The journal is a rollback journal, not a write-ahead log: an archive is one transaction, and a store that was closed
 * can be read from a read-only medium.
 *
 * @throws ArchiveError `NOT_FOUND` when it is to be read and does not exist; `STORE_UNAVAILABLE` when it cannot be
 * opened.
 */
export function openSqlite(path: string, access: 'read' | 'write'): RegistryDatabase {
  try {
    if (access === 'write') mkdirSync(dirname(path), { recursive: true });
    else if (!existsSync(path)) throw new ArchiveError('NOT_FOUND', `There is no store at ${path}; archive first.`);
    const database = new SQLite(path, { readonly: access === 'read', timeout: BUSY_TIMEOUT_MS });
    checkApplication(database, path, access);
    if (access === 'write') {
      // better-sqlite3 opens a file it may only read without a word.
      accessSync(path, constants.W_OK);
      database.pragma('synchronous = FULL');
    }
    return {
      db: new Kysely<RegistryTables>({ dialect: new SqliteDialect({ database }) }),
      columnTypes: { bytes: 'blob', autoIncrement: 'integer' },
      explain: (error) => explain(error, path),
    };
  } catch (error) {
    throw explain(error, path);
  }
}

function checkApplication(database: SQLite.Database, path: string, access: 'read' | 'write'): void {
  const id = database.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID) return;
  const empty = database.pragma('page_count', { simple: true }) === 0;
  if (!empty || id !== 0) {
    throw new ArchiveError('CONFIG_INVALID', `The database ${path} is not a registry of this software; name another.`);
  }
  if (access === 'write') database.pragma(`application_id = ${APPLICATION_ID}`);
}

const REMEDIES: [prefix: string, remedy: string][] = [
  ['SQLITE_FULL', 'the disk is full; free some space'],
  ['SQLITE_READONLY', 'it is read-only; choose a store that can be written'],
  ['SQLITE_BUSY', 'another process holds it; try again when that one is done'],
  ['SQLITE_CANTOPEN', 'it cannot be opened; check its folder and permissions'],
  ['SQLITE_NOTADB', 'it is not a database; restore it from a backup'],
  ['SQLITE_CORRUPT', 'it is damaged; restore it from a backup'],
  ['SQLITE_IOERR', 'the disk fails; check it'],
  ['ENOSPC', 'the disk is full; free some space'],
  ['EACCES', 'permission is denied; run as the owner of the store or choose another one'],
  ['EPERM', 'permission is denied; run as the owner of the store or choose another one'],
  ['EROFS', 'the file system is read-only; choose a store that can be written'],
  ['ENOTDIR', 'a file stands where a folder should be; choose another store'],
  ['EEXIST', 'a file stands where a folder should be; choose another store'],
];

function explain(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  const known = error instanceof ArchiveError ? undefined : REMEDIES.find(([prefix]) => code?.startsWith(prefix));
  if (known === undefined) return error;
  return new ArchiveError('STORE_UNAVAILABLE', `Could not use the registry at ${path}: ${known[1]}.`, error);
}
