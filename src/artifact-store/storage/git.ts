import { rm } from 'node:fs/promises';
import { monotonicMs } from '../event-loop.ts';
import {
  type ByteRange,
  type HostedSize,
  ObjectTooLarge,
  type RequestCounts,
  type StorageBackend,
  type StoredObject,
} from './backend.ts';
import { GitFetches } from './git-fetches.ts';
import { GitPushes } from './git-pushes.ts';
import { createdRef, type GitObject, objectsOf, parseRefs, putRef, refBase } from './git-refs.ts';
import { GitRemote } from './git-remote.ts';
import type { GitSettings } from './git-settings.ts';
import { MAX_BLOB_BYTES, sizeWarnings } from './git-sizes.ts';
import { requireKey } from './keys.ts';
import { missing, otherBytes, requireSize, tooShort } from './object-faults.ts';

/** An object not yet pushed to the remote. */
interface Waiting {
  object: GitObject & { size: number };
  /** Undefined until its push starts. */
  pushed: Promise<unknown> | undefined;
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Above this, waiting objects are pushed: a failed push starts over, so it must not grow too large. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
/** For this long a listing is reused, so that several requests share one. */
const LISTING_MS = 1000;

/**
 * Stores each object as a blob with its own ref below `refs/artifactstore/`, which ordinary clones do not fetch. Creating a
 * ref that must not exist is atomic on every git server.
 */
export class GitStorage implements StorageBackend {
  readonly backendId = 'git';
  readonly freedLater =
    'The refs of removed objects are deleted; the host of the git repository frees their bytes when it collects its own garbage, in its own time.';
  /** Runs of git with the remote: pushes count as `put` or `delete`, fetches as `get`, listings as `list`. */
  readonly requests: RequestCounts = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
  readonly #settings: GitSettings;
  readonly #base: string;
  readonly #remote: GitRemote;
  readonly #pushes: GitPushes;
  readonly #fetches: GitFetches;
  #objects: Map<string, GitObject> | undefined;
  #listing: Promise<Map<string, GitObject>> | undefined;
  #refreshedAt = 0;
  #largestWritten = 0;
  /** By key. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(settings: GitSettings) {
    this.#settings = settings;
    this.#base = refBase(settings.prefix);
    const remote = new GitRemote(settings);
    this.#remote = remote;
    this.#pushes = new GitPushes({
      remote,
      isLocal: settings.isLocal,
      listRefs: async () => (await this.#list()).refs,
      onPush: (kind) => {
        this.requests[kind]++;
      },
    });
    this.#fetches = new GitFetches({
      remote,
      fetchOption: settings.fetchOption,
      listObjects: () => this.#refresh(),
      onFetch: () => {
        this.requests.get++;
      },
    });
  }

  async put(key: string, pieces: Pieces, signal?: AbortSignal): Promise<void> {
    await this.putLater(key, pieces, signal);
    await this.#send([key]);
  }

  async putLater(key: string, pieces: Pieces, signal?: AbortSignal): Promise<void> {
    requireKey(key);
    const { id, size } = await this.#write(key, pieces, signal);
    // The last listing suffices: keys are random or name their bytes, so no other writer puts other bytes under this one.
    const existing = (this.#objects ?? (await this.#firstListing())).get(key);
    if (existing !== undefined) {
      if (existing.id !== id) throw otherBytes(key);
      return;
    }
    signal?.throwIfAborted();
    const storedAt = new Date();
    const object = { refs: [putRef(this.#base, key, size, storedAt)], id, size, storedAt };
    this.#waiting.set(key, { object, pushed: undefined });
    this.#objects?.set(key, object);
    let bytes = 0;
    for (const waiting of this.#waiting.values()) if (waiting.pushed === undefined) bytes += waiting.object.size;
    if (bytes > MAX_WAITING_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    await this.#send([...this.#waiting.keys()]);
  }

  /** Pushes the waiting objects with these keys. */
  async #send(keys: readonly string[]): Promise<void> {
    const sent = keys.flatMap((key) => {
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) return [];
      waiting.pushed ??= this.#sendOne(key, waiting.object);
      return [waiting.pushed];
    });
    const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #sendOne(key: string, { refs: [ref], id, size }: Waiting['object']): Promise<void> {
    try {
      if ((await this.#pushes.push(ref!, id, size)) === 'exists') throw otherBytes(key);
    } catch (error) {
      this.#objects?.delete(key);
      throw error;
    } finally {
      this.#waiting.delete(key);
    }
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    requireKey(key);
    const { id, size } = await this.#write(key, [bytes]);
    const ref = createdRef(this.#base, key);
    if ((await this.#pushes.push(ref, id, size)) === 'exists') return 'exists';
    this.#objects?.set(key, { refs: [ref], id, size: undefined, storedAt: undefined });
    return 'created';
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    requireKey(key);
    const { blobs } = this.#remote;
    let object = (await this.#find(key)) ?? fail(missing(key));
    if (!(await blobs.has(object.id))) object = await this.#fetches.fetch(key, object);
    const size = (await blobs.sizeOf(object.id)) ?? fail(missing(key));
    if (range === undefined) requireSize(key, size);
    return (await blobs.read(object.id, range)) ?? fail(tooShort(key));
  }

  async head(key: string): Promise<StoredObject | undefined> {
    requireKey(key);
    const object = await this.#find(key);
    return object && this.#toStored(key, object);
  }

  async delete(key: string): Promise<void> {
    requireKey(key);
    const object = await this.#find(key);
    if (object === undefined) return;
    const isOnlyHere = this.#waiting.get(key)?.pushed === undefined && this.#waiting.delete(key);
    if (!isOnlyHere) await Promise.all(object.refs.map((ref) => this.#pushes.push(ref, undefined, 0)));
    this.#objects?.delete(key);
  }

  async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
    const { listingMs = LISTING_MS } = this.#settings;
    const isFresh = this.#objects !== undefined && monotonicMs() - this.#refreshedAt < listingMs;
    for (const [key, object] of [...(isFresh ? this.#objects! : await this.#refresh())]) {
      if (key.startsWith(prefix) && key > after) yield await this.#toStored(key, object);
    }
  }

  bypassCache(): void {
    this.#remote.blobs.forget();
    this.#objects = undefined;
  }

  async health(): Promise<void> {
    await this.#refresh();
  }

  /** From the last listing and the objects written since. */
  async hosted(): Promise<HostedSize> {
    const objects = [...(this.#objects ?? (await this.#firstListing())).values()];
    const bytes = objects.reduce((sum, { size = 0 }) => sum + size, 0);
    return { objects: objects.length, bytes, warnings: sizeWarnings(bytes, this.#largestWritten, this.#settings) };
  }

  close(): void {
    this.#remote.close();
  }

  async #toStored(key: string, { id, size, storedAt }: GitObject): Promise<StoredObject> {
    const known = size ?? (await this.#remote.blobs.sizeOf(id)) ?? 0;
    return { key, size: known, modifiedAt: storedAt ?? new Date(0) };
  }

  /** Looks up a key in the last listing; lists again if it is missing there. */
  async #find(key: string): Promise<GitObject | undefined> {
    return this.#objects?.get(key) ?? (await this.#refresh()).get(key);
  }

  /** One listing shared by all callers that need a first one. */
  #firstListing(): Promise<Map<string, GitObject>> {
    this.#listing ??= this.#refresh().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #refresh(): Promise<Map<string, GitObject>> {
    return (await this.#list()).objects;
  }

  async #list(): Promise<{ refs: ReadonlyMap<string, string>; objects: Map<string, GitObject> }> {
    this.requests.list++;
    const printed = await this.#remote.reading('list objects', (url) => ['ls-remote', url, `${this.#base}*`]);
    const refs = parseRefs(this.#base, printed);
    const objects = objectsOf(this.#base, refs);
    for (const [key, { object }] of this.#waiting) if (!objects.has(key)) objects.set(key, object);
    this.#objects = objects;
    this.#refreshedAt = monotonicMs();
    return { refs, objects };
  }

  /** Makes a blob of the pieces. Pushes wait for it, so that objects written together are pushed together. */
  async #write(key: string, pieces: Pieces, signal?: AbortSignal): Promise<{ id: string; size: number }> {
    signal?.throwIfAborted();
    const letGo = this.#pushes.holdBack();
    const { blobs } = this.#remote;
    try {
      await this.#remote.prepare();
      let size = 0;
      const { maxBlobBytes: maxBytes = MAX_BLOB_BYTES } = this.#settings;
      const counted = async function* () {
        for await (const piece of pieces) {
          size += piece.byteLength;
          if (size > maxBytes) throw tooLarge(key, maxBytes);
          yield piece;
        }
      };
      const staged = await blobs.stage(counted(), signal);
      try {
        this.#largestWritten = Math.max(this.#largestWritten, size);
        const id = (await this.#remote.locally(['hash-object', '-w', '--no-filters', staged], { signal })).trim();
        await blobs.keep(staged, id);
        return { id, size };
      } catch (error) {
        await rm(staged, { force: true });
        throw error;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      letGo();
    }
  }
}

function fail(error: Error): never {
  throw error;
}

function tooLarge(key: string, maxBytes: number): ObjectTooLarge {
  return new ObjectTooLarge(
    `The object "${key}" would pass ${maxBytes} bytes, the most that git hosts take in one blob; leave large files out, or use a bucket.`,
  );
}
