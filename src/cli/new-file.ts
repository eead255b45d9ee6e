import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { createFile } from '../artifact-store/files/whole-file.ts';

/** @throws ArchiveError `TARGET_REFUSED` when it cannot be made, or is there already. */
export async function writeNewFile(file: string, content: Uint8Array | string): Promise<void> {
  try {
    await createFile(file, content);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw unwritable(file, error, 'name another file');
    throw new ArchiveError('TARGET_REFUSED', `${file} is there already; name another file.`, error, { path: file });
  }
}
