import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';
import { Interrupted } from '../terminal/interrupted.ts';

/** Exit code by error code; docs and `--help` list them. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  TARGET_REFUSED: 3,
  INTEGRITY: 4,
  ATTESTATION_REFUSED: 4,
  NOT_FOUND: 5,
  NOTHING_TO_ARCHIVE: 1,
  SECRETS_REFUSED: 1,
  PATH_INVALID: 1,
  FILE_CHANGED: 1,
  FILE_UNREADABLE: 1,
  KEY_MISSING: 6,
  FORMAT_UNSUPPORTED: 1,
  STORE_UNAVAILABLE: 1,
  STATE_CONFLICT: 1,
};

export const INTEGRITY_EXIT_CODE: number = EXIT_CODES.INTEGRITY;

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof ArchiveError ? EXIT_CODES[error.code] : 1;
}
