import { type CommitArbiter, createStoreFile, type StoreFile } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { ArchiveError } from './errors.ts';
import { winnersOf } from './maintenance/check-create.ts';
import { CreateUnsupported, type StorageBackend } from './storage/backend.ts';

/**
 * What serializes the writers of a new store, decided by a race of several writers.
 * @throws ArchiveError `CONFIG_INVALID` when the storage does not, and there is no common database.
 */
export async function arbiterOf({ database }: StoreConfig, storage: StorageBackend): Promise<CommitArbiter> {
  const winners = await winnersOf(storage);
  if (winners === 1) return 'storage';
  if (database.kind !== 'cache') return 'database';
  const what =
    winners === undefined ? 'has no conditional writes' : `lets ${winners} of several writers create one object`;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The storage ${what}, so nothing would serialize the writers of this store; use another one, or name a database in ARTIFACTSTORE_DATABASE_URL.`,
  );
}

/**
 * Creates the store file with what serializes the writers. A server shows that by a race, a local file system by trying.
 * @returns the stored one.
 * @throws ArchiveError as {@link arbiterOf}.
 */
export async function createArbitrated(
  config: StoreConfig,
  storage: StorageBackend,
  about: Omit<StoreFile, 'commit'>,
): Promise<StoreFile> {
  const commit = config.storage.kind === 'local' ? 'storage' : await arbiterOf(config, storage);
  try {
    return await createStoreFile(storage, { ...about, commit });
  } catch (error) {
    if (!(error instanceof CreateUnsupported) || config.database.kind === 'cache') throw error;
    return createStoreFile(storage, { ...about, commit: 'database' });
  }
}
