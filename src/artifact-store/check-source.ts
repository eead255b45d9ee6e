import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Abortable } from './abort.ts';
import { letOthersRun } from './event-loop.ts';
import { EncodedEntries } from './manifest/encoded-entries.ts';
import type { SourceEntry } from './source.ts';
import { readFaultOf, sourceError } from './source-faults.ts';

/** Files that are looked at before others of the process get their turn. */
const ENTRIES_A_LOOK = 256;

/**
 * Refuses entries that a store would refuse, before one is made for them.
 *
 * @throws ArchiveError `PATH_INVALID` for names a package cannot hold; `FILE_UNREADABLE` or `FILE_CHANGED`.
 */
export async function checkSource(
  base: string,
  entries: readonly SourceEntry[],
  { signal }: Abortable = {},
): Promise<void> {
  new EncodedEntries().admit(entries);
  for (const [i, { path, kind }] of entries.entries()) {
    if (i % ENTRIES_A_LOOK === 0) {
      await letOthersRun();
      signal?.throwIfAborted();
    }
    if (kind !== 'file') continue;
    try {
      accessSync(join(base, path), constants.R_OK);
    } catch (error) {
      throw sourceError(path, readFaultOf(error), error);
    }
  }
}
