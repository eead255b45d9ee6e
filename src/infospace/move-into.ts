import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import type { HeldFolder } from './held-folder.ts';

interface Move {
  from: string;
  /** Names of the folders below the target. */
  folder: readonly string[];
  name: string;
  /** Whether something is there that must give way. */
  replaces: boolean;
}

/** Where things are to go. */
export interface MoveTarget {
  folder: HeldFolder;
  /** As people know it. */
  shown: string;
}

/**
 * Moves what is in one folder into another that may hold things. Folders that both have are merged, files give way and
 * are kept in `aside` until the end; when a move fails, all are taken back. A folder of the target that becomes a link
 * meanwhile is not followed.
 *
 * @throws ArchiveError `TARGET_REFUSED`, before anything moved, where a folder and something else have one name.
 */
export async function moveInto(source: string, target: MoveTarget, aside: string): Promise<void> {
  const moves: Move[] = [];
  await planMoves(source, target, [], moves);
  const undo: (() => Promise<void>)[] = [];
  const places = new Places(target.folder);
  await mkdir(aside, { recursive: true });
  try {
    for (const [i, { from, folder, name, replaces }] of moves.entries()) {
      if (replaces) {
        const kept = join(aside, String(i));
        await rename(await places.pathOf(folder, name), kept);
        undo.push(async () => rename(kept, await places.pathOf(folder, name)));
      }
      await rename(from, await places.pathOf(folder, name));
      undo.push(async () => rename(await places.pathOf(folder, name), from));
    }
  } catch (error) {
    for (const takeBack of undo.reverse()) await takeBack();
    throw error;
  } finally {
    await places.release();
  }
}

/** Folders below one, of which the last one asked for is held. */
class Places {
  readonly #top: HeldFolder;
  #names: readonly string[] | undefined;
  #held: HeldFolder | undefined;

  constructor(top: HeldFolder) {
    this.#top = top;
  }

  async pathOf(folder: readonly string[], name: string): Promise<string> {
    if (this.#held === undefined || this.#names !== folder) {
      await this.release();
      this.#held = await this.#top.below(folder);
      this.#names = folder;
    }
    return join(this.#held.path, name);
  }

  async release(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
  }
}

/** Adds to `moves`. */
async function planMoves(
  source: string,
  { folder, shown }: MoveTarget,
  names: readonly string[],
  moves: Move[],
): Promise<void> {
  for (const item of await readdir(source, { withFileTypes: true })) {
    const { name } = item;
    const from = join(source, name);
    const there = await lstatIfAny(join(folder.path, name));
    if (there === undefined) {
      moves.push({ from, folder: names, name, replaces: false });
    } else if (item.isDirectory() && there.isDirectory()) {
      const below = await folder.below([name]);
      try {
        await planMoves(from, { folder: below, shown: join(shown, name) }, [...names, name], moves);
      } finally {
        await below.release();
      }
    } else if (item.isDirectory() || there.isDirectory()) {
      throw conflict(item, join(shown, name), there);
    } else {
      moves.push({ from, folder: names, name, replaces: true });
    }
  }
}

function conflict(item: Dirent, to: string, there: Stats): ArchiveError {
  const found = there.isDirectory() ? 'a folder' : there.isSymbolicLink() ? 'a link' : 'a file';
  const expected = item.isDirectory() ? 'a folder' : 'a file';
  return new ArchiveError('TARGET_REFUSED', `${to} is ${found} where the package has ${expected}; move it away first.`);
}

async function lstatIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
