import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from '../errors.ts';

/** Errors of file systems without fsync (CIFS, some FUSE); the store cannot make files there more durable. */
const UNSUPPORTED = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Makes a file's bytes or a folder's names durable. The only place that decides which failures of fsync count.
 *
 * @returns false if the file system has no fsync. Throws every other failure, since bytes may be lost.
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

/** Windows syncs only files opened for writing; elsewhere, opening a FIFO must not block. */
export const SYNCABLE: string | number =
  process.platform === 'win32' ? 'r+' : fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/** Makes the bytes of a closed file, or of one that another process wrote, durable. */
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
  // macOS answers ENOTTY on network volumes.
  return UNSUPPORTED.includes(code) || (process.platform === 'darwin' && code === 'ENOTTY');
}
