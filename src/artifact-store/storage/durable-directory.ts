import { randomUUID } from 'node:crypto';
import { mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join, toNamespacedPath } from 'node:path';
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

/** Whether files in a folder can be synced. SQLite takes a file system without fsync for a disk that fails. */
export async function hasFsync(folder: string): Promise<boolean> {
  // Where folders can be synced, files can.
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
