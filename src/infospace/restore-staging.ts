import { mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join, toNamespacedPath } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { systemErrorCode } from '../artifact-store/errors.ts';
import { newMark } from '../artifact-store/files/process-mark.ts';
import { abandonedIn } from '../artifact-store/files/staged-names.ts';
import { type FileEntry, isContentEntry, type SymlinkEntry } from '../artifact-store/manifest/model.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { OnProgress } from '../artifact-store/registry.ts';
import { HeldFolder } from './held-folder.ts';
import { moveInto } from './move-into.ts';
import type { TargetChanges } from './restore-plan.ts';
import { STAGING_PREFIX } from './staging-prefix.ts';
import { requireDistinctNames } from './target-names.ts';

interface StagingOptions extends Abortable {
  onProgress?: OnProgress | undefined;
}

export type TargetState = 'absent' | 'present';

/** Before the umask is applied. */
const FOLDER_MODE = 0o755;

/** Writes new and replaced entries to a staging folder, and moves them into place once all of them are verified. */
export async function stageAndMove(
  registry: PackageReader,
  entries: readonly FileEntry[],
  changes: TargetChanges,
  target: string,
  state: TargetState,
  options: StagingOptions,
): Promise<void> {
  const { onProgress, signal } = options;
  const removals = {
    removed: changes.removed,
    kept: new Set(entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path)),
  };
  const contents = written(entries, changes).filter(isContentEntry);
  const totalBytes = contents.reduce((sum, { size }) => sum + size, 0);
  onProgress?.({ files: 0, bytes: 0, totalFiles: contents.length, totalBytes });
  // Staged inside an existing target, which may be a mount or the working folder of a shell; otherwise beside it.
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
        await writeEntries(registry, written(entries, changes), files, options);
        signal?.throwIfAborted();
        if (state === 'absent') await rename(files, join(folder.path, basename(target)));
        else await moveInto(files, { folder, shown: target }, join(staging, 'replaced'), { signal, ...removals });
      });
    } finally {
      await folder.release();
    }
  } catch (error) {
    for (const made of madeParent ? foldersUpTo(madeParent, parent) : []) await rmdir(made).catch(() => undefined);
    throw error;
  }
}

/** Creates a folder that only this user may enter, for the duration of the action. */
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

/** Retries for a while if files, or too many of them, are still open. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

/** Deletes the staging folder, but keeps replaced files that could not be put back: `replaced` is deleted only when empty. */
async function clearStaging(staging: HeldFolder): Promise<void> {
  try {
    for (const name of ['files', 'probe']) await rm(join(staging.path, name), REMOVAL);
    await rmdir(join(staging.path, 'replaced')).catch(() => undefined);
  } finally {
    await staging.release();
  }
}

/** Removes what killed restores left in a folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  const markOf = (name: string) => (name.startsWith(STAGING_PREFIX) ? name.slice(STAGING_PREFIX.length) : undefined);
  for (const path of await abandonedIn(folder, markOf)) {
    try {
      await clearStaging(await HeldFolder.itself(path));
      await rmdir(path);
    } catch (error) {
      // Another restore removed it first, or it contains replaced files.
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
}

/** The folder and its parents up to the one that mkdir returned, innermost first. */
function foldersUpTo(top: string, folder: string): string[] {
  // mkdir returns this form on Windows.
  return toNamespacedPath(folder) === top ? [folder] : [folder, ...foldersUpTo(top, dirname(folder))];
}

async function writeEntries(
  registry: PackageReader,
  entries: readonly FileEntry[],
  directory: string,
  { onProgress, signal }: StagingOptions,
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

/** Returns the entries that must be written to the target. */
export function written(entries: readonly FileEntry[], { unchanged, left }: TargetChanges): readonly FileEntry[] {
  const stays = new Set([...unchanged, ...left]);
  return stays.size === 0 ? entries : entries.filter(({ path }) => !stays.has(path));
}
