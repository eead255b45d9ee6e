import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';

/** Says so little that a bag without a name of its own is called just that. */
const FILE_NAME = 'bag.tar';

/**
 * Keeps the standard input in a file of the system's temporary folder for as long as the action takes, which reads it
 * several times.
 *
 * @throws ArchiveError `USAGE` when it is a terminal; `FILE_UNREADABLE` when there is no room for it.
 */
export async function withSpooledInput<T>(
  signal: AbortSignal | undefined,
  action: (path: string) => Promise<T>,
): Promise<T> {
  if (process.stdin.isTTY) {
    throw new ArchiveError('USAGE', 'The standard input is a terminal; send a tar archive into it, or name a file.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'infospace-import-'));
  try {
    const path = join(folder, FILE_NAME);
    await spool(path, signal);
    return await action(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function spool(path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const sentence = `The standard input could not be kept in ${path} (${code}); free space there, or set TMPDIR.`;
    throw new ArchiveError('FILE_UNREADABLE', sentence, error);
  }
}
