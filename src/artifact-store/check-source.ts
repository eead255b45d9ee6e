import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError, systemErrorCode } from './errors.ts';
import { EncodedEntries } from './manifest/encoded-entries.ts';
import type { SourceEntry } from './source.ts';

/**
 * Refuses entries that a store would refuse, before one is made for them.
 *
 * @throws ArchiveError `PATH_INVALID` for names a package cannot hold; `FILE_UNREADABLE`.
 */
export function checkSource(base: string, entries: readonly SourceEntry[]): void {
  new EncodedEntries().admit(entries);
  for (const { path, kind } of entries) {
    if (kind !== 'file') continue;
    try {
      accessSync(join(base, path), constants.R_OK);
    } catch (error) {
      throw unreadable(path, error);
    }
  }
}

function unreadable(path: string, error: unknown): ArchiveError {
  return new ArchiveError(
    'FILE_UNREADABLE',
    `The file ${JSON.stringify(path)} cannot be read (${systemErrorCode(error)}); make it readable or exclude it.`,
    error,
  );
}
