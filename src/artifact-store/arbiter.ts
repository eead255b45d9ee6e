import type { CommitArbiter } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { ArchiveError } from './errors.ts';
import { winnersOf } from './maintenance/check-create.ts';
import type { StorageBackend } from './storage/backend.ts';

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
