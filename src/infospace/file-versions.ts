import { ArchiveError } from '../artifact-store/errors.ts';
import { type FileEntry, sameEntry } from '../artifact-store/manifest/model.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { subjectAmong } from './find-package.ts';
import { type LookOptions, looking, packagesOf } from './looking.ts';
import { pathFilter } from './selection.ts';

/** A change of a file, with the first package that shows it. */
export interface FileVersion {
  package: PackageSummary;
  change: 'added' | 'changed' | 'removed';
  path: string;
  /** Undefined when the file was removed. */
  entry: FileEntry | undefined;
}

/**
 * The versions of files in the packages of a subject, oldest first: of files that match, and of all files below a matching folder. Packages
 * with the same content as the previous one are not read.
 * @throws ArchiveError `NOT_FOUND` when no package has such a file; `USAGE`, `INTEGRITY`, `STORE_UNAVAILABLE`.
 */
export function fileVersions(paths: readonly string[], options: LookOptions = {}): AsyncGenerator<FileVersion> {
  return looking(options, async function* (registry, root) {
    const subject = await subjectAmong({ root, subject: options.subject });
    const filter = pathFilter(paths);
    const readEntries = registry.entriesReader();
    let before = new Map<string, FileEntry>();
    let digest: string | undefined;
    for (const found of await packagesOf(registry, { subject })) {
      options.signal?.throwIfAborted();
      if (digest === found.contentDigest) continue;
      digest = found.contentDigest;
      const now = new Map<string, FileEntry>();
      for (const entry of await readEntries(found.id)) if (filter.wants(entry)) now.set(entry.path, entry);
      for (const [path, entry] of now) {
        const was = before.get(path);
        if (was && sameEntry(was, entry)) continue;
        yield { package: found, change: was ? 'changed' : 'added', path, entry };
      }
      for (const path of before.keys()) {
        if (!now.has(path)) yield { package: found, change: 'removed', path, entry: undefined };
      }
      before = now;
    }
    const [missed] = filter.unmatched();
    if (missed === undefined) return;
    throw new ArchiveError(
      'NOT_FOUND',
      `No package of the subject "${subject}" has a file that matches "${missed}"; "find" searches all subjects.`,
      undefined,
      { path: missed },
    );
  });
}
