import { userInfo } from 'node:os';
import type { StoreConfig } from './config.ts';
import { migrate, type RegistryDatabase, requireFormat } from './database/database.ts';
import { Registry } from './registry.ts';
import type { StorageBackend } from './storage/backend.ts';

export interface OpenOptions {
  /** `read` needs a store that exists and changes nothing; `write` makes an embedded one where there is none. */
  access: 'read' | 'write';
  /** Who acts, for the audit log; the user of this process by default. */
  actor?: string;
  now?: () => Date;
}

/**
 * Opens the store that the configuration describes. The caller closes the registry.
 *
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`.
 */
export async function openStore(config: StoreConfig, { access, actor, now }: OpenOptions): Promise<Registry> {
  const storage = await openStorage(config);
  const database = await openDatabase(config, access);
  try {
    // A shared database is changed only when its operator says so.
    if (access === 'write' && config.database.kind === 'sqlite') await migrate(database, now?.() ?? new Date());
    else await requireFormat(database, emptyStoreRemedy(config));
  } catch (error) {
    await database.db.destroy();
    throw error;
  }
  return new Registry({
    database,
    storage,
    retentionClasses: config.retentionClasses,
    actor: actor ?? currentUser(),
    localPaths: config.localPaths,
    statCacheDirectory: config.statCacheDirectory,
    secrets: config.secrets,
    ...(now && { now }),
  });
}

/**
 * Makes or updates the registry of a shared store. Safe to repeat, and for several processes at once.
 *
 * @throws ArchiveError `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`.
 */
export async function initStore(config: StoreConfig): Promise<void> {
  const database = await openDatabase(config, 'write');
  try {
    await migrate(database, new Date());
  } finally {
    await database.db.destroy();
  }
}

/** The object that keeps bytes, with its client library loaded only if it is the one. */
export async function openStorage({ storage }: StoreConfig): Promise<StorageBackend> {
  if (storage.kind === 's3') {
    const { S3Storage } = await import('./storage/s3.ts');
    return new S3Storage(storage);
  }
  const { LocalStorage } = await import('./storage/local.ts');
  return new LocalStorage(storage.root);
}

export async function openDatabase({ database }: StoreConfig, access: 'read' | 'write'): Promise<RegistryDatabase> {
  if (database.kind === 'postgresql') {
    const { openPostgres } = await import('./database/postgres.ts');
    return openPostgres(database.url);
  }
  const { openSqlite } = await import('./database/sqlite.ts');
  return openSqlite(database.path, access);
}

/** What makes the registry that is not there, as the end of a sentence. */
export function emptyStoreRemedy({ database }: StoreConfig): string {
  return database.kind === 'sqlite' ? 'archive something into it first' : 'run "infospace-archive store init" first';
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
