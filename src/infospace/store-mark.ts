import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Describes a store, in its storage. */
const STORE_FILE = 'store.json';
const STORAGE_FOLDER = 'storage';
const REGISTRY_FILE = 'registry.sqlite3';
/** Size limit of that file; other files of this name may be longer. */
const MAX_STORE_FILE_BYTES = 4096;

/** Whether a folder with these names in it is an embedded store, or the storage of one. */
export function isStore(folder: string, names: readonly string[]): boolean {
  if (names.includes(STORE_FILE)) return isStoreFile(join(folder, STORE_FILE));
  if (!names.includes(STORAGE_FOLDER)) return false;
  // A store of format 1 or 2 has no such file.
  return names.includes(REGISTRY_FILE) || isStoreFile(join(folder, STORAGE_FOLDER, STORE_FILE));
}

function isStoreFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > MAX_STORE_FILE_BYTES) return false;
  try {
    return readFileSync(path, 'utf8').includes('"store_id"');
  } catch {
    // The archive reports that it is unreadable.
    return false;
  }
}
