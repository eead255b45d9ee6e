import { userInfo } from 'node:os';
import type { StoreConfig } from './config.ts';
import { migrate, type RegistryDatabase, requireFormat } from './database/database.ts';
import { ArchiveError } from './errors.ts';
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
    if (access === 'write') await migrate(database, now?.() ?? new Date());
    else await requireFormat(database.db);
  } catch (error) {
    await database.db.destroy();
    throw database.explain(error);
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

async function openStorage({ storage }: StoreConfig): Promise<StorageBackend> {
  if (storage.kind === 's3') throw notYet('ARTIFACTSTORE_STORAGE_BACKEND=s3', 'local');
  const { LocalStorage } = await import('./storage/local.ts');
  return new LocalStorage(storage.root);
}

async function openDatabase({ database }: StoreConfig, access: 'read' | 'write'): Promise<RegistryDatabase> {
  if (database.kind === 'postgresql') throw notYet('A postgresql:// ARTIFACTSTORE_DATABASE_URL', 'a sqlite:/// one');
  const { openSqlite } = await import('./database/sqlite.ts');
  return openSqlite(database.path, access);
}

function notYet(what: string, instead: string): ArchiveError {
  return new ArchiveError('CONFIG_INVALID', `${what} is not supported by this version yet; use ${instead}.`);
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
