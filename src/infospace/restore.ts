import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Abortable, failingWithReason, untilAborted } from '../artifact-store/abort.ts';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { diskRemedy } from '../artifact-store/files/disk-faults.ts';
import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { OnProgress, PackageSummary, RequestCounts } from '../artifact-store/registry.ts';
import { findPackage } from './find-package.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';
import { compareTarget, type Overwrite, type TargetChanges } from './restore-plan.ts';
import { removeLeftovers, stageAndMove, type TargetState, written } from './restore-staging.ts';
import { type EntryFilter, entryFilter } from './selection.ts';
import { STAGING_PREFIX } from './staging-prefix.ts';
import { requireUsableNames } from './target-names.ts';

/** What to restore, from which store, and where to. */
export interface RestoreOptions extends StoreLocation, Abortable {
  /** The folder to restore into. It is created, or must be empty unless `force` is set. */
  target: string;
  /** Restores only entries that match these paths and globs. */
  include?: readonly string[] | undefined;
  /** Does not restore entries that match these patterns in gitignore syntax; a matching file of the target stays. */
  exclude?: readonly string[] | undefined;
  /** Restores into a folder with contents: files of the package replace existing ones, other files stay. */
  force?: boolean | undefined;
  /** With `force`: which files of the target are rewritten; `if-changed` by default. `never` needs no `force`. */
  overwrite?: Overwrite | undefined;
  /**
   * With `force`: removes what the package lacks, limited to `include`, and folders that become empty. In an infospace it removes only what
   * an archive would contain, and never anything in `.git`.
   */
  delete?: boolean | undefined;
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** Subject for `latest` and labels; by default the infospace's. */
  subject?: string | undefined;
  /** Called with the planned changes, before anything changes. */
  onPlan?: ((plan: RestorePlan) => void) | undefined;
  /** Called from time to time with the number of files and bytes written. */
  onProgress?: OnProgress | undefined;
  /** An open store, or a self-contained file, to use instead of the configured store; the caller closes it. */
  registry?: PackageReader | undefined;
}

/** What a restore would do. */
export interface RestorePlan {
  package: PackageSummary;
  /** Absolute. */
  target: string;
  /** Total size of the files that would be written. */
  totalBytes: number;
  changes: TargetChanges;
}

/** What was restored. */
export interface RestoreResult {
  package: PackageSummary;
  /** Absolute. */
  target: string;
  /** Files, links and empty folders that now equal the package's. */
  fileCount: number;
  totalBytes: number;
  /** The changes made to the target. */
  changes: TargetChanges;
  /** Requests sent to storage; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
}

/**
 * Restores a package, by any of its names, byte for byte. Every file is checked as it is written to a staging folder, and
 * moved into place once all are verified: a restore that fails or is aborted leaves the target unchanged.
 *
 * @throws ArchiveError `TARGET_REFUSED`, `NOT_FOUND`, `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
export async function restoreArchive(reference: string, options: RestoreOptions): Promise<RestoreResult> {
  return withReader(options, (registry) => restoreFrom(registry, reference, options));
}

/**
 * What {@link restoreArchive} would do with `force`, including the files that would stay. Changes nothing.
 * @throws ArchiveError `TARGET_REFUSED`, `NOT_FOUND`, `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
export async function planRestore(reference: string, options: RestoreOptions): Promise<RestorePlan> {
  return withReader(options, async (registry) => {
    await refuseStore(resolve(options.target), registry.localPaths);
    const asked = await ask(registry, reference, options);
    return asTargetError(asked.target, async () => plan(asked, await stateOf(asked.target), registry, options, true));
  });
}

async function withReader<T>(options: RestoreOptions, action: (registry: PackageReader) => Promise<T>): Promise<T> {
  if (options.registry) return action(options.registry);
  const registry = await openRegistry(resolve(options.from ?? '.'), options, 'read');
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}

async function restoreFrom(
  registry: PackageReader,
  reference: string,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const target = resolve(options.target);
  await refuseStore(target, registry.localPaths);
  const takesOver = options.force === true || (options.overwrite === 'never' && !options.delete);
  const state = await asTargetError(target, () => targetState(target, takesOver));
  const readsAll = state === 'absent' && !isFiltered(options);
  const asked = await ask(
    registry,
    reference,
    options,
    (found) => readsAll && registry.expectReads?.(found.totalBytes),
  );
  return failingWithReason(options.signal, async () => {
    const planned = await plan(asked, state, registry, options, false);
    options.onPlan?.(planned);
    await asTargetError(target, () => stageAndMove(registry, asked.entries, planned.changes, target, state, options));
    const stays = new Set(planned.changes.left);
    const restored = asked.entries.filter(({ path }) => !stays.has(path));
    return {
      package: asked.package,
      target,
      fileCount: restored.length,
      totalBytes: bytesOf(restored),
      changes: planned.changes,
      requests: registry.requests && { ...registry.requests },
    };
  });
}

/** The requested package, part and target. */
interface Asked {
  package: PackageSummary;
  target: string;
  entries: readonly FileEntry[];
  filter: EntryFilter | undefined;
}

async function ask(
  registry: PackageReader,
  reference: string,
  options: RestoreOptions,
  onFound?: (found: PackageSummary) => void,
): Promise<Asked> {
  const { include = [], exclude = [], signal } = options;
  const filter = isFiltered(options) ? entryFilter({ include, exclude }) : undefined;
  const place = { root: options.from ?? '.', subject: options.subject };
  const found = await untilAborted(signal, findPackage(reference, registry, place));
  onFound?.(found);
  const { files } = await untilAborted(signal, registry.getManifest(found.id));
  const entries = filter ? select(files, filter) : files;
  requireUsableNames(entries);
  return { package: found, target: resolve(options.target), entries, filter };
}

function isFiltered({ include = [], exclude = [] }: RestoreOptions): boolean {
  return include.length + exclude.length > 0;
}

async function plan(
  { package: found, target, entries, filter }: Asked,
  state: TargetState,
  registry: PackageReader,
  options: RestoreOptions,
  listsLeft: boolean,
): Promise<RestorePlan> {
  const changes: TargetChanges =
    state === 'absent'
      ? { made: entries.map(({ path }) => path), replaced: [], unchanged: [], removed: [], left: [] }
      : await compareTarget(target, entries, {
          overwrite: options.overwrite ?? 'if-changed',
          removes: options.delete ?? false,
          listsLeft,
          filter,
          storePaths: registry.localPaths,
          signal: options.signal,
        });
  return { package: found, target, totalBytes: bytesOf(written(entries, changes)), changes };
}

function bytesOf(entries: readonly FileEntry[]): number {
  return entries.filter(isContentEntry).reduce((sum, { size }) => sum + size, 0);
}

async function stateOf(target: string): Promise<TargetState> {
  try {
    if ((await lstat(target)).isDirectory()) return 'present';
    throw new ArchiveError('TARGET_REFUSED', `The target ${target} is not a folder; name another one.`, undefined, {
      path: target,
    });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

/** @param takesOver whether the target may have contents. */
async function targetState(target: string, takesOver: boolean): Promise<TargetState> {
  const state = await stateOf(target);
  if (state === 'absent') return state;
  await removeLeftovers(target);
  const there = takesOver ? [] : await readdir(target);
  if (there.length === 0) return state;
  const left = there.find((name) => name.startsWith(STAGING_PREFIX));
  const why = left === undefined ? 'is not empty' : `contains ${left} of an interrupted or running restore`;
  throw new ArchiveError(
    'TARGET_REFUSED',
    `The target ${target} ${why}; name another one or add --force (--dry-run shows what that would change).`,
    undefined,
    { path: target },
  );
}

/** @throws ArchiveError `TARGET_REFUSED` for a path inside a store. */
export async function refuseStore(target: string, storePaths: readonly string[]): Promise<void> {
  const place = await withoutLinks(target);
  for (const path of storePaths) {
    const way = relative(await withoutLinks(path), place);
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) continue;
    throw new ArchiveError(
      'TARGET_REFUSED',
      `The target ${target} lies inside the store at ${path}; name another one.`,
      undefined,
      { path: target },
    );
  }
}

/** The path with links resolved, as far as it exists. */
async function withoutLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return dirname(path) === path ? path : join(await withoutLinks(dirname(path)), basename(path));
  }
}

function select(files: readonly FileEntry[], filter: EntryFilter): readonly FileEntry[] {
  const selected = files.filter((entry) => filter.wants(entry));
  const [missed] = filter.unmatched();
  if (missed === undefined) return selected;
  throw new ArchiveError(
    'NOT_FOUND',
    `Nothing in the package matches the include pattern "${missed}"; correct or drop it.`,
    undefined,
    { path: missed },
  );
}

async function asTargetError<T>(target: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof ArchiveError) throw error;
    const remedy = diskRemedy(code, 'name another target');
    throw new ArchiveError('TARGET_REFUSED', `Could not restore into ${target}: ${remedy}.`, error, { path: target });
  }
}
