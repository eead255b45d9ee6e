import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux resolves paths below a descriptor's entry here from the open folder itself, even after it was moved. */
const DESCRIPTORS = '/proc/self/fd';
const canHold = process.platform === 'linux' && existsSync(DESCRIPTORS);

/**
 * A folder held open: a rename or a link placed above it afterwards does not redirect writes through its `path`. On systems without this
 * feature, `path` is the folder's ordinary path, and only links that already exist are detected.
 */
export class HeldFolder {
  /** Base for names below the folder, valid while it is held. */
  readonly path: string;
  readonly #handle: FileHandle | undefined;

  private constructor(path: string, handle?: FileHandle) {
    this.path = handle ? `${DESCRIPTORS}/${handle.fd}` : path;
    this.#handle = handle;
  }

  /** The folder at a path; links are followed. */
  static async at(path: string): Promise<HeldFolder> {
    if (!canHold) return new HeldFolder(path);
    return new HeldFolder(path, await open(path, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** @throws a system error with the code `ENOTDIR` when it is a link or not a folder. */
  static async itself(path: string): Promise<HeldFolder> {
    if (canHold) {
      const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
      return new HeldFolder(path, await open(path, flags));
    }
    if ((await lstat(path)).isDirectory()) return new HeldFolder(path);
    throw Object.assign(new Error(`not a folder: ${path}`), { code: 'ENOTDIR' });
  }

  /** A subfolder, without following links. */
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
