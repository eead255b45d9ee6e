import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';

/** A bag without its own name is named after this file. */
const FILE_NAME = 'bag.tar';

/**
 * Copies the standard input into a temporary file while the action runs, since the action reads it several times.
 *
 * @throws ArchiveError `USAGE` when it is a terminal; `FILE_UNREADABLE` when the disk is full.
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
    const sentence = `The standard input could not be copied to ${path} (${code}); free space there, or set TMPDIR.`;
    throw new ArchiveError('FILE_UNREADABLE', sentence, error);
  }
}
