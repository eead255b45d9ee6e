import { ArchiveError } from '../errors.ts';

/** A half-open range of bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
  modifiedAt: Date;
}

/** Requests sent, retries included, by what a bill calls them. */
export interface RequestCounts {
  put: number;
  get: number;
  head: number;
  list: number;
  delete: number;
}

/** What lies in a host that has limits on it. */
export interface HostedSize {
  objects: number;
  bytes: number;
  /** Sentences on what the host may not take for long. */
  warnings: string[];
}

/**
 * Where bytes live. Keys are relative paths of `[a-z0-9._/-]` that the store makes up; a key is written once and
 * names the same bytes forever, so every call may be repeated. What is none (see `keys.ts`) is refused as `INTEGRITY`
 * before anything is asked for, and passed over by `list`.
 *
 * A backend throws `ArchiveError` `STORE_UNAVAILABLE` with the cause when it cannot do what is asked; it retries
 * what is worth retrying itself.
 */
export interface StorageBackend {
  /** Names the kind of backend: `local`, `s3`. */
  readonly backendId: string;

  /** Counted by backends whose requests cost money. */
  readonly requests?: Readonly<RequestCounts>;

  /** By how many milliseconds its clock was ahead of this machine's, where that was seen. */
  readonly clockSkewMs?: number | undefined;

  /**
   * Stores the concatenated pieces. When it returns, the object has exactly these bytes, and they survive a power cut: an
   * object that exists, or that an earlier try stored whose answer was lost, is compared with them. When the pieces throw,
   * nothing is stored under the key and the error passes through. A piece belongs to its source again once the next one is
   * asked for; a backend that keeps it longer copies it. Those of an array stay until the end. When the signal is aborted,
   * nothing is stored either, and its reason is thrown.
   *
   * @throws ArchiveError `INTEGRITY` when an object with other bytes exists, which is left as it is.
   */
  put(key: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;

  /** As `put`, but the object may wait on this machine, for others to go with, until `flush`. */
  putLater?(key: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;

  /** When it returns, what was put later is stored as by `put`. */
  flush?(): Promise<void>;

  /**
   * Creates an object atomically: of all who create one key, exactly one is told `created`. The bytes are the writer's own
   * (they hold something random), by which it is recognised when an answer was lost. When it returns, the object that
   * exists survives a power cut.
   *
   * @throws CreateUnsupported when the storage says that it cannot. A server that ignores conditions lets several win.
   */
  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;

  /**
   * The bytes of an object, or of a range of it, in memory of their own.
   *
   * @throws ArchiveError `INTEGRITY` when there is no such object, or the range reaches past its end: what the
   * registry names must be there; the reason of the signal when it is aborted.
   */
  get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array>;

  /** Undefined when there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;

  /** Removes an object; one that is not there is no error. When it returns, the removal survives a power cut. */
  delete(key: string): Promise<void>;

  /**
   * All objects whose key starts with the prefix, in no order.
   *
   * @param after only those whose key comes after it, by the order of bytes.
   */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;

  /** @throws ArchiveError `STORE_UNAVAILABLE` when the backend cannot be used. */
  health(): Promise<void>;

  /**
   * Removes unfinished objects of killed writers, begun before that time.
   *
   * @returns a sentence where the storage cannot or may not do so.
   */
  removeUnfinished?(before: Date): Promise<string | undefined>;

  /** Whether the bytes of deleted objects stay as older versions. */
  keepsVersions?(): Promise<boolean>;

  /** From now on reads what the storage itself has, whatever is kept of it on this machine. */
  readAnew?(): void;

  /** What lies in a host that has limits on it. */
  hosted?(): Promise<HostedSize>;

  /** Says when the bytes of deleted objects are free, where that is not at once. */
  readonly freedLater?: string;

  /** Tells it that it was seen to create atomically: objects need not be looked for before they are written. */
  relyOnCreate?(): void;

  /** Gives up connections, if there are any. */
  close?(): void;
}

/** Puts an object that nothing names before the next segment of the log, which flushes. */
export function putBeforeCommit(
  storage: StorageBackend,
  ...[key, pieces, signal]: Parameters<StorageBackend['put']>
): Promise<void> {
  return storage.putLater ? storage.putLater(key, pieces, signal) : storage.put(key, pieces, signal);
}

/** The storage cannot create an object atomically. */
export class CreateUnsupported extends ArchiveError {
  constructor(message: string, cause?: unknown) {
    super('CONFIG_INVALID', message, cause);
  }
}

/** The storage takes no object of that size. */
export class ObjectTooLarge extends ArchiveError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
