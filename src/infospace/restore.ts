import { lstat, mkdir, readdir, realpath, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep, toNamespacedPath } from 'node:path';
import { type Abortable, failingWithReason, untilAborted } from '../artifact-store/abort.ts';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { diskRemedy } from '../artifact-store/files/disk-faults.ts';
import { newMark } from '../artifact-store/files/process-mark.ts';
import { abandonedIn } from '../artifact-store/files/staged-names.ts';
import { type FileEntry, isContentEntry, type SymlinkEntry } from '../artifact-store/manifest/model.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary, RequestCounts } from '../artifact-store/registry.ts';
import { findPackage } from './find-package.ts';
import { HeldFolder } from './held-folder.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';
import { moveInto } from './move-into.ts';
import { pathFilter } from './selection.ts';
import { requireDistinctNames, requireUsableNames } from './target-names.ts';

/** Begins the names of folders in which restores write before they move what they wrote. */
const STAGING_PREFIX = '.infospace-restore-';

/** What to restore, from which store, and where to. */
export interface RestoreOptions extends StoreLocation, Abortable {
  /** The folder to restore into. It is made, or must be empty unless `force` is set. */
  target: string;
  /** Restores only paths and globs of the package that match. */
  include?: readonly string[] | undefined;
  /** Restores over what is there: files of the package replace others, files it does not have stay. */
  force?: boolean | undefined;
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** Whose `latest` and labels are meant; by default the infospace's. */
  subject?: string | undefined;
  /** Told now and then how many files and bytes were written. */
  onProgress?: ((progress: { files: number; bytes: number }) => void) | undefined;
  /** An open store, or a self-contained file, to use instead of the configured store; the caller closes it. */
  registry?: PackageReader | undefined;
}

/** What was restored. */
export interface RestoreResult {
  package: PackageSummary;
  /** Absolute. */
  target: string;
  /** Restored entries: files, links and empty folders. */
  fileCount: number;
  totalBytes: number;
  /** Requests sent to storage; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
}

/**
 * Restores a package, by any of its names, byte for byte. Every file is checked as it is
 * written, in a folder beside its place, and moved there when all are whole: a restore that fails or is aborted leaves the
 * target as it was.
 *
 * @throws ArchiveError `TARGET_REFUSED`, `NOT_FOUND`, `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
export async function restoreArchive(reference: string, options: RestoreOptions): Promise<RestoreResult> {
  if (options.registry) return restoreFrom(options.registry, reference, options);
  const registry = await openRegistry(resolve(options.from ?? '.'), options, 'read');
  try {
    return await restoreFrom(registry, reference, options);
  } finally {
    await registry.close();
  }
}

async function restoreFrom(
  registry: PackageReader,
  reference: string,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { signal } = options;
  const target = resolve(options.target);
  await refuseStore(target, registry.localPaths);
  const state = await asTargetError(target, () => targetState(target, options.force ?? false));
  const place = { root: options.from ?? '.', subject: options.subject };
  const found = await untilAborted(signal, findPackage(reference, registry, place));
  const manifest = await untilAborted(signal, registry.getManifest(found.id));
  const entries = select(manifest.files, options.include);
  requireUsableNames(entries);
  await failingWithReason(signal, () =>
    asTargetError(target, () => stageAndMove(registry, entries, target, state, options)),
  );
  const sizes = entries.filter(isContentEntry).map(({ size }) => size);
  return {
    package: found,
    target,
    fileCount: entries.length,
    totalBytes: sizes.reduce((sum, size) => sum + size, 0),
    requests: registry.requests && { ...registry.requests },
  };
}

type TargetState = 'absent' | 'present';

/** The umask takes its part. */
const FOLDER_MODE = 0o755;

async function targetState(target: string, force: boolean): Promise<TargetState> {
  try {
    if (!(await lstat(target)).isDirectory()) {
      throw new ArchiveError('TARGET_REFUSED', `The target ${target} is not a folder; name another one.`);
    }
    await removeLeftovers(target);
    const there = force ? [] : await readdir(target);
    if (there.length > 0) {
      const left = there.find((name) => name.startsWith(STAGING_PREFIX));
      const why = left === undefined ? 'is not empty' : `has ${left} of a restore that was cut off or is under way`;
      throw new ArchiveError('TARGET_REFUSED', `The target ${target} ${why}; name another one or add --force.`);
    }
    return 'present';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

/** @throws ArchiveError `TARGET_REFUSED` for a place inside of a store. */
export async function refuseStore(target: string, storePaths: readonly string[]): Promise<void> {
  const place = await withoutLinks(target);
  for (const path of storePaths) {
    const way = relative(await withoutLinks(path), place);
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) continue;
    throw new ArchiveError(
      'TARGET_REFUSED',
      `The target ${target} lies inside the store at ${path}; name another one.`,
    );
  }
}

/** The path with the links in it resolved, as far as it is there. */
async function withoutLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return dirname(path) === path ? path : join(await withoutLinks(dirname(path)), basename(path));
  }
}

function select(files: readonly FileEntry[], include: readonly string[] | undefined): readonly FileEntry[] {
  if (include === undefined || include.length === 0) return files;
  const filter = pathFilter(include);
  const selected = files.filter((entry) => filter.wants(entry));
  const [missed] = filter.unmatched();
  if (missed === undefined) return selected;
  throw new ArchiveError(
    'NOT_FOUND',
    `Nothing in the package matches the include pattern "${missed}"; correct or drop it.`,
  );
}

async function stageAndMove(
  registry: PackageReader,
  entries: readonly FileEntry[],
  target: string,
  state: TargetState,
  options: RestoreOptions,
): Promise<void> {
  const { onProgress, signal } = options;
  onProgress?.({ files: 0, bytes: 0 });
  // Inside a target that is there, which may be a mount or the working folder of a shell; else beside it.
  const parent = state === 'present' ? target : dirname(target);
  const madeParent = await mkdir(parent, { recursive: true, mode: FOLDER_MODE });
  if (state === 'absent') await removeLeftovers(parent);
  const name = STAGING_PREFIX + newMark();
  try {
    const folder = await (state === 'present' ? HeldFolder.itself(parent) : HeldFolder.at(parent));
    try {
      await inStaging(join(folder.path, name), async (staging) => {
        const files = join(staging, 'files');
        await requireDistinctNames(entries, join(staging, 'probe'));
        await writeEntries(registry, entries, files, options);
        signal?.throwIfAborted();
        if (state === 'absent') await rename(files, join(folder.path, basename(target)));
        else await moveInto(files, { folder, shown: target }, join(staging, 'replaced'), signal);
      });
    } finally {
      await folder.release();
    }
  } catch (error) {
    for (const made of madeParent ? foldersUpTo(madeParent, parent) : []) await rmdir(made).catch(() => undefined);
    throw error;
  }
}

/** A folder that nobody else may enter, for as long as the action takes. */
async function inStaging(path: string, action: (staging: string) => Promise<void>): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  try {
    const staging = await HeldFolder.itself(path);
    try {
      await action(staging.path);
    } finally {
      await clearStaging(staging);
    }
  } finally {
    await rmdir(path).catch(() => undefined);
  }
}

/** Tried again for a while where files are still open, or too many. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

/** Of what was replaced nothing goes but an empty folder: files that could not be put back stay. */
async function clearStaging(staging: HeldFolder): Promise<void> {
  try {
    for (const name of ['files', 'probe']) await rm(join(staging.path, name), REMOVAL);
    await rmdir(join(staging.path, 'replaced')).catch(() => undefined);
  } finally {
    await staging.release();
  }
}

/** What killed restores left in a folder. */
async function removeLeftovers(folder: string): Promise<void> {
  const markOf = (name: string) => (name.startsWith(STAGING_PREFIX) ? name.slice(STAGING_PREFIX.length) : undefined);
  for (const path of await abandonedIn(folder, markOf)) {
    try {
      await clearStaging(await HeldFolder.itself(path));
      await rmdir(path);
    } catch (error) {
      // Another restore was faster, or it holds files that were replaced.
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
}

/** The folder and those above it up to one that mkdir names, innermost first. */
function foldersUpTo(top: string, folder: string): string[] {
  // As mkdir writes it on Windows.
  return toNamespacedPath(folder) === top ? [folder] : [folder, ...foldersUpTo(top, dirname(folder))];
}

async function writeEntries(
  registry: PackageReader,
  entries: readonly FileEntry[],
  directory: string,
  { onProgress, signal }: RestoreOptions,
): Promise<void> {
  const folders = new Set(entries.map(({ path, kind }) => (kind === 'directory' ? path : parentOf(path))));
  for (const folder of ['', ...folders]) {
    signal?.throwIfAborted();
    await mkdir(join(directory, folder), { recursive: true, mode: FOLDER_MODE });
  }
  await registry.extractFiles(entries.filter(isContentEntry), directory, onProgress, signal);
  for (const { path, target } of entries.filter(isSymlink)) {
    signal?.throwIfAborted();
    await symlink(target, join(directory, path));
  }
}

function isSymlink(entry: FileEntry): entry is SymlinkEntry {
  return entry.kind === 'symlink';
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

async function asTargetError<T>(target: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof ArchiveError) throw error;
    const remedy = diskRemedy(code, 'name another target');
    throw new ArchiveError('TARGET_REFUSED', `Could not restore into ${target}: ${remedy}.`, error);
  }
}
