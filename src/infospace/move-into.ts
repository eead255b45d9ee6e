import { type Dirent, lstatSync, renameSync, rmdirSync, rmSync, type Stats } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import type { HeldFolder } from './held-folder.ts';

interface Move {
  /** Undefined for a removal without a replacement. */
  from: string | undefined;
  /** Names of the folders below the target. */
  folder: readonly string[];
  name: string;
  /** Whether an existing file must be moved away. */
  replaces: boolean;
}

/** The target of moves. */
export interface MoveTarget {
  folder: HeldFolder;
  /** The path to show to people. */
  shown: string;
}

/** What is removed from a target without a replacement. */
export interface Removals {
  removed?: readonly string[] | undefined;
  /** Folders that stay even when they are empty. */
  kept?: ReadonlySet<string> | undefined;
}

/** Retries for a while if files are still open. */
const REMOVAL = { maxRetries: 5 };
/** Renames between two turns of the event loop, which handle signals and progress. A rename takes microseconds. */
const RENAMES_AT_ONCE = 256;

/**
 * Moves the contents of one folder into another, which need not be empty. Common folders are merged, replaced files are kept in `aside`
 * until the end; if a move fails or the signal is aborted, all moves are undone. A folder of the target that becomes a link meanwhile is
 * not followed.
 * @param removed paths of the target to remove, with the folders above that become empty, except those in `kept`.
 * @throws ArchiveError `TARGET_REFUSED`, before anything moved, where a folder and something else have the same name; the reason of the
 * signal.
 */
export async function moveInto(
  source: string,
  target: MoveTarget,
  aside: string,
  { signal, removed = [], kept }: { signal?: AbortSignal | undefined } & Removals = {},
): Promise<void> {
  const isFolder = (path: string) => lstatSync(join(target.folder.path, path)).isDirectory();
  const moves: Move[] = removed.filter((path) => !isFolder(path)).map(removal);
  const breathe = breathing(signal);
  const breatheOn = breathing(undefined);
  await planMoves(source, target, [], moves, breathe);
  const places = new Places(target.folder);
  await mkdir(aside, { recursive: true });
  const keptAs = (i: number) => join(aside, String(i));
  let replaced = 0;
  let moved = 0;
  try {
    for (const [i, { from, folder, name, replaces }] of moves.entries()) {
      await breathe();
      const to = join(await places.pathOf(folder), name);
      if (replaces) renameSync(to, keptAs(i));
      replaced++;
      if (from !== undefined) renameSync(from, to);
      moved++;
    }
  } catch (error) {
    while (replaced > 0) {
      await breatheOn();
      const { from, folder, name, replaces } = moves[--replaced]!;
      const to = join(await places.pathOf(folder), name);
      if (replaced < moved && from !== undefined) renameSync(to, from);
      if (replaces) renameSync(keptAs(replaced), to);
    }
    throw error;
  } finally {
    await places.release();
  }
  for (const [i, { replaces }] of moves.entries()) {
    await breatheOn();
    if (replaces) rmSync(keptAs(i), REMOVAL);
  }
  await removeEmptied(target.folder, removed, kept);
}

function removal(path: string): Move {
  const names = path.split('/');
  return { from: undefined, folder: names.slice(0, -1), name: names.at(-1)!, replaces: true };
}

/** Removes folders that lost their last file, innermost first. All moves are done by now, so a folder that stays is harmless. */
async function removeEmptied(
  target: HeldFolder,
  removed: readonly string[],
  kept: ReadonlySet<string> = new Set(),
): Promise<void> {
  // Parents of the removed files, and removed empty folders, unless something was added to one.
  const folders = new Set<string>(removed);
  for (const path of removed) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end));
  }
  const places = new Places(target);
  try {
    for (const folder of [...folders].sort().reverse()) {
      if (kept.has(folder)) continue;
      const names = folder.split('/');
      try {
        rmdirSync(join(await places.pathOf(names.slice(0, -1)), names.at(-1)!));
      } catch (error) {
        // Not empty, or not a folder.
        if (systemErrorCode(error) === undefined) throw error;
      }
    }
  } finally {
    await places.release();
  }
}

/** Yields to the event loop from time to time, and throws if the signal was aborted. */
function breathing(signal: AbortSignal | undefined): () => Promise<void> {
  let calls = 0;
  return async () => {
    if (++calls % RENAMES_AT_ONCE !== 0) return;
    await nextTurn();
    signal?.throwIfAborted();
  };
}

/** Folders below a root. The last one requested stays open with its parents: the next one is mostly beside or inside it. */
class Places {
  readonly #top: HeldFolder;
  #last: readonly string[] = [];
  readonly #held: HeldFolder[] = [];

  constructor(top: HeldFolder) {
    this.#top = top;
  }

  async pathOf(names: readonly string[]): Promise<string> {
    if (names !== this.#last) {
      let common = 0;
      while (common < this.#held.length && this.#last[common] === names[common]) common++;
      await this.#releaseBelow(common);
      this.#last = names;
      for (const name of names.slice(common)) this.#held.push(await this.#lowest.below([name]));
    }
    return this.#lowest.path;
  }

  async release(): Promise<void> {
    await this.#releaseBelow(0);
  }

  get #lowest(): HeldFolder {
    return this.#held.at(-1) ?? this.#top;
  }

  async #releaseBelow(depth: number): Promise<void> {
    for (const folder of this.#held.splice(depth).reverse()) await folder.release();
  }
}

/** Adds to `moves`. The contents of one folder stay together, since reopening a folder takes time. */
async function planMoves(
  source: string,
  { folder, shown }: MoveTarget,
  names: readonly string[],
  moves: Move[],
  breathe: () => Promise<void>,
): Promise<void> {
  const shared: string[] = [];
  for (const item of await readdir(source, { withFileTypes: true })) {
    await breathe();
    const { name } = item;
    const from = join(source, name);
    const there = lstatSync(join(folder.path, name), { throwIfNoEntry: false });
    if (there === undefined) moves.push({ from, folder: names, name, replaces: false });
    else if (item.isDirectory() && there.isDirectory()) shared.push(name);
    else if (item.isDirectory() || there.isDirectory()) throw conflict(item, join(shown, name), there);
    else moves.push({ from, folder: names, name, replaces: true });
  }
  for (const name of shared) {
    const below = await folder.below([name]);
    try {
      const target = { folder: below, shown: join(shown, name) };
      await planMoves(join(source, name), target, [...names, name], moves, breathe);
    } finally {
      await below.release();
    }
  }
}

function conflict(item: Dirent, to: string, there: Stats): ArchiveError {
  const found = there.isDirectory() ? 'a folder' : there.isSymbolicLink() ? 'a link' : 'a file';
  const expected = item.isDirectory() ? 'a folder' : 'a file';
  return new ArchiveError(
    'TARGET_REFUSED',
    `${to} is ${found} where the package has ${expected}; move it away first.`,
    undefined,
    { path: to, expected, actual: found },
  );
}
