import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ArchiveError } from '../artifact-store/errors.ts';
import { INDEX_FILE, INFOSPACE_FILE } from './contract.ts';

/** The nearest folder, from the given one upwards, that has an `infospace.yaml` or an archive index; undefined when there is none. */
export function findInfospace(folder: string = '.'): string | undefined {
  for (let path = resolve(folder); ; path = dirname(path)) {
    if ([INFOSPACE_FILE, INDEX_FILE].some((mark) => existsSync(join(path, mark)))) return path;
    if (path === dirname(path)) return undefined;
  }
}

/** The error that no infospace was found from the folder upwards. */
export function noInfospace(folder: string = '.'): ArchiveError {
  return new ArchiveError(
    'NOT_FOUND',
    `There is no infospace in ${resolve(folder)} or above; create one with "infospace-archive init", or name one with --from.`,
    undefined,
    { path: resolve(folder) },
  );
}
