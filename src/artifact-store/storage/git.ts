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

/** An object that only this machine has yet. */
interface Waiting {
  object: GitObject & { size: number };
  /** Undefined until it is being pushed. */
  pushed: Promise<unknown> | undefined;
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** More than that does not wait: a push that fails is made again from its start. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
/** One listing serves what is asked for at once. */
const LISTING_MS = 1000;

/**
 * Objects as blobs in a git repository, one under each ref below `refs/artifactstore/`, which no ordinary clone fetches. To
 * create a ref that must not exist is atomic on every git server.
 */
export class GitStorage implements StorageBackend {
  readonly backendId = 'git';
  readonly freedLater =
    'The refs of what was removed are gone; the host of the git repository frees their bytes when it collects its own garbage, in its own time.';
  /** Runs of git that go to the remote: pushes as `put` and `delete`, fetches as `get`, and listings. */
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
  /** By their keys. */
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
    // A name that is new to this process is new: it is random, or that of the bytes.
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

  /** Pushes what waits under these keys. */
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

  readAnew(): void {
    this.#remote.blobs.forget();
  }

  async health(): Promise<void> {
    await this.#refresh();
  }

  /** As it was listed last, and what was written since. */
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

  /** As the remote was when it was listed last; one that is not there is looked for again. */
  async #find(key: string): Promise<GitObject | undefined> {
    return this.#objects?.get(key) ?? (await this.#refresh()).get(key);
  }

  /** One listing for all who need any. */
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

  /** Makes a blob of the pieces; what is written at once goes to the remote at once. */
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
