import { writeFile } from 'node:fs/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';

/** @throws ArchiveError `TARGET_REFUSED` when it cannot be made, or is there already. */
export async function writeNewFile(file: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx' });
  } catch (error) {
    const reason =
      systemErrorCode(error) === 'EEXIST' ? 'is there already' : `cannot be written (${systemErrorCode(error)})`;
    throw new ArchiveError('TARGET_REFUSED', `${file} ${reason}; name another file.`, error);
  }
}
