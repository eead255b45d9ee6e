import { randomUUID } from 'node:crypto';
import { open, rename, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';

/** A holder keeps the lock for milliseconds; one of this age, or as far in the future, belongs to a process that died. */
const STALE_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 25;

/**
 * Runs an action while no other process runs one under the same lock file. The folder must exist.
 *
 * @param signal ends the waiting when it is aborted; a lock that is free is taken all the same.
 * @throws ArchiveError `STORE_UNAVAILABLE` when the lock does not come free.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await tryCreate(path))) {
    if (Date.now() > deadline || signal?.aborted) {
      throw new ArchiveError(
        'STORE_UNAVAILABLE',
        `Another process holds ${path}; try again, or delete it if none does.`,
      );
    }
    await removeIfStale(path);
    await sleep(POLL_MS);
  }
  try {
    return await action();
  } finally {
    await unlink(path).catch(() => undefined);
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moving it away first lets only one of several waiters take it, and never a fresh one. */
async function removeIfStale(path: string): Promise<void> {
  try {
    const found = await stat(path, { bigint: true });
    if (Math.abs(Date.now() - Number(found.mtimeMs)) < STALE_MS) return;
    const aside = `${path}.${randomUUID()}`;
    await rename(path, aside);
    const moved = await stat(aside, { bigint: true });
    if (moved.ino === found.ino && moved.mtimeNs === found.mtimeNs) await unlink(aside);
    else await rename(aside, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
