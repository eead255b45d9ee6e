import { ArchiveError, type ErrorCode, systemErrorCode } from '../errors.ts';

/** Faults of this machine with their remedies; another place would not help. */
const OF_THE_MACHINE: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EFBIG: 'the file size limit is reached; raise it',
  EIO: 'the disk fails; check it',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine; close some',
};

/** Faults of the place; writing elsewhere may help. */
const OF_THE_PLACE: Record<string, string> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file is where a folder should be',
  EEXIST: 'a file is where a folder should be',
  EISDIR: 'it is a folder',
  ENOENT: 'its folder does not exist',
};

/** @param elsewhere the remedy for a fault of the place. */
export function diskRemedy(code: string, elsewhere: string): string {
  return OF_THE_MACHINE[code] ?? `${OF_THE_PLACE[code] ?? `the system says ${code}`}; ${elsewhere}`;
}

/**
 * @param elsewhere the remedy for a fault of the place.
 * @returns an ArchiveError that explains a system error; any other error unchanged.
 */
export function unwritable(
  what: string,
  error: unknown,
  elsewhere: string,
  code: ErrorCode = 'TARGET_REFUSED',
): unknown {
  const found = systemErrorCode(error);
  if (found === undefined || error instanceof ArchiveError) return error;
  return new ArchiveError(code, `${what} cannot be written (${found}): ${diskRemedy(found, elsewhere)}.`, error);
}
