import { arbiterOf } from './arbiter.ts';
import { hasLegacyLog } from './commit/legacy-log.ts';
import { followInto, lostRegistry, makeStore } from './commit/open-log.ts';
import { createStoreFile, readStoreFile, type StoreFile } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { newUuid } from './identity/uuid.ts';
import { openDatabase, openStorage } from './open-store.ts';
import type { StorageBackend } from './storage/backend.ts';

/**
 * Makes a shared store, or migrates one of an older format. Safe to repeat, and for several processes at once.
 *
 * @throws ArchiveError `CONFIG_INVALID` when nothing would keep its writers apart; `STORE_UNAVAILABLE` or
 * `FORMAT_UNSUPPORTED`.
 */
export async function initStore(config: StoreConfig): Promise<void> {
  const storage = await openStorage(config);
  try {
    const store = (await readStoreFile(storage)) ?? (await beginStore(config, storage));
    const database = await openDatabase(config, 'write', store?.storeId);
    try {
      const source = { storage, database, now: new Date() };
      if (store === undefined) await makeStore(source, await arbiterOf(config, storage));
      else await followInto(source, store);
    } finally {
      await database.db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

/** A user's cache is named by the id of the store, which must be there before. */
async function beginStore(config: StoreConfig, storage: StorageBackend): Promise<StoreFile | undefined> {
  if (config.database.kind !== 'cache') return undefined;
  if (await hasLegacyLog(storage)) throw lostRegistry();
  const commit = await arbiterOf(config, storage);
  return createStoreFile(storage, { storeId: newUuid(), commit });
}
