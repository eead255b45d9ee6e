import { arbiterOf, createArbitrated } from './arbiter.ts';
import { hasLegacyLog } from './commit/legacy-log.ts';
import { followInto, lostRegistry, makeStore } from './commit/open-log.ts';
import type { StoreFile } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import type { Encryption } from './encryption/open-keys.ts';
import { ArchiveError } from './errors.ts';
import { newUuid } from './identity/uuid.ts';
import { findStore, isMissing, openDatabase, openStorage } from './open-store.ts';
import type { StorageBackend } from './storage/backend.ts';

/** How to make a store. */
export interface InitOptions {
  /** Encrypts the store for these recipients, `age1pq1…`. It cannot be undone, nor done later. */
  recipients?: readonly string[] | undefined;
}

/**
 * Creates a shared store, or migrates one of an older format. Safe to repeat, and to run in several processes at once.
 * @throws ArchiveError `CONFIG_INVALID` when nothing would serialize its writers; `STATE_CONFLICT` when recipients are given and there is a
 * store without encryption; `USAGE` for invalid recipients; `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`.
 */
export async function initStore(config: StoreConfig, { recipients }: InitOptions = {}): Promise<void> {
  const storage = await openStorage(config);
  try {
    const found = await findStore(config, storage);
    const store = found ?? (await beginStore(config, storage, recipients));
    if (recipients && !store?.encryption) throw isPlain();
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

/** The id of the store, which names the user's cache, and the keys of an encrypted store must exist first. */
async function beginStore(
  config: StoreConfig,
  storage: StorageBackend,
  recipients: readonly string[] | undefined,
): Promise<StoreFile | undefined> {
  if (recipients === undefined && config.database.kind !== 'cache') return undefined;
  if (await hasLegacyLog(storage)) throw recipients ? isPlain() : lostRegistry();
  if (recipients && config.database.kind === 'sqlite' && !isMissing(config.database.path)) throw isPlain();
  const storeId = newUuid();
  const encryption = recipients && (await encryptionFor(storage, storeId, recipients));
  return createArbitrated(config, storage, { storeId, encryption });
}

async function encryptionFor(
  storage: StorageBackend,
  storeId: string,
  recipients: readonly string[],
): Promise<Encryption> {
  const { beginEncryption } = await import('./encryption/open-keys.ts');
  return (await beginEncryption(storage, storeId, recipients)).encryption;
}

function isPlain(): ArchiveError {
  return new ArchiveError(
    'STATE_CONFLICT',
    'The store exists already and is not encrypted; create an encrypted one elsewhere and copy the packages into it with "copy".',
  );
}
