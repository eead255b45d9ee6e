import { ArchiveError, systemErrorCode } from './errors.ts';

/** Why a listed file was not read. `changed`: not the file that was listed, or not the same from its first byte to its last. */
export type ReadFault = { status: 'changed' | 'vanished' | 'replaced' } | { status: 'failed'; code: string };

/** How systems say that a file, or a folder above it, does not exist any more; ESTALE is that of NFS. */
const VANISHED = ['ENOENT', 'ENOTDIR', 'ESTALE'];
/** How they say that a path leads to a link, a folder, a socket or a pipe. */
const REPLACED = ['ELOOP', 'EISDIR', 'ENXIO', 'ESPIPE'];

/** What a system error says of a file that was listed; anything else is thrown again. */
export function readFaultOf(error: unknown): ReadFault {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof ArchiveError) throw error;
  if (VANISHED.includes(code)) return { status: 'vanished' };
  return REPLACED.includes(code) ? { status: 'replaced' } : { status: 'failed', code };
}

const REMEDIES: Record<string, string> = {
  EIO: 'check the disk',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'close programs that keep many files open',
  EBUSY: 'close the program that uses it',
};

const WHAT_HAPPENED = {
  changed: 'changed while it was read',
  vanished: 'vanished before it was read',
  replaced: 'was replaced by something that is no file before it was read',
};

/**
 * @param path as the manifest would name it.
 * @returns `FILE_UNREADABLE` for what the system refuses, else `FILE_CHANGED`.
 */
export function sourceError(path: string, fault: ReadFault, cause?: unknown): ArchiveError {
  const name = JSON.stringify(path);
  if (fault.status !== 'failed') {
    const sentence = `${name} ${WHAT_HAPPENED[fault.status]}; try again when nothing writes to it.`;
    return new ArchiveError('FILE_CHANGED', sentence, cause, { path });
  }
  const remedy = REMEDIES[fault.code] ?? 'make it readable or exclude it';
  return new ArchiveError('FILE_UNREADABLE', `${name} cannot be read (${fault.code}); ${remedy}.`, cause, { path });
}
