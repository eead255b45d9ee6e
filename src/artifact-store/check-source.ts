import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Abortable } from './abort.ts';
import { yieldToEventLoop } from './event-loop.ts';
import { EncodedEntries } from './manifest/encoded-entries.ts';
import type { SourceEntry } from './source.ts';
import { readFaultOf, sourceError } from './source-faults.ts';

/** Files checked before the event loop gets a turn. */
const ENTRIES_A_LOOK = 256;

/**
 * Refuses entries that a store would refuse, before a store is created for them.
 *
 * @param doubtful paths of the files that this process may not be allowed to read.
 * @throws ArchiveError `PATH_INVALID` for names that a package cannot contain; `FILE_UNREADABLE` or `FILE_CHANGED`.
 */
export async function checkSource(
  base: string,
  entries: readonly SourceEntry[],
  doubtful: readonly string[],
  { signal }: Abortable = {},
): Promise<void> {
  new EncodedEntries().admit(entries);
  for (const [i, path] of doubtful.entries()) {
    if (i % ENTRIES_A_LOOK === 0) {
      await yieldToEventLoop();
      signal?.throwIfAborted();
    }
    try {
      accessSync(join(base, path), constants.R_OK);
    } catch (error) {
      throw sourceError(path, readFaultOf(error), error);
    }
  }
}
