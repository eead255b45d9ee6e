import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { type Abortable, itemsUntilAborted } from '../abort.ts';
import { lockHead } from '../commit/head.ts';
import { type CommitArbiter, readStoreFile } from '../commit/store-file.ts';
import { describeStorage, type StoreConfig } from '../config.ts';
import { type RegistryDatabase, readCacheInfo } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { emptyStore, isMissing, openDatabase, openStorage } from '../open-store.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { clockSkew } from '../storage/storage-clock.ts';
import { checkCreate } from './check-create.ts';
import { attempt, type StoreFinding } from './check-finding.ts';

/** A larger difference between the clocks makes expiries and holds visibly early or late. */
const MAX_SKEW_MS = 60_000;
const NFS_MAGIC = 0x6969;

/**
 * Tries every operation that a store needs: connect, lock, write, read, list, delete. Leaves nothing behind. If none fails, the store is
 * usable; its event log is then compared with that in storage, and with `deep` everything that it keeps twice.
 * @experimental
 */
export async function* checkStore(
  config: StoreConfig,
  { deep = false, signal }: { deep?: boolean | undefined } & Abortable = {},
): AsyncIterable<StoreFinding> {
  let usable = true;
  for await (const finding of itemsUntilAborted(signal, checkUse(config))) {
    yield finding;
    usable &&= finding.status !== 'failed';
  }
  if (!usable) return;
  const { checkKept } = await import('./check-kept.ts');
  yield* itemsUntilAborted(signal, checkKept(config, deep));
}

async function* checkUse(config: StoreConfig): AsyncIterable<StoreFinding> {
  let isMissing = false;
  for await (const finding of checkDatabase(config)) {
    isMissing ||= finding.status === 'failed';
    yield finding;
  }
  // A check must not create the storage.
  if (isMissing && config.storage.kind === 'local' && !existsSync(config.storage.root)) return;
  const storage = await openStorage(config);
  try {
    yield* checkStorage(storage, config);
  } finally {
    storage.close?.();
  }
}

async function* checkDatabase(config: StoreConfig): AsyncIterable<StoreFinding> {
  // A user's cache is created on demand.
  if (config.database.kind === 'cache') return;
  if (await isLost(config)) {
    const detail = 'does not exist; the next command that writes rebuilds it from the log';
    yield { what: 'database', status: 'warning', detail };
    return;
  }
  let database: RegistryDatabase | undefined;
  const open = await attempt('database', async () => {
    database = await openDatabase(config, 'read');
    return database.serverVersion();
  });
  yield open;
  if (database === undefined) return;
  const { db } = database;
  try {
    if (open.status === 'failed') return;
    const tables = await attempt('registry', async () => {
      const info = await readCacheInfo(database!);
      if (info === undefined) throw emptyStore(config);
      return `store ${info.storeId}, format ${info.format}`;
    });
    yield tables;
    if (tables.status === 'ok' && config.database.kind === 'postgresql') {
      yield await attempt('registry lock', async () => {
        const transaction = await db.startTransaction().execute();
        try {
          await lockHead(transaction);
        } finally {
          await transaction.rollback().execute();
        }
        return 'is writable';
      });
    }
  } finally {
    await db.destroy();
  }
}

/** Whether the database file of an existing store is lost. */
async function isLost(config: StoreConfig): Promise<boolean> {
  if (config.database.kind !== 'sqlite' || !isMissing(config.database.path)) return false;
  const storage = await openStorage(config);
  try {
    return (await readStoreFile(storage)) !== undefined;
  } catch (error) {
    // Faults of the storage are reported by its own checks.
    if (error instanceof ArchiveError) return false;
    throw error;
  } finally {
    storage.close?.();
  }
}

async function* checkStorage(storage: StorageBackend, config: StoreConfig): AsyncIterable<StoreFinding> {
  // Without a folder, which would stay behind.
  const key = `health-${randomUUID()}`;
  const content = Buffer.from('probe');
  const written = await attempt('storage write', async () => {
    await storage.put(key, [content]);
    return describeStorage(config.storage);
  });
  yield written;
  if (written.status === 'failed') return;
  yield await attempt('storage read', async () => {
    const read = Buffer.from(await storage.get(key, { offset: 1, length: 3 }));
    if (read.toString() !== 'rob')
      throw new Error('The server returned other bytes than were stored; it cannot be used.');
    return 'ranges are correct';
  });
  yield await attempt('storage list', async () => {
    for await (const object of storage.list(key)) if (object.key === key) return 'includes what was written';
    throw new Error(
      'The server does not list what was written, so a store could not be rebuilt from it; use another one.',
    );
  });
  yield await checkClock(storage);
  yield await checkCreate(storage, await arbiterOfStore(storage, config));
  yield await attempt('storage delete', async () => {
    await storage.delete(key);
    return 'leaves nothing behind';
  });
  if (config.storage.kind === 'local') yield await checkFileSystem(config.storage.root);
}

/** A store that is damaged or missing needs what its configuration would require. */
async function arbiterOfStore(storage: StorageBackend, { database }: StoreConfig): Promise<CommitArbiter> {
  const needed = database.kind === 'cache' ? 'storage' : 'database';
  try {
    return (await readStoreFile(storage))?.commit ?? needed;
  } catch (error) {
    if (error instanceof ArchiveError) return needed;
    throw error;
  }
}

async function checkClock(storage: StorageBackend): Promise<StoreFinding> {
  let skewMs = 0;
  const finding = await attempt('clock', async () => {
    skewMs = Math.abs(await clockSkew(storage));
    return `${Math.round(skewMs / 1000)} s apart`;
  });
  return finding.status === 'ok' && skewMs > MAX_SKEW_MS
    ? { ...finding, status: 'warning', detail: `${finding.detail}; set the wrong clock` }
    : finding;
}

async function checkFileSystem(root: string): Promise<StoreFinding> {
  const what = 'file system';
  if (!existsSync(root) || (await statfs(root)).type !== NFS_MAGIC) return { what, status: 'ok', detail: 'local' };
  return {
    what,
    status: 'warning',
    detail: 'NFS: mount it without "async", or a power failure of the server loses packages',
  };
}
