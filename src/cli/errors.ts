import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';
import { printable } from '../render/format.ts';

/** Exit code by error code; docs and `--help` list them. */
const EXIT_CODES: Record<ErrorCode, number> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  TARGET_REFUSED: 3,
  INTEGRITY: 4,
  NOT_FOUND: 5,
  NOTHING_TO_ARCHIVE: 1,
  PATH_INVALID: 1,
  FILE_CHANGED: 1,
  FILE_UNREADABLE: 1,
  FORMAT_UNSUPPORTED: 1,
  STORE_UNAVAILABLE: 1,
  STATE_CONFLICT: 1,
};

export const INTEGRITY_EXIT_CODE: number = EXIT_CODES.INTEGRITY;

export function exitCodeOf(error: unknown): number {
  return error instanceof ArchiveError ? EXIT_CODES[error.code] : 1;
}

/** One sentence on stderr; the stack and the causes only for those who look for a fault in this software. */
export function reportError(error: unknown): void {
  const debug = process.env['ARTIFACTSTORE_LOG_LEVEL']?.toUpperCase() === 'DEBUG';
  process.stderr.write(`error: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) process.stderr.write(`${cause.stack}\n`);
  } else if (!(error instanceof ArchiveError)) {
    process.stderr.write(
      'This should not happen; run again with ARTIFACTSTORE_LOG_LEVEL=DEBUG and report what it says.\n',
    );
  }
}

export function warn(message: string): void {
  process.stderr.write(`warning: ${printable(message)}\n`);
}
