import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { createFile } from '../artifact-store/files/whole-file.ts';

/** @throws ArchiveError `TARGET_REFUSED` when the file cannot be created or exists already. */
export async function writeNewFile(file: string, content: Parameters<typeof createFile>[1]): Promise<void> {
  try {
    await createFile(file, content);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw unwritable(file, error, 'name another file');
    throw new ArchiveError('TARGET_REFUSED', `${file} exists already; name another file.`, error, { path: file });
  }
}
