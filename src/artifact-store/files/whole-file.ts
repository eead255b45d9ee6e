import { type FileHandle, link, lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAll } from '../encoding/write-all.ts';
import { systemErrorCode } from '../errors.ts';
import { syncDirectory } from '../storage/durable-directory.ts';
import { syncFile } from '../storage/sync-file.ts';
import { lacksHardLinks } from './hard-links.ts';
import { removeLeftovers, stagedBeside } from './staged-names.ts';

/** Writes the content of a file; the caller opens and closes the file. */
export type WriteContent = (file: FileHandle) => Promise<void>;

/**
 * Writes a durable temporary file, which `publish` then moves to its place. A failure leaves nothing behind.
 *
 * @param staged an unused path on the same file system as the place.
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
 * Creates a file whose name appears only once it is complete and durable. Removes leftovers of killed processes beside it.
 *
 * @throws a system error; `EEXIST` when the path exists.
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
 * Creates or replaces a file atomically: readers find the complete old or new content. A link stays; its target is
 * replaced. Removes leftovers of killed processes beside it.
 *
 * @param beforeRename may throw to keep the old file.
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
    // A rename would replace a device by a file.
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
