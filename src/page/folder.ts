import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';

/** A child of a folder: an entry, or a subfolder with everything below it. */
export type Child =
  | { entry: FileEntry; name: string }
  | { folder: string; name: string; entries: number; bytes: number };

export interface FolderPart {
  children: Child[];
  /** Total number of children. */
  total: number;
  entries: number;
  bytes: number;
}

export interface FolderRange {
  /** Empty for the root of the package. */
  folder: string;
  first: number;
  count: number;
}

/**
 * Some children of a folder, in manifest order, where everything below a folder is contiguous. Uses memory only for that part. Undefined
 * when there is no such folder.
 */
export function folderPart(
  entries: Iterable<FileEntry>,
  { folder, first, count }: FolderRange,
): FolderPart | undefined {
  const prefix = folder === '' ? '' : `${folder}/`;
  const part: FolderPart = { children: [], total: 0, entries: 0, bytes: 0 };
  let isThere = folder === '';
  let within: Extract<Child, { folder: string }> | undefined;
  for (const entry of entries) {
    if (!entry.path.startsWith(prefix)) {
      isThere ||= entry.path === folder && entry.kind === 'directory';
      continue;
    }
    const rest = entry.path.slice(prefix.length);
    const bytes = isContentEntry(entry) ? entry.size : 0;
    part.entries++;
    part.bytes += bytes;
    const slash = rest.indexOf('/');
    const name = slash < 0 ? rest : rest.slice(0, slash);
    const isWanted = part.total >= first && part.total < first + count;
    if (slash < 0) {
      within = undefined;
      part.total++;
      if (isWanted) part.children.push({ entry, name });
    } else if (within?.name === name) {
      within.entries++;
      within.bytes += bytes;
    } else {
      within = { folder: prefix + name, name, entries: 1, bytes };
      part.total++;
      if (isWanted) part.children.push(within);
    }
  }
  return isThere || part.entries > 0 ? part : undefined;
}
