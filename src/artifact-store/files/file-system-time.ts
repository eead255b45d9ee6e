import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newMark } from './process-mark.ts';

/**
 * Reads the clock by which a file system dates its files. On a file server that is not this machine's clock.
 *
 * @returns milliseconds, to be compared only with the `mtimeMs` of other files there.
 */
export async function fileSystemTime(folder: string, prefix = '.'): Promise<number> {
  const path = join(folder, `${prefix}time.infospace-${newMark()}`);
  const file = await open(path, 'wx');
  try {
    // An NFS client may date an empty file by its own clock.
    await file.write('\n');
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await unlink(path);
  }
}
