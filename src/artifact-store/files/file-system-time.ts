import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newMark } from './process-mark.ts';

/**
 * What the clock says by which a file system dates its files: on a file server it is not the one of this machine.
 *
 * @returns milliseconds, to compare with the `mtimeMs` of other files there, and with nothing else.
 */
export async function fileSystemTime(folder: string, prefix = '.'): Promise<number> {
  const path = join(folder, `${prefix}time.infospace-${newMark()}`);
  const file = await open(path, 'wx');
  try {
    // A client of NFS may date an empty file itself.
    await file.write('\n');
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await unlink(path);
  }
}
