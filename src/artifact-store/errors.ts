/** What went wrong: stable codes for programs. The CLI, action and plugin map each code to an exit status in one table. */
export type ErrorCode =
  /** An argument or option with an invalid value. */
  | 'USAGE'
  /** An invalid setting (`ARTIFACTSTORE_*`, the retention file, `infospace.yaml`, `index.yaml`). */
  | 'CONFIG_INVALID'
  /** A package, a file of a package, a folder or a store that does not exist. */
  | 'NOT_FOUND'
  /** The include set contains no file. */
  | 'NOTHING_TO_ARCHIVE'
  /** Files that commonly contain secrets would be archived, which was refused. */
  | 'SECRETS_REFUSED'
  /** A file name or link that a package cannot contain. */
  | 'PATH_INVALID'
  /** A file that changed, shrank or vanished while it was read, in every attempt. */
  | 'FILE_CHANGED'
  /** A file or folder that cannot be read. */
  | 'FILE_UNREADABLE'
  /** The restore target has contents, lies inside the store, or cannot represent the package's names. */
  | 'TARGET_REFUSED'
  /** Stored bytes were changed or lost. */
  | 'INTEGRITY'
  /** An attestation of something else, or with an untrusted signature. */
  | 'ATTESTATION_REFUSED'
  /** A key of an encrypted store is missing, or belongs to another store. */
  | 'KEY_MISSING'
  /** Stored data was written by a newer version of this software. */
  | 'FORMAT_UNSUPPORTED'
  /** The store is not writable or not reachable: read-only, full, locked, or broken. */
  | 'STORE_UNAVAILABLE'
  /** The request contradicts the state: a shorter expiry, a hold released twice. */
  | 'STATE_CONFLICT';

/** What an error is about, if it is one thing; the message says it in words. */
export interface ErrorFields {
  /** A file or folder, or a file of a package. */
  path?: string | undefined;
  /** The package it is about. */
  packageId?: string | undefined;
  /** Key of a stored object. */
  key?: string | undefined;
  /** The expected value: a digest, a size. */
  expected?: string | undefined;
  /** The actual value. */
  actual?: string | undefined;
}

/**
 * The one error class of this project. The message is one sentence that names the thing and the remedy and contains no secret; `cause` is
 * the underlying error, if any.
 */
export class ArchiveError extends Error implements ErrorFields {
  /** What went wrong, to branch on. */
  readonly code: ErrorCode;
  /** A file or folder, or a file of a package. */
  readonly path: string | undefined;
  /** The package it is about. */
  readonly packageId: string | undefined;
  /** Key of a stored object. */
  readonly key: string | undefined;
  /** The expected value: a digest, a size. */
  readonly expected: string | undefined;
  /** The actual value. */
  readonly actual: string | undefined;

  /** For implementations of {@link PackageReader}; others only catch it. */
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

/** Something that a package relied on left the store before the commit. The package can be made again from its files. */
export class LeftStoreError extends ArchiveError {}

/** The `code` of a Node.js system error (`ENOENT`, `SQLITE_FULL`), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
