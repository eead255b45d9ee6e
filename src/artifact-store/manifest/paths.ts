import { compareUtf8, searchUtf8 } from '../encoding/utf8.ts';
import { ArchiveError } from '../errors.ts';
import type { DirectoryEntry, SymlinkEntry } from './model.ts';

/** The limit for one name on Linux, macOS and Windows. */
const MAX_NAME_BYTES = 255;
/** PATH_MAX of Linux. */
const MAX_PATH_BYTES = 4096;

/** Device names that Windows resolves in every folder, with any extension. */
const RESERVED_NAME = /(?:^|\/)((?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:[.:][^/]*)?)(?:\/|$)/i;
const EMPTY_OR_DOTS = /(?:^|\/)\.{0,2}(?:\/|$)/;
const DRIVE_LETTER = /^[a-z]:/i;
/** UTF-8 needs at most this many bytes per UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;

/** Why a package cannot contain this path, or undefined when it can. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'contains a NUL';
  if (!path.isWellFormed()) return 'is not valid UTF-8';
  if (path.startsWith('/')) return 'is absolute';
  if (DRIVE_LETTER.test(path)) return 'starts with a drive letter';
  if (EMPTY_OR_DOTS.test(path)) return 'is not in its simplest form';
  const reserved = RESERVED_NAME.exec(path);
  if (reserved) return `contains "${reserved[1]}", a name reserved by Windows`;
  if (path.length * MAX_UNIT_BYTES <= MAX_NAME_BYTES) return undefined;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  const hasLongName = path.split('/').some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
  return hasLongName ? `contains a name longer than ${MAX_NAME_BYTES} bytes` : undefined;
}

/** The fields of an entry that decide whether a package can contain it. */
export type NamedEntry = { path: string; kind: 'file' } | SymlinkEntry | DirectoryEntry;

/** Sorts into manifest order. @throws ArchiveError `PATH_INVALID` when they cannot be in one package. */
export function sortedEntries<T extends NamedEntry>(entries: readonly T[]): T[] {
  const sorted = entries.toSorted((a, b) => compareUtf8(a.path, b.path));
  checkEntries(sorted, 'PATH_INVALID');
  return sorted;
}

/**
 * Checks a whole set of entries: each path, their order, that nothing is below a file or a link, and that no link leads out.
 * @throws ArchiveError with the given code, naming the path.
 */
export function checkEntries(entries: readonly NamedEntry[], code: 'PATH_INVALID' | 'INTEGRITY'): void {
  const refuse = (path: string, reason: string) =>
    new ArchiveError(
      code,
      `The path ${JSON.stringify(path)} ${reason}; ${code === 'INTEGRITY' ? 'the manifest is damaged or was forged' : 'rename or exclude it'}.`,
      undefined,
      { path },
    );
  let previous: string | undefined;
  for (const entry of entries) {
    const fault = pathFault(entry.path);
    if (fault !== undefined) throw refuse(entry.path, fault);
    if (previous !== undefined && compareUtf8(previous, entry.path) >= 0) {
      throw refuse(entry.path, previous === entry.path ? 'occurs twice' : 'is out of order');
    }
    previous = entry.path;
  }
  const isFolder = (folder: string) => findEntry(entries, folder) === undefined;
  const folders = new Set<string>();
  let folder = '';
  for (const entry of entries) {
    const end = entry.path.lastIndexOf('/');
    // Most entries are in the same folder as the previous one.
    if (end !== folder.length || !entry.path.startsWith(folder)) {
      const above = folderBelowLeaf(entry.path, folders, isFolder);
      if (above !== undefined) throw refuse(entry.path, `lies below ${JSON.stringify(above)}, which is not a folder`);
      folder = entry.path.slice(0, Math.max(0, end));
    }
    if (entry.kind !== 'symlink') continue;
    const fault = linkFault(entry.path, entry.target, (path) => findEntry(entries, path)?.kind === 'symlink');
    if (fault !== undefined) throw refuse(entry.path, fault);
  }
}

/** Used for folders and links, which are few: building a map of all entries would take longer. */
function findEntry(entries: readonly NamedEntry[], path: string): NamedEntry | undefined {
  const index = searchUtf8(entries.length, (i) => entries[i]!.path, path);
  return index === undefined ? undefined : entries[index];
}

/** The first folder above the path that is actually a leaf. Verified folders are added to `sound`. */
function folderBelowLeaf(path: string, sound: Set<string>, isFolder: (path: string) => boolean): string | undefined {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (sound.has(folder)) return undefined;
    if (!isFolder(folder)) return folder;
    sound.add(folder);
  }
  return undefined;
}

/**
 * Why a link cannot be stored. A link resolves inside the package when no step leaves its root; a `..` after another link is refused, since
 * it depends on that link's target.
 */
function linkFault(path: string, target: string, isLink: (path: string) => boolean): string | undefined {
  const shown = JSON.stringify(target);
  if (target === '' || target.includes('\0') || !target.isWellFormed())
    return `is a link to ${shown}, which is not a path`;
  if (Buffer.byteLength(target) > MAX_PATH_BYTES) return `is a link to a path longer than ${MAX_PATH_BYTES} bytes`;
  if (/^[/\\]/.test(target) || DRIVE_LETTER.test(target)) return `is a link to the absolute path ${shown}`;
  const at = path.split('/').slice(0, -1);
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') {
      at.push(step);
    } else if (isLink(at.join('/'))) {
      return `is a link to ${shown}, which leads through another link and back`;
    } else if (at.pop() === undefined) {
      return `is a link to ${shown}, which leads out of the package`;
    }
  }
  return undefined;
}
