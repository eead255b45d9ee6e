import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';

/** What Windows keeps out of names, and out of what links lead to; on other systems such names are ordinary. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids control characters
const WINDOWS_FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/;
/** What Windows drops from the ends of names. */
const WINDOWS_DROPPED = /[. ](\/|$)/;

/** @throws ArchiveError `TARGET_REFUSED` naming a path that this system cannot hold. */
export function requireUsableNames(entries: readonly FileEntry[]): void {
  if (process.platform !== 'win32') return;
  const entry = entries.find(
    (candidate) =>
      WINDOWS_FORBIDDEN.test(candidate.kind === 'symlink' ? candidate.path + candidate.target : candidate.path) ||
      WINDOWS_DROPPED.test(candidate.path),
  );
  if (entry === undefined) return;
  throw new ArchiveError(
    'TARGET_REFUSED',
    `Windows cannot store the name or link ${JSON.stringify(entry.path)}; restore on another system or leave it out with --include.`,
    undefined,
    { path: entry.path },
  );
}

/**
 * Checks, by creating test files, that the target distinguishes names that differ only in case or Unicode normalization. Skipped for
 * packages without such names.
 * @throws ArchiveError `TARGET_REFUSED` naming two that it treats as equal.
 */
export async function requireDistinctNames(entries: readonly FileEntry[], probe: string): Promise<void> {
  for (const [first, ...others] of similarPaths(entries)) {
    await mkdir(probe);
    await writeFile(join(probe, nameOf(first)), '', { flag: 'wx' });
    for (const other of others) {
      try {
        await writeFile(join(probe, nameOf(other)), '', { flag: 'wx' });
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw error;
        throw new ArchiveError(
          'TARGET_REFUSED',
          `The target cannot distinguish ${JSON.stringify(first)} and ${JSON.stringify(other)}; restore to a case-sensitive file system that does not normalize names.`,
          undefined,
          { path: first },
        );
      }
    }
    await rm(probe, { recursive: true });
  }
}

/** Groups of paths in one folder, folders included, that some file systems treat as equal. */
export function similarPaths(entries: readonly FileEntry[]): [string, ...string[]][] {
  const groups = new Map<string, Set<string>>();
  for (const { path } of entries) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end);
      const name = nameOf(part);
      const folded = part.slice(0, -name.length) + fold(name);
      const group = groups.get(folded);
      if (group?.has(part)) break;
      if (group) group.add(part);
      else groups.set(folded, new Set([part]));
    }
  }
  return [...groups.values()].filter(({ size }) => size > 1).map((group) => [...group] as [string, ...string[]]);
}

function fold(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
