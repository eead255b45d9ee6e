import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';

/** What Windows keeps out of names, and out of what links lead to; on other systems such names are ordinary. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids control characters
const WINDOWS_FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/;
/** What Windows drops from the ends of names. */
const WINDOWS_DROPPED = /[. ](\/|$)/;

const ASCII = /^[ -~]*$/;

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
  const firsts = new Map<string, string>();
  const groups = new Map<string, Set<string>>();
  for (const { path } of entries) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end);
      const nameAt = part.lastIndexOf('/') + 1;
      const folded = part.slice(0, nameAt) + fold(part.slice(nameAt));
      const first = firsts.get(folded);
      if (first === part) break;
      if (first === undefined) firsts.set(folded, part);
      else groups.set(folded, (groups.get(folded) ?? new Set([first])).add(part));
    }
  }
  return [...groups.values()].map((group) => [...group] as [string, ...string[]]);
}

function fold(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
