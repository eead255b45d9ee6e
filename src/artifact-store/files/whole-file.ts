import { type FileHandle, link, lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAll } from '../encoding/write-all.ts';
import { systemErrorCode } from '../errors.ts';
import { syncDirectory } from '../storage/durable-directory.ts';
import { syncFile } from '../storage/sync-file.ts';
import { lacksHardLinks } from './hard-links.ts';
import { removeLeftovers, stagedBeside } from './staged-names.ts';

/** Writes what a file is to hold; the caller opens and closes it. */
export type WriteContent = (file: FileHandle) => Promise<void>;

/**
 * Writes a new file that is durable, and gives it to `publish`, which moves it to its place. A failure leaves nothing.
 *
 * @param staged a name that nobody else uses, on the file system of the place.
 */
export async function writeStaged(
  staged: string,
  write: WriteContent,
  publish: (staged: string) => Promise<void>,
): Promise<void> {
  try {
    const file = await open(staged, 'wx');
    try {
      await write(file);
      await syncFile(file);
    } finally {
      await file.close();
    }
    await publish(staged);
  } catch (error) {
    await unlink(staged).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a file that has its name only when it is whole and durable. What killed processes left beside it goes.
 *
 * @throws a system error; `EEXIST` when something is there.
 */
export async function createFile(path: string, content: WriteContent | Uint8Array | string): Promise<void> {
  await writeBeside(path, content, async (staged) => {
    try {
      await link(staged, path);
    } catch (error) {
      if (!lacksHardLinks(error)) throw error;
      await requireAbsent(path);
      await rename(staged, path);
      return;
    }
    await unlink(staged);
  });
}

/**
 * Makes a file, or replaces one: its readers find the old content or the new one, both whole. A link stays, and what it leads to
 * is replaced. What killed processes left beside it goes.
 *
 * @param beforeRename the last chance to throw.
 * @throws a system error.
 */
export async function replaceFile(
  path: string,
  content: WriteContent | Uint8Array | string,
  beforeRename: () => Promise<void> = async () => undefined,
): Promise<void> {
  const place = await placeOf(path);
  await writeBeside(place, content, async (staged) => {
    await beforeRename();
    await rename(staged, place);
  });
}

async function writeBeside(
  path: string,
  content: WriteContent | Uint8Array | string,
  publish: (staged: string) => Promise<void>,
): Promise<void> {
  const write = typeof content === 'function' ? content : (file: FileHandle) => writeAll(file, Buffer.from(content));
  await removeLeftovers(dirname(path));
  await writeStaged(stagedBeside(path), write, publish);
  await syncDirectory(dirname(path));
}

async function placeOf(path: string): Promise<string> {
  try {
    const place = await realpath(path);
    const found = await lstat(place);
    // A rename would put a file in the place of a device.
    if (!found.isFile()) throw systemError(found.isDirectory() ? 'EISDIR' : 'EINVAL', `${path} is no file`);
    return place;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}

async function requireAbsent(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  throw systemError('EEXIST', `${path} exists`);
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
