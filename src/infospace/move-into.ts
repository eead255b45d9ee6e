import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';

interface Move {
  from: string;
  to: string;
  /** Whether something is there that must give way. */
  replaces: boolean;
}

/**
 * Moves what is in one folder into another that may hold things. Folders that both have are merged, files give way and
 * are kept in `aside` until the end; when a move fails, all are taken back.
 *
 * @throws ArchiveError `TARGET_REFUSED`, before anything moved, where a folder and something else have one name.
 */
export async function moveInto(source: string, target: string, aside: string): Promise<void> {
  const moves = await planMoves(source, target);
  const done: { from: string; to: string }[] = [];
  const move = async (from: string, to: string) => {
    await rename(from, to);
    done.push({ from, to });
  };
  await mkdir(aside, { recursive: true });
  try {
    for (const [i, { from, to, replaces }] of moves.entries()) {
      if (replaces) await move(to, join(aside, String(i)));
      await move(from, to);
    }
  } catch (error) {
    for (const { from, to } of done.reverse()) await rename(to, from);
    throw error;
  }
}

async function planMoves(source: string, target: string): Promise<Move[]> {
  const moves: Move[] = [];
  for (const item of await readdir(source, { withFileTypes: true })) {
    const from = join(source, item.name);
    const to = join(target, item.name);
    const there = await lstatIfAny(to);
    if (there === undefined) {
      moves.push({ from, to, replaces: false });
    } else if (item.isDirectory() && there.isDirectory()) {
      moves.push(...(await planMoves(from, to)));
    } else if (item.isDirectory() || there.isDirectory()) {
      throw conflict(item, to, there);
    } else {
      moves.push({ from, to, replaces: true });
    }
  }
  return moves;
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
