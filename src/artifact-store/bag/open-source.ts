import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ArchiveError } from '../errors.ts';
import { readFaultOf, sourceError } from '../source-faults.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { FolderSource } from './folder-source.ts';
import { BAGIT_TXT } from './layout.ts';
import { TarSource } from './tar-source.ts';

/**
 * Opens a folder, or a tar archive that may be compressed with zstd or gzip.
 *
 * @param mayRelease whether the caller does not use a piece of a body after requesting the next one.
 * @throws ArchiveError `NOT_FOUND`; `FILE_UNREADABLE` when the system refuses to read it.
 */
export async function openSource(path: string, mayRelease = false): Promise<BagSource> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    if (found.isDirectory()) {
      // Checks this first, so as not to read a whole folder that is not a bag.
      if (existsSync(join(absolute, BAGIT_TXT))) return new FolderSource(absolute);
      throw damagedBag({ path: absolute }, `is not a bag: it lacks "${BAGIT_TXT}"`);
    }
    // A pipe would block, and could not be read twice.
    if (!found.isFile()) {
      const sentence = `${path} is neither a file nor a folder; write the bag into a file and name that.`;
      throw new ArchiveError('FILE_UNREADABLE', sentence);
    }
    await refuseOtherFormats(absolute);
    return new TarSource(absolute, found.size, mayRelease);
  } catch (error) {
    const fault = readFaultOf(error);
    if (fault.status === 'failed') throw sourceError(absolute, fault, error);
    throw new ArchiveError('NOT_FOUND', `There is no file or folder ${path}; check the path.`, error, { path });
  }
}

/** First bytes of other archive formats. */
const OTHER_FORMATS: readonly (readonly [name: string, magic: string])[] = [
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
  ['7z', '377abcaf271c'],
  ['RAR', '526172211a07'],
  ['lz4', '04224d18'],
];

/** @throws ArchiveError `FORMAT_UNSUPPORTED` for an archive in another format than tar. */
async function refuseOtherFormats(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const beginning = buffer.toString('hex', 0, bytesRead);
    const [name] = OTHER_FORMATS.find(([, magic]) => beginning.startsWith(magic)) ?? [];
    if (name === undefined) return;
    const sentence = `${path} is a ${name} file, which is not supported; unpack it and name the folder, or make a tar archive of it.`;
    throw new ArchiveError('FORMAT_UNSUPPORTED', sentence);
  } finally {
    await file.close();
  }
}
