import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux resolves what lies below a descriptor's entry there from the folder itself, wherever that is by then. */
const DESCRIPTORS = '/proc/self/fd';
const canHold = process.platform === 'linux' && existsSync(DESCRIPTORS);

/**
 * A folder that stays the one it was when it was opened: whoever renames it meanwhile, or puts a link in the place of a
 * folder above it, does not lead astray what is written by its `path`. On systems without a way to say so, `path` is that of
 * the folder, and a link is noticed when it is there before.
 */
export class HeldFolder {
  /** For names below it, while it is held. */
  readonly path: string;
  readonly #handle: FileHandle | undefined;

  private constructor(path: string, handle?: FileHandle) {
    this.path = handle ? `${DESCRIPTORS}/${handle.fd}` : path;
    this.#handle = handle;
  }

  /** The folder that a path leads to, through links or not. */
  static async at(path: string): Promise<HeldFolder> {
    if (!canHold) return new HeldFolder(path);
    return new HeldFolder(path, await open(path, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** @throws a system error with the code `ENOTDIR` when it is a link or no folder. */
  static async itself(path: string): Promise<HeldFolder> {
    if (canHold) {
      const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
      return new HeldFolder(path, await open(path, flags));
    }
    if ((await lstat(path)).isDirectory()) return new HeldFolder(path);
    throw Object.assign(new Error(`not a folder: ${path}`), { code: 'ENOTDIR' });
  }

  /** A folder further down, by no link. */
  async below(names: readonly string[]): Promise<HeldFolder> {
    const [first, ...others] = names;
    if (first === undefined) return HeldFolder.at(this.path);
    const next = await HeldFolder.itself(join(this.path, first));
    if (others.length === 0) return next;
    try {
      return await next.below(others);
    } finally {
      await next.release();
    }
  }

  async release(): Promise<void> {
    await this.#handle?.close();
  }
}
