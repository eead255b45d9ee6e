import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { describeStore, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { readIndex } from './index-file.ts';
import { namesStore, type StoreLocation, storeOf } from './infospace-store.ts';

/** Where a new package goes. */
export interface StoreToAddTo extends StoreLocation, Abortable {
  /** Creates a store where none exists, even if the index names packages that it will lack. */
  newStore?: boolean | undefined;
}

/** Whether a file store would be created: it has neither a registry nor a log. */
function isAbsent({ database, storage }: StoreConfig): boolean {
  if (database.kind !== 'sqlite' || storage.kind !== 'local') return false;
  return ![database.path, join(storage.root, 'store.json')].some((path) => existsSync(path));
}

/**
 * Checks that no store is created by mistake beside an index that names packages: the store with these packages was removed, as `git clean
 * -dfx` does with an embedded store, or is elsewhere.
 * @returns a warning if the packages may never have been in this store.
 * @throws ArchiveError `NOT_FOUND` when the embedded store is gone with packages that the index names.
 */
export async function checkNewStore(root: string, place: StoreToAddTo): Promise<string | undefined> {
  const config = storeOf(root, place);
  if (place.newStore || !isAbsent(config)) return undefined;
  const records = await readIndex(root);
  if (records.length === 0) return undefined;
  const there = `at ${describeStore(config)}, and the archive index of ${root} names packages`;
  const isGone = !namesStore(place) && records.some(({ embedded }) => embedded === true);
  if (!isGone) return `There was no store ${there}, so the new store lacks these packages; they are in another store.`;
  throw new ArchiveError(
    'NOT_FOUND',
    `There is no store ${there} that were in it: the store was removed, or is in another copy of the infospace; restore it, name another one with --store-root, or create a new one with --new-store.`,
  );
}
