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

/** Requests sent, retries included, in the categories of a bill. */
export interface RequestCounts {
  put: number;
  get: number;
  head: number;
  list: number;
  delete: number;
}

/** Usage of a host that limits repositories. */
export interface HostedSize {
  objects: number;
  bytes: number;
  /** Sentences about limits that are near. */
  warnings: string[];
}

/**
 * Stores bytes by key. Keys are relative paths of `[a-z0-9._/-]` chosen by the store. A key is written once and names the
 * same bytes forever, so every call may be repeated. An invalid key (see `keys.ts`) is refused as `INTEGRITY` before any
 * request; `list` skips such objects. `object-faults.ts` has the errors of damage.
 *
 * A backend retries passing failures itself. When a call fails for good, it throws `ArchiveError` `STORE_UNAVAILABLE`
 * with the cause.
 */
export interface StorageBackend {
  /** Names the kind of backend: `local`, `s3`. */
  readonly backendId: string;

  /** Only for backends whose requests cost money. */
  readonly requests?: Readonly<RequestCounts>;

  /** How many milliseconds its clock is ahead of this machine's; undefined until a response has shown it. */
  readonly clockSkewMs?: number | undefined;

  /**
   * Stores the concatenated pieces. When it returns, the object has exactly these bytes, and they survive a power cut. If
   * the object exists, perhaps from an earlier try whose response was lost, its bytes are compared. When the pieces throw,
   * nothing is stored and the error passes through. A source may reuse the memory of a piece once the next one is
   * requested, so a backend that needs it longer copies it; the pieces of an array stay valid. When the signal is
   * aborted, nothing is stored and its reason is thrown.
   *
   * @throws ArchiveError `INTEGRITY` when an object with other bytes exists; it is left unchanged.
   */
  put(key: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;

  /** Like `put`, but may keep the object on this machine until `flush`, to send several together. */
  putLater?(key: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;

  /** When it returns, every object given to `putLater` is stored as by `put`. */
  flush?(): Promise<void>;

  /**
   * Creates an object atomically: of several writers of one key, exactly one gets `created`. The bytes contain something
   * random, so a writer recognizes its own object after a lost response. When it returns, the existing object survives a
   * power cut.
   *
   * @throws CreateUnsupported when the storage refuses conditional writes. A server that ignores them lets several win.
   */
  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;

  /**
   * The bytes of an object or of a range of it, in a buffer that the caller owns.
   *
   * @throws MissingObject (`INTEGRITY`) when there is no such object: every object that the registry names must exist.
   * ArchiveError `INTEGRITY` when the range reaches past its end. The reason of the signal when it is aborted.
   */
  get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array>;

  /** Undefined when there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;

  /** Deletes an object; a missing one is no error. When it returns, the deletion survives a power cut. */
  delete(key: string): Promise<void>;

  /**
   * All objects whose key starts with the prefix, in no particular order.
   *
   * @param after lists only keys that come after this one in byte order.
   */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;

  /** @throws ArchiveError `STORE_UNAVAILABLE` when the backend cannot be used. */
  health(): Promise<void>;

  /**
   * Removes unfinished objects of killed writers that were begun before that time.
   *
   * @returns a warning if the storage does not support or allow this.
   */
  removeUnfinished?(before: Date): Promise<string | undefined>;

  /** Whether deleted objects are kept as older versions. */
  keepsVersions?(): Promise<boolean>;

  /** From now on reads from the storage itself, ignoring copies cached on this machine. */
  bypassCache?(): void;

  /** Usage of a host that limits repositories. */
  hosted?(): Promise<HostedSize>;

  /** A sentence that says when the bytes of deleted objects are freed, if not at once. */
  readonly freedLater?: string;

  /** Called once `create` was seen to be atomic: `put` need not look for an existing object first. */
  relyOnCreate?(): void;

  /** Closes its connections. */
  close?(): void;
}

/** Puts an object that only the next segment of the log will name; writing that segment flushes first. */
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

/** The object is larger than the storage accepts. */
export class ObjectTooLarge extends ArchiveError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
