import { posix } from 'node:path';
import { type ContentEntry, type FileEntry, isContentEntry } from '../manifest/model.ts';

/** Links in a row that Linux follows. */
export const MAX_FOLLOWED = 40;

/** What a validator sees as files, by path. A link to a file counts as that file. */
export function payloadFiles(files: readonly FileEntry[]): Map<string, ContentEntry> {
  const byPath = new Map(files.map((entry) => [entry.path, entry]));
  const payload = new Map<string, ContentEntry>();
  for (const { path } of files) {
    let found = byPath.get(path);
    for (let followed = 0; found?.kind === 'symlink' && followed < MAX_FOLLOWED; followed++) {
      found = byPath.get(targetOf(found));
    }
    if (found && isContentEntry(found)) payload.set(path, found);
  }
  return payload;
}

/** Every folder of the package, including the payload folder itself. */
export function foldersOf(files: readonly FileEntry[]): Set<string> {
  const folders = new Set(files.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
  for (const { path } of files) {
    for (let folder = posix.dirname(path); !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
  }
  return folders;
}

/** The path in the package that a link leads to. */
export function targetOf({ path, target }: { path: string; target: string }): string {
  return posix.join(posix.dirname(path), target).replace(/\/$/, '');
}

/** The Payload-Oxum: number of octets and of files (RFC 8493, 2.2.2). */
export function oxumOf(payload: ReadonlyMap<string, { size: number }>): string {
  const octets = [...payload.values()].reduce((sum, { size }) => sum + size, 0);
  return `${octets}.${payload.size}`;
}
