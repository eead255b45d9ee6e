import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { describeStore, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { readIndex } from './index-file.ts';
import { namesStore, type StoreLocation, storeOf } from './infospace-store.ts';

/** Where a new package goes. */
export interface StoreToAddTo extends StoreLocation, Abortable {
  /** Begins a store where there is none, although the index names packages that it will lack. */
  newStore?: boolean | undefined;
}

/** Whether a store of files would be begun: neither its registry nor its log is there. */
function isAbsent({ database, storage }: StoreConfig): boolean {
  if (database.kind !== 'sqlite' || storage.kind !== 'local') return false;
  return ![database.path, join(storage.root, 'store.json')].some((path) => existsSync(path));
}

/**
 * Checks that no store is begun by mistake beside an index that names packages: the one they lie in was removed, as
 * `git clean -dfx` does with the store inside an infospace, or is elsewhere.
 *
 * @returns what is to be said of a new store where the packages may never have been.
 * @throws ArchiveError `NOT_FOUND` when the store inside the infospace is gone with packages that the index names.
 */
export async function checkBeginning(root: string, place: StoreToAddTo): Promise<string | undefined> {
  const config = storeOf(root, place);
  if (place.newStore || !isAbsent(config)) return undefined;
  const records = await readIndex(root);
  if (records.length === 0) return undefined;
  const there = `at ${describeStore(config)}, and the archive index of ${root} names packages`;
  const isGone = !namesStore(place) && records.some(({ embedded }) => embedded === true);
  if (!isGone) return `There was no store ${there}, which the new one lacks; they are in another one.`;
  throw new ArchiveError(
    'NOT_FOUND',
    `There is no store ${there} that were in it: it was removed, or is in another copy of the infospace; bring it back, name another one with --store-root, or begin a new one with --new-store.`,
  );
}
