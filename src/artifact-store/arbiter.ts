import type { CommitArbiter } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { ArchiveError } from './errors.ts';
import { winnersOf } from './maintenance/check-create.ts';
import type { StorageBackend } from './storage/backend.ts';

/**
 * Who keeps the writers of a new store apart, as a race of some of them shows.
 *
 * @throws ArchiveError `CONFIG_INVALID` when storage does not, and there is no database that all of them use.
 */
export async function arbiterOf({ database }: StoreConfig, storage: StorageBackend): Promise<CommitArbiter> {
  const winners = await winnersOf(storage);
  if (winners === 1) return 'storage';
  if (database.kind !== 'cache') return 'database';
  const what =
    winners === undefined ? 'has no conditional writes' : `lets ${winners} of several writers create one object`;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The storage ${what}, so nothing would keep the writers of this store apart; use another one, or name a database in ARTIFACTSTORE_DATABASE_URL.`,
  );
}
