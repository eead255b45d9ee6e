import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import type { SourceEntry } from '../artifact-store/source.ts';
import type { SelectionOptions } from './archive.ts';
import { ARCHIVES_FOLDER, INFOSPACE_FILE } from './contract.ts';
import { compileExclude, compileInclude, type IncludePattern } from './selection.ts';
import { walk } from './walk.ts';

/**
 * What a package could contain of a folder: for an infospace what an archive would contain, for any other folder everything.
 * @param storePaths files and folders of the store, which are always left out.
 */
export async function listFolder(
  root: string,
  { include, exclude, signal }: SelectionOptions & Abortable,
  storePaths: readonly string[],
): Promise<SourceEntry[]> {
  const selection = {
    // What is missing in the folder may be in the package.
    include: compileInclude(include ?? (isInfospace(root) ? undefined : ['.'])).map(optional),
    exclude: compileExclude(root, exclude ?? []),
    reserved: storePaths.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
  };
  try {
    return (await walk(root, { ...selection, signal })).entries;
  } catch (error) {
    // An empty folder can be compared too.
    if (isArchiveError(error, 'NOTHING_TO_ARCHIVE')) return [];
    throw error;
  }
}

export function isInfospace(folder: string): boolean {
  return [INFOSPACE_FILE, ARCHIVES_FOLDER].some((path) => existsSync(join(folder, path)));
}

function optional(pattern: IncludePattern): IncludePattern {
  return { ...pattern, optional: true };
}
