import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import { INFOSPACE_FILE, MAX_INFOSPACE_BYTES } from './contract.ts';
import { slugify, slugOf } from './slug.ts';
import { parseYaml } from './yaml.ts';

export interface Infospace {
  /** Absolute, without links. */
  root: string;
  /** Names it among others. */
  slug: string;
  /** Undefined when the folder has an `infospace.yaml`. */
  warning: string | undefined;
}

/**
 * Finds out what a folder is as an infospace. A folder without `infospace.yaml` is one too, with a warning.
 *
 * @throws ArchiveError `NOT_FOUND` when there is no such folder; `CONFIG_INVALID` when `infospace.yaml` cannot be read
 * for a name.
 */
export async function openInfospace(root: string): Promise<Infospace> {
  const path = await resolveFolder(root);
  const text = readOutsideText(join(path, INFOSPACE_FILE), MAX_INFOSPACE_BYTES);
  if (text === undefined) {
    const slug = slugify(basename(path)) ?? 'infospace';
    const warning = `${root} has no ${INFOSPACE_FILE}; its subject is "${slug}", after the folder.`;
    return { root: path, slug, warning };
  }
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    const sentence = `${join(root, INFOSPACE_FILE)} is not valid YAML: ${(error as Error).message}; correct it.`;
    throw new ArchiveError('CONFIG_INVALID', sentence, error);
  }
  return { root: path, slug: slugOf(document) ?? slugify(basename(path)) ?? 'infospace', warning: undefined };
}

async function resolveFolder(root: string): Promise<string> {
  try {
    const path = await realpath(root);
    if ((await stat(path)).isDirectory()) return path;
    throw new ArchiveError('NOT_FOUND', `${root} is not a folder; name the folder of the infospace.`);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof ArchiveError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new ArchiveError('NOT_FOUND', `There is no folder ${root}; check the path.`, error);
    }
    throw new ArchiveError(
      'FILE_UNREADABLE',
      `The folder ${root} cannot be opened (${code}); check its path and permissions.`,
      error,
    );
  }
}
