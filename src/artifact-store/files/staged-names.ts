import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { fileSystemTime } from './file-system-time.ts';
import { isMark, newMark, stateOfMarked } from './process-mark.ts';

/** The name of a file or folder that is being written beside its place; it remains if the process is killed. */
const STAGED_NAME = /^\..+\.infospace-([0-9a-f-]+)$/;
/** Most file systems limit names to 255 bytes, and the mark takes some of them. */
const MAX_STEM_BYTES = 150;

/** No run of this software takes this long. Age decides only about leftovers of other machines. */
const ABANDONED_MS = 7 * 86_400_000;

/** @returns the temporary path at which to write the file or folder `path`. */
export function stagedBeside(path: string): string {
  const stem = Buffer.from(basename(path)).subarray(0, MAX_STEM_BYTES).toString().replaceAll('\uFFFD', '');
  return join(dirname(path), `.${stem}.infospace-${newMark()}`);
}

/** Removes what killed processes left in a folder under names from {@link stagedBeside}. */
export async function removeLeftovers(folder: string): Promise<void> {
  await removeAbandoned(folder, (name) => STAGED_NAME.exec(name)?.[1]);
}

/** Removes the leftovers found by {@link abandonedIn}. */
export async function removeAbandoned(folder: string, markOf: (name: string) => string | undefined): Promise<void> {
  for (const path of await abandonedIn(folder, markOf)) {
    await rm(path, { recursive: true, force: true }).catch(ignoreRefusal);
  }
}

/**
 * Finds leftovers of processes that have ended.
 *
 * @param markOf returns the mark in a name; undefined for other names.
 */
export async function abandonedIn(folder: string, markOf: (name: string) => string | undefined): Promise<string[]> {
  const abandoned: string[] = [];
  let now: number | undefined;
  for (const name of await namesIn(folder)) {
    const mark = markOf(name);
    if (mark === undefined || !isMark(mark)) continue;
    const state = stateOfMarked(mark);
    if (state === 'running') continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(ignoreRefusal);
    // Another user may have created a file with such a name.
    if (found === undefined || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    if (state === 'elsewhere') now ??= await fileSystemTime(folder).catch(ignoreRefusal);
    if (state === 'ended' || (now !== undefined && now - found.mtimeMs > ABANDONED_MS)) abandoned.push(path);
  }
  return abandoned;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreRefusal)) ?? [];
}

/** Ignores system errors: failing to clean up is no reason to stop, and the write itself will report what is wrong. */
function ignoreRefusal(error: unknown): undefined {
  if (systemErrorCode(error) === undefined) throw error;
}
