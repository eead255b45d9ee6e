import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Abortable, untilAborted } from './abort.ts';
import type { StoreConfig } from './config.ts';
import { migrate, type ReadConnection, type RegistryDatabase, readable, requireFormat } from './database/database.ts';
import { ArchiveError } from './errors.ts';
import { newestSequence, whileLocked } from './events/log.ts';
import { holdsEvents } from './events/segments.ts';
import { Registry } from './registry.ts';
import type { StorageBackend } from './storage/backend.ts';

export interface OpenOptions extends Abortable {
  /** `read` needs a store that exists and changes nothing; `write` makes an embedded one where there is none. */
  access: 'read' | 'write';
  /** Who acts, for the audit log; the user of this process by default. */
  actor?: string;
  now?: () => Date;
}

/**
 * Opens the store that the configuration describes. The caller closes the registry.
 *
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `STATE_CONFLICT` when
 * the registry is to be written and is empty, while storage has the events of one that was lost.
 */
export async function openStore(config: StoreConfig, { signal, ...options }: OpenOptions): Promise<Registry> {
  signal?.throwIfAborted();
  const opening = open(config, options);
  try {
    // A server that is far away, or not there, lets wait for long.
    return await untilAborted(signal, opening);
  } catch (error) {
    opening.then((registry) => registry.close()).catch(() => undefined);
    throw error;
  }
}

async function open(config: StoreConfig, { access, actor, now }: Omit<OpenOptions, 'signal'>): Promise<Registry> {
  const storage = await openStorage(config);
  if (access === 'write') await refuseNewRegistry(config, storage);
  let database = await openDatabase(config, access);
  try {
    // A shared database is changed only when its operator says so.
    if (access === 'read') database = await readable(database, emptyStoreRemedy(config));
    else if (config.database.kind === 'sqlite') await migrate(database, now?.() ?? new Date());
    else await requireFormat(database, emptyStoreRemedy(config));
    if (access === 'write') await refuseLostRegistry(database, storage);
  } catch (error) {
    await database.db.destroy();
    storage.close?.();
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

/** Opening one to write would make it, and a refusal makes nothing. */
async function refuseNewRegistry({ database }: StoreConfig, storage: StorageBackend): Promise<void> {
  if (database.kind !== 'sqlite') return;
  const isMissing = () => (statSync(database.path, { throwIfNoEntry: false })?.size ?? 0) === 0;
  // Another process may make the store meanwhile: its registry is there before its first event.
  if (isMissing() && (await holdsEvents(storage)) && isMissing()) throw lostRegistry();
}

/**
 * An empty registry beside the log of another one: that one was lost, and a second log would part from it.
 *
 * @throws ArchiveError `STATE_CONFLICT`.
 */
export async function refuseLostRegistry(database: RegistryDatabase, storage: StorageBackend): Promise<void> {
  if (!(await isEmpty(database.db)) || !(await holdsEvents(storage))) return;
  // Somebody may be in the middle of the first transaction, which mirrors its events before it is seen.
  if (!(await whileLocked(database, isEmpty))) return;
  throw lostRegistry();
}

function lostRegistry(): ArchiveError {
  return new ArchiveError(
    'STATE_CONFLICT',
    'The registry is empty, but the storage holds the packages of one that was lost; run "infospace-archive store rebuild".',
  );
}

async function isEmpty(db: ReadConnection): Promise<boolean> {
  return (await newestSequence(db)) === 0;
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
    return openPostgres(database.server);
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
