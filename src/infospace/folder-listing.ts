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
 * What a folder has that a package could: of an infospace what an archive would take, of any other folder everything.
 *
 * @param storePaths files and folders of the store, which are never part of it.
 */
export async function listFolder(
  root: string,
  { include, exclude, signal }: SelectionOptions & Abortable,
  storePaths: readonly string[],
): Promise<SourceEntry[]> {
  const selection = {
    // What is not there now may be in the package.
    include: compileInclude(include ?? (isInfospace(root) ? undefined : ['.'])).map(optional),
    exclude: compileExclude(root, exclude ?? []),
    reserved: storePaths.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
  };
  try {
    return (await walk(root, { ...selection, signal })).entries;
  } catch (error) {
    // That too is something to compare with.
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
