import { randomUUID } from 'node:crypto';
import { mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join, toNamespacedPath } from 'node:path';
import { syncFile } from './sync-file.ts';

/** Creates a folder, and missing parents, whose names are durable. */
export async function makeDurableDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    // On Windows, mkdir returns the namespaced path.
    if (toNamespacedPath(made) === first) return;
  }
}

/**
 * Makes the names in a folder durable after files were created, moved or removed.
 *
 * @returns false if the file system cannot sync folders.
 */
export async function syncDirectory(path: string): Promise<boolean> {
  // Windows cannot open a folder to sync it; NTFS journals renames.
  if (process.platform === 'win32') return true;
  const directory = await open(path, 'r');
  try {
    return await syncFile(directory);
  } finally {
    await directory.close();
  }
}

/** Whether files in a folder can be synced. SQLite reports a file system without fsync as a disk failure. */
export async function hasFsync(folder: string): Promise<boolean> {
  // If folders can be synced, so can files.
  if (await syncDirectory(folder)) return true;
  const path = join(folder, `.${randomUUID()}`);
  const file = await open(path, 'wx');
  try {
    return await syncFile(file);
  } finally {
    await file.close();
    await unlink(path);
  }
}
