import { ArchiveError } from '../artifact-store/errors.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import { findPackage } from './find-package.ts';
import { type LookOptions, looking } from './looking.ts';
import { pathFilter } from './selection.ts';

/** Which files of a package to list. */
export interface ListFilesOptions extends LookOptions {
  /** Only entries that match, and everything below a matching folder. */
  paths?: readonly string[] | undefined;
}

/**
 * The files, links and empty folders of a package in the order of their paths, one at a time.
 *
 * @throws ArchiveError `NOT_FOUND`, also for a pattern that matches nothing; `USAGE`, `INTEGRITY`, `STORE_UNAVAILABLE`.
 */
export function listFiles(reference: string, options: ListFilesOptions = {}): AsyncGenerator<FileEntry> {
  return looking(options, async function* (registry, root) {
    const { paths = [], subject, signal } = options;
    const filter = paths.length > 0 ? pathFilter(paths) : undefined;
    const found = await findPackage(reference, registry, { root, subject });
    for (const entry of await registry.entriesReader()(found.id)) {
      if (filter?.wants(entry) === false) continue;
      yield entry;
      signal?.throwIfAborted();
    }
    const [missed] = filter?.unmatched() ?? [];
    if (missed === undefined) return;
    throw new ArchiveError(
      'NOT_FOUND',
      `Nothing in the package matches "${missed}"; list it without patterns to see its paths.`,
      undefined,
      { path: missed },
    );
  });
}
