import { mkdir, open } from 'node:fs/promises';
import { dirname, toNamespacedPath } from 'node:path';
import { syncFile } from './sync-file.ts';

/** Makes a folder whose own entry is durable, and its parents' entries up to one that was there. */
export async function makeDurableDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    // As mkdir writes it on Windows.
    if (toNamespacedPath(made) === first) return;
  }
}

/**
 * Makes the names in a folder durable: those of files that were made, moved or removed.
 *
 * @returns false where the file system has no fsync of folders.
 */
export async function syncDirectory(path: string): Promise<boolean> {
  // Windows cannot open a folder for syncing; NTFS journals the rename itself.
  if (process.platform === 'win32') return true;
  const directory = await open(path, 'r');
  try {
    return await syncFile(directory);
  } finally {
    await directory.close();
  }
}
