import { type FileHandle, open, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { monotonicMs } from '../artifact-store/event-loop.ts';
import { fileSystemTime } from '../artifact-store/files/file-system-time.ts';
import { isMark, newMark, stateOfMarked } from '../artifact-store/files/process-mark.ts';

/** A lock is usually held for milliseconds. A holder that needs longer rewrites its lock at this interval… */
const REFRESH_MS = 250;
/** …so that a lock that a waiter sees unchanged for this long… */
const UNCHANGED_MS = 1_000;
/** …and whose age by the clock of its file system is above this belongs to a process that died. */
const STALE_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 25;

/** Throws when another process took the lock from a holder that paused for too long. */
export type RequireHeld = () => Promise<void>;

/**
 * Runs an action while no other process runs one under the same lock file. The folder must exist. The clocks of this machine and a file
 * server are never compared.
 * @param action calls `requireHeld` right before it changes anything. It runs again when that throws.
 * @param signal ends the waiting when it is aborted; a free lock is still taken.
 * @throws ArchiveError `STORE_UNAVAILABLE` when the lock is not released in time.
 */
export async function withFileLock<T>(
  path: string,
  action: (requireHeld: RequireHeld) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (const deadline = monotonicMs() + WAIT_MS; ; ) {
    const lock = await acquire(path, deadline, signal);
    try {
      return await action(() => lock.requireHeld());
    } catch (error) {
      if (!(error instanceof LockLost)) throw error;
    } finally {
      await lock.release();
    }
  }
}

class LockLost extends Error {}

async function acquire(path: string, deadline: number, signal: AbortSignal | undefined): Promise<HeldLock> {
  let watched: Watched | undefined;
  for (;;) {
    const lock = await HeldLock.take(path);
    if (lock) return lock;
    if (monotonicMs() > deadline || signal?.aborted) {
      throw new ArchiveError(
        'STORE_UNAVAILABLE',
        `Another process holds the lock ${path}; try again, or delete it if no such process runs.`,
        undefined,
        { path },
      );
    }
    watched = await watch(path, watched);
    if (watched && (await isAbandoned(path, watched))) await takeAway(path, watched, signal);
    else await sleep(POLL_MS);
  }
}

/** Closes its file after each write, because other NFS clients see a write only then. */
class HeldLock {
  readonly #path: string;
  readonly #mark: string;
  readonly #refreshing: NodeJS.Timeout;
  #refreshed: Promise<void> = Promise.resolve();

  private constructor(path: string, mark: string) {
    this.#path = path;
    this.#mark = mark;
    this.#refreshing = setInterval(() => {
      this.#refreshed = this.#refreshed.then(() => this.#refresh());
    }, REFRESH_MS);
    this.#refreshing.unref();
  }

  /** Undefined when another process has the lock. */
  static async take(path: string): Promise<HeldLock | undefined> {
    const mark = newMark();
    let file: FileHandle;
    try {
      file = await open(path, 'wx');
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return undefined;
      throw error;
    }
    try {
      await file.write(mark, 0).finally(() => file.close());
    } catch (error) {
      await unlink(path);
      throw error;
    }
    return new HeldLock(path, mark);
  }

  async requireHeld(): Promise<void> {
    if ((await look(this.#path))?.content !== this.#mark) throw new LockLost();
  }

  async release(): Promise<void> {
    clearInterval(this.#refreshing);
    await this.#refreshed;
    if ((await look(this.#path))?.content === this.#mark) await unlink(this.#path);
  }

  async #refresh(): Promise<void> {
    try {
      if ((await look(this.#path))?.content === this.#mark) await writeFile(this.#path, this.#mark, { flag: 'r+' });
    } catch (error) {
      // A lock that cannot be refreshed is eventually lost, which `requireHeld` detects.
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
}

/** The state of a lock file. */
interface Seen {
  /** The mark of its holder; empty for a moment after its creation. */
  content: string;
  mtimeMs: number;
}

/** A lock, and how long it has been unchanged by a monotonic clock. */
interface Watched extends Seen {
  since: number;
}

async function watch(path: string, before: Watched | undefined): Promise<Watched | undefined> {
  const seen = await look(path);
  if (seen && seen.content === before?.content && seen.mtimeMs === before.mtimeMs) return before;
  return seen && { ...seen, since: monotonicMs() };
}

/** Opens the file, because an NFS client asks the server for the current state only then. */
async function look(path: string): Promise<Seen | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return { content: await file.readFile('latin1'), mtimeMs: (await file.stat()).mtimeMs };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ESTALE') return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}

async function isAbandoned(path: string, watched: Watched): Promise<boolean> {
  if (stateOfMarked(watched.content) === 'ended') return true;
  if (monotonicMs() - watched.since < UNCHANGED_MS) return false;
  const now = await fileSystemTime(dirname(path), `${basename(path)}.`);
  watched.since = monotonicMs();
  // A lock as far in the future was written before the clock was set.
  return Math.abs(now - watched.mtimeMs) > STALE_MS;
}

/**
 * Removes an abandoned lock under a second lock named after it, so that only one waiter does: the others see that it is gone, and cannot
 * remove its successor.
 */
async function takeAway(path: string, { content }: Seen, signal: AbortSignal | undefined): Promise<void> {
  const removal = `${path}.${isMark(content) ? content.slice(-12) : 'unmarked'}`;
  const remove = async () => {
    if ((await look(path))?.content === content) await unlink(path);
  };
  await withFileLock(removal, remove, signal);
}
