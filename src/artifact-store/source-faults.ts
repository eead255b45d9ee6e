import { ArchiveError, systemErrorCode } from './errors.ts';

/** Why a listed file was not read. `changed`: it is not the file that was listed, or changed during reading. */
export type ReadFault = { status: 'changed' | 'vanished' | 'replaced' } | { status: 'failed'; code: string };

/** System codes for a file, or a folder above it, that no longer exists; ESTALE is NFS's. */
const VANISHED = ['ENOENT', 'ENOTDIR', 'ESTALE'];
/** System codes for a path that leads to a link, a folder, a socket or a pipe. */
const REPLACED = ['ELOOP', 'EISDIR', 'ENXIO', 'ESPIPE'];

/** The fault that a system error on a listed file means; other errors are rethrown. */
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
  replaced: 'was replaced by something other than a file before it was read',
};

/**
 * @param path as in the manifest.
 * @returns `FILE_UNREADABLE` when the system refuses access, else `FILE_CHANGED`.
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
