/**
 * What went wrong, as a stable name a program can branch on. The faces map each code to an exit status in one table.
 */
export type ErrorCode =
  /** An argument or option with an invalid value. */
  | 'USAGE'
  /** A setting (`ARTIFACTSTORE_*`, the retention file, `infospace.yaml`, `index.yaml`) that cannot be used. */
  | 'CONFIG_INVALID'
  /** A package, a file of a package, a folder or a store that is not there. */
  | 'NOT_FOUND'
  /** The include set holds no file. */
  | 'NOTHING_TO_ARCHIVE'
  /** Files that commonly hold secrets are to be archived, and that is not allowed. */
  | 'SECRETS_REFUSED'
  /** A file name or link that no package may hold. */
  | 'PATH_INVALID'
  /** A file that changed, shrank or vanished while it was read, in every attempt. */
  | 'FILE_CHANGED'
  /** A file or folder that cannot be read. */
  | 'FILE_UNREADABLE'
  /** The restore target holds files, lies inside the store, or cannot keep the package's names. */
  | 'TARGET_REFUSED'
  /** Stored bytes are not what was stored. */
  | 'INTEGRITY'
  /** An attestation that is of something else, or whose signature is not to be trusted. */
  | 'ATTESTATION_REFUSED'
  /** A key of an encrypted store that is needed and not there, or is one of another store. */
  | 'KEY_MISSING'
  /** Something stored was written by a newer version of this software. */
  | 'FORMAT_UNSUPPORTED'
  /** The store cannot be written or reached: read-only, full, locked, or broken. */
  | 'STORE_UNAVAILABLE'
  /** The request contradicts the state: an expiry shortened, a hold released twice. */
  | 'STATE_CONFLICT';

/** What an error is about, as far as it is about one thing; the message says it in words. */
export interface ErrorFields {
  /** A file or folder, or a file of a package. */
  path?: string | undefined;
  /** The package it is about. */
  packageId?: string | undefined;
  /** Of a stored object. */
  key?: string | undefined;
  /** What should be there: a digest, a size. */
  expected?: string | undefined;
  /** What is there instead. */
  actual?: string | undefined;
}

/**
 * The one error class of this project. The message is one sentence that names the thing and the remedy and holds no
 * secret; `cause` is the error underneath, if there is one.
 */
export class ArchiveError extends Error implements ErrorFields {
  /** What went wrong, to branch on. */
  readonly code: ErrorCode;
  /** A file or folder, or a file of a package. */
  readonly path: string | undefined;
  /** The package it is about. */
  readonly packageId: string | undefined;
  /** Of a stored object. */
  readonly key: string | undefined;
  /** What should be there: a digest, a size. */
  readonly expected: string | undefined;
  /** What is there instead. */
  readonly actual: string | undefined;

  /** Of interest to implementations of {@link PackageReader}; others only catch it. */
  constructor(code: ErrorCode, message: string, cause?: unknown, fields: ErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveError';
    this.code = code;
    ({
      path: this.path,
      packageId: this.packageId,
      key: this.key,
      expected: this.expected,
      actual: this.actual,
    } = fields);
  }
}

/** Whether it is an error of this project with that code. */
export function isArchiveError(error: unknown, code: ErrorCode): error is ArchiveError {
  return error instanceof ArchiveError && error.code === code;
}

/** The `code` of a Node.js system error (`ENOENT`, `SQLITE_FULL`), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
