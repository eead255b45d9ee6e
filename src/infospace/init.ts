import { mkdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { createFile } from '../artifact-store/files/whole-file.ts';
import { INFOSPACE_FILE } from './contract.ts';
import { slugFault, slugify } from './slug.ts';
import { stringifyYaml } from './yaml.ts';

const COMMENT = `# What this infospace is. The slug is the subject of its packages, so do not change it; docs/infospace.md of
# infospace-archive has the other keys.
`;

/** The names of a new infospace. */
export interface InitOptions {
  /** By default made from the name, else from the folder's name. */
  slug?: string | undefined;
  /** For people. */
  name?: string | undefined;
}

/** An infospace that was just made. */
export interface NewInfospace {
  /** Absolute, without links. */
  root: string;
  /** Its `infospace.yaml`, below the folder as given. */
  file: string;
  slug: string;
}

/**
 * Makes a folder an infospace by writing its `infospace.yaml`; creates the folder if needed.
 * @throws ArchiveError `TARGET_REFUSED` when it is one already, or cannot be written; `USAGE` for an invalid slug.
 */
export async function initInfospace(folder: string, { slug, name }: InitOptions = {}): Promise<NewInfospace> {
  const fault = slug === undefined ? undefined : slugFault(slug);
  if (fault !== undefined) throw new ArchiveError('USAGE', fault);
  const file = join(folder, INFOSPACE_FILE);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error, 'name another folder');
  }
  try {
    const root = await realpath(folder);
    const chosen = slug ?? slugify(name ?? '') ?? slugify(basename(root)) ?? 'infospace';
    await createFile(file, COMMENT + stringifyYaml({ slug: chosen, ...(name !== undefined && { name }) }));
    return { root, file, slug: chosen };
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw unwritable(file, error, 'name another folder');
    throw new ArchiveError(
      'TARGET_REFUSED',
      `${file} exists already; change that file, or name another folder.`,
      error,
      { path: file },
    );
  }
}
