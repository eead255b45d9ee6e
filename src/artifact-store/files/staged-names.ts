import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { fileSystemTime } from './file-system-time.ts';
import { isMark, newMark, stateOfMarked } from './process-mark.ts';

/** What is written beside its place has such a name until it is whole, and keeps it when its process is killed. */
const STAGED_NAME = /^\..+\.infospace-([0-9a-f-]+)$/;
/** Names of most file systems have at most 255 bytes; the mark takes its part. */
const MAX_STEM_BYTES = 150;

/** Nothing of this software writes for so long. Only what no process of this machine wrote is judged by its age. */
const ABANDONED_MS = 7 * 86_400_000;

/** @returns where to write what becomes the file or folder at `path`. */
export function stagedBeside(path: string): string {
  const stem = Buffer.from(basename(path)).subarray(0, MAX_STEM_BYTES).toString().replaceAll('\uFFFD', '');
  return join(dirname(path), `.${stem}.infospace-${newMark()}`);
}

/** Removes what killed processes left in a folder, below names that {@link stagedBeside} makes. */
export async function removeLeftovers(folder: string): Promise<void> {
  await removeAbandoned(folder, (name) => STAGED_NAME.exec(name)?.[1]);
}

/** Removes what {@link abandonedIn} finds. */
export async function removeAbandoned(folder: string, markOf: (name: string) => string | undefined): Promise<void> {
  for (const path of await abandonedIn(folder, markOf)) {
    await rm(path, { recursive: true, force: true }).catch(ignoreRefusal);
  }
}

/**
 * @param markOf the mark in a name; undefined for names of others.
 * @returns the paths of those whose process has ended.
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
    // Anybody may give such a name to what is somebody's.
    if (found === undefined || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    if (state === 'elsewhere') now ??= await fileSystemTime(folder).catch(ignoreRefusal);
    if (state === 'ended' || (now !== undefined && now - found.mtimeMs > ABANDONED_MS)) abandoned.push(path);
  }
  return abandoned;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreRefusal)) ?? [];
}

/** A leftover that this user may not see or remove is no reason to fail; what is to be written there tells what is wrong. */
function ignoreRefusal(error: unknown): undefined {
  if (systemErrorCode(error) === undefined) throw error;
}
