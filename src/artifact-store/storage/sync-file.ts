import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from '../errors.ts';

/** How file systems (CIFS, some of FUSE) say that they have no fsync; what they hold is then as durable as they make it. */
const UNSUPPORTED = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Makes a file's bytes, or a folder's names, durable: the only place that decides which failures of fsync count.
 *
 * @returns false where the file system has no fsync; every other failure is thrown, since bytes may then be lost.
 */
export async function syncFile(file: FileHandle): Promise<boolean> {
  try {
    // Not `file.sync()`: the handles of Yarn Plug'n'Play lack it.
    await new Promise<void>((resolve, reject) => {
      fs.fsync(file.fd, (error) => (error ? reject(error) : resolve()));
    });
    return true;
  } catch (error) {
    if (!isUnsupported(systemErrorCode(error))) throw error;
    return false;
  }
}

/** Windows syncs only what may be written; elsewhere, a FIFO that stands there must not block. */
export const SYNCABLE: string | number =
  process.platform === 'win32' ? 'r+' : fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/** Makes the bytes of a file durable that is closed, or that somebody else wrote. */
export async function syncClosedFile(path: string): Promise<boolean> {
  const file = await open(path, SYNCABLE);
  try {
    return await syncFile(file);
  } finally {
    await file.close();
  }
}

function isUnsupported(code: string | undefined): boolean {
  if (code === undefined) return false;
  // macOS says so of network volumes.
  return UNSUPPORTED.includes(code) || (process.platform === 'darwin' && code === 'ENOTTY');
}
