import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import { hashFiles } from '../artifact-store/hash-files.ts';
import { type ContentEntry, type FileEntry, isContentEntry, sameEntry } from '../artifact-store/manifest/model.ts';
import { type SourceFile, sourceFile } from '../artifact-store/source.ts';
import { INDEX_FILE } from './contract.ts';
import { listFolder } from './folder-listing.ts';
import type { EntryFilter } from './selection.ts';
import { STAGING_PREFIX } from './staging-prefix.ts';

/**
 * How to treat a file of the target that differs from the package's: `if-changed` replaces it, `always` rewrites every file, `never` keeps
 * existing files.
 */
export type Overwrite = 'if-changed' | 'always' | 'never';

/** What a restore does to its target. Paths are relative to it. */
export interface TargetChanges {
  /** Paths where nothing exists yet. */
  made: string[];
  /** Something else exists there and is replaced. */
  replaced: string[];
  /** Already equal to the package. */
  unchanged: string[];
  /** Not in the package, and removed. */
  removed: string[];
  /** Existing files that stay: those not in the package, and with `never` also those in it. */
  left: string[];
}

export interface PlanOptions extends Abortable {
  overwrite: Overwrite;
  /** Whether entries that the package lacks are removed. */
  removes: boolean;
  /** Whether entries that stay are listed too. */
  listsLeft: boolean;
  /** The requested part of the package; undefined for all. */
  filter: EntryFilter | undefined;
  storePaths: readonly string[];
}

/** Compares a folder with the entries to restore into it. */
export async function compareTarget(
  target: string,
  entries: readonly FileEntry[],
  options: PlanOptions,
): Promise<TargetChanges> {
  const changes: TargetChanges = { made: [], replaced: [], unchanged: [], removed: [], left: [] };
  const present = new Present(target);
  /** Files that may be equal; only reading them can tell. */
  const likely: { entry: ContentEntry; there: SourceFile }[] = [];
  for (const entry of entries) {
    const { path } = entry;
    const there = present.entryAt(path);
    if (there === undefined) changes.made.push(path);
    else if (options.overwrite === 'never') changes.left.push(path);
    else if (options.overwrite === 'always') changes.replaced.push(path);
    else if (isContentEntry(entry) && isLikely(entry, there)) likely.push({ entry, there });
    else if (!isContentEntry(entry) && there !== 'other' && there.kind !== 'file' && sameEntry(entry, there))
      changes.unchanged.push(path);
    else changes.replaced.push(path);
  }
  const equal = await equalFiles(target, likely, options);
  for (const { entry } of likely) (equal.has(entry.path) ? changes.unchanged : changes.replaced).push(entry.path);
  if (options.removes || options.listsLeft) {
    const known = new Set(entries.map(({ path }) => path));
    // In an infospace, only what an archive would contain is compared.
    const include = existsSync(join(target, INDEX_FILE)) ? undefined : ['.'];
    for (const entry of await listFolder(target, { include, signal: options.signal }, options.storePaths)) {
      if (known.has(entry.path)) continue;
      const isRemoved = options.removes && options.filter?.wants(entry) !== false && !isAlwaysKept(entry.path);
      (isRemoved ? changes.removed : changes.left).push(entry.path);
    }
  }
  return changes;
}

/** What git keeps belongs to no package, and files that other restores are writing or have set aside belong to them. */
function isAlwaysKept(path: string): boolean {
  return path.split('/').includes('.git') || path.startsWith(STAGING_PREFIX);
}

/** The contents of a folder, without following links. */
class Present {
  readonly #root: string;
  /** Paths of folders, and whether each is a real folder, not a link. */
  readonly #folders = new Map<string, boolean>();

  constructor(root: string) {
    this.#root = root;
  }

  /** `other` for what no package can contain; a folder with contents counts as an empty one. */
  entryAt(path: string): SourceFile | Exclude<FileEntry, ContentEntry> | 'other' | undefined {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && !this.#isFolder(path.slice(0, slash))) return undefined;
    const absolute = join(this.#root, path);
    const stat = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isSymbolicLink()) return { path, kind: 'symlink', target: readlinkSync(absolute) };
    if (stat.isDirectory()) return { path, kind: 'directory' };
    return stat.isFile() ? sourceFile(path, stat) : 'other';
  }

  #isFolder(path: string): boolean {
    let is = this.#folders.get(path);
    if (is === undefined) {
      const slash = path.lastIndexOf('/');
      is =
        (slash < 0 || this.#isFolder(path.slice(0, slash))) &&
        lstatSync(join(this.#root, path), { throwIfNoEntry: false })?.isDirectory() === true;
      this.#folders.set(path, is);
    }
    return is;
  }
}

function isLikely(entry: ContentEntry, there: ReturnType<Present['entryAt']>): there is SourceFile {
  return (
    typeof there === 'object' &&
    there.kind === 'file' &&
    there.stamp.size === entry.size &&
    there.executable === entry.executable
  );
}

async function equalFiles(
  target: string,
  likely: readonly { entry: ContentEntry; there: SourceFile }[],
  { signal }: Abortable,
): Promise<ReadonlySet<string>> {
  if (likely.length === 0) return new Set();
  const wanted = new Map(likely.map(({ entry }) => [entry.path, entry]));
  try {
    const files = likely.map(({ there }) => there);
    const hashed = await untilAborted(signal, hashFiles(target, files, { signal }));
    return new Set(hashed.filter((file) => sameEntry(file, wanted.get(file.path)!)).map(({ path }) => path));
  } catch (error) {
    // An unreadable file is replaced.
    if (isArchiveError(error, 'FILE_UNREADABLE') || isArchiveError(error, 'FILE_CHANGED')) return new Set();
    throw error;
  }
}
