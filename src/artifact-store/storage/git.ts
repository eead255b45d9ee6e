import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { newMark } from '../files/process-mark.ts';
import { removeAbandoned } from '../files/staged-names.ts';
import {
  type ByteRange,
  type HostedSize,
  ObjectTooLarge,
  type RequestCounts,
  type StorageBackend,
  type StoredObject,
} from './backend.ts';
import { GitBlobs } from './git-blobs.ts';
import { explainGitFailure } from './git-errors.ts';
import { type GitRun, runGit } from './git-program.ts';
import { createdRef, type GitObject, objectsOf, parseRefs, putRef, refBase } from './git-refs.ts';
import type { GitSettings } from './git-settings.ts';
import { MAX_BLOB_BYTES, sizeWarnings } from './git-sizes.ts';
import { requireKey } from './keys.ts';
import { missing, otherBytes, requireSize, tooShort } from './object-faults.ts';

/** A change of a ref that is to be pushed. */
interface Update {
  ref: string;
  /** The blob it is to name; undefined when it is to go. */
  id: string | undefined;
  /** Of the blob. */
  size: number;
  settled: PromiseWithResolvers<'done' | 'exists'>;
}

/** An object that is to be fetched. */
interface Wanted {
  object: GitObject;
  fetched: PromiseWithResolvers<void>;
}

/** In one run of git: systems bound how long a command line is. */
const MAX_UPDATES = 200;
const MAX_FETCHED_BYTES = 64 * 1024 * 1024;
/** Hosts refuse pushes of 2 GB, and give up on those that take too long. */
const MAX_PUSHED_BYTES = 512 * 1024 * 1024;
/** One listing serves what is asked for at once. */
const FRESH_MS = 1000;
/** Git leaves it to the file system when small objects and refs reach the disk. */
const DURABLE_RECEIVE = 'git -c core.fsync=all -c core.fsyncMethod=fsync -c receive.unpackLimit=1 receive-pack';
const PUSH_TRIES = 6;
const READ_TRIES = 4;
const FIRST_PAUSE_MS = 100;

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
  readonly #blobs: GitBlobs;
  /** A repository for as long as this process needs git's own objects. */
  readonly #scratch: string;
  #ready: Promise<void> | undefined;
  #objects: Map<string, GitObject> | undefined;
  /** What the remote's refs named when it was listed last. */
  #refs: ReadonlyMap<string, string> = new Map();
  #listing: Promise<Map<string, GitObject>> | undefined;
  #refreshedAt = 0;
  #largestWritten = 0;
  /** Objects that are being written: they go with the next push. */
  #writing = 0;
  #queue: Update[] = [];
  #isPushing = false;
  readonly #wanted = new Map<string, Wanted>();
  #isFetching = false;

  constructor(settings: GitSettings) {
    this.#settings = settings;
    this.#base = refBase(settings.prefix);
    const name = createHash('sha256').update(settings.url).digest('hex').slice(0, 32);
    const directory = join(settings.cacheDirectory, 'git', name);
    this.#blobs = new GitBlobs(join(directory, 'blobs'));
    this.#scratch = join(directory, `scratch-${newMark()}`);
  }

  async put(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void> {
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
    const ref = putRef(this.#base, key, size, storedAt);
    await this.#push(ref, id, size);
    this.#objects?.set(key, { refs: [ref], id, size, storedAt });
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    requireKey(key);
    const { id, size } = await this.#write(key, [bytes]);
    const ref = createdRef(this.#base, key);
    if ((await this.#push(ref, id, size)) === 'exists') return 'exists';
    this.#objects?.set(key, { refs: [ref], id, size: undefined, storedAt: undefined });
    return 'created';
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    requireKey(key);
    const object = (await this.#find(key)) ?? fail(missing(key));
    if (!(await this.#blobs.has(object.id))) await this.#fetch(key, object);
    const size = (await this.#blobs.sizeOf(object.id)) ?? fail(missing(key));
    if (range === undefined) requireSize(key, size);
    return (await this.#blobs.read(object.id, range)) ?? fail(tooShort(key));
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
    await Promise.all(object.refs.map((ref) => this.#push(ref, undefined, 0)));
    this.#objects?.delete(key);
  }

  async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
    const isFresh = this.#objects !== undefined && performance.now() - this.#refreshedAt < FRESH_MS;
    for (const [key, object] of [...(isFresh ? this.#objects! : await this.#refresh())]) {
      if (key.startsWith(prefix) && key > after) yield await this.#toStored(key, object);
    }
  }

  readAnew(): void {
    this.#blobs.forget();
  }

  async health(): Promise<void> {
    await this.#refresh();
  }

  /** As it was listed last, and what was written since. */
  async hosted(): Promise<HostedSize> {
    const objects = [...(this.#objects ?? (await this.#firstListing())).values()];
    const bytes = objects.reduce((sum, { size = 0 }) => sum + size, 0);
    return { objects: objects.length, bytes, warnings: sizeWarnings(bytes, this.#largestWritten) };
  }

  close(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  async #toStored(key: string, { id, size, storedAt }: GitObject): Promise<StoredObject> {
    return { key, size: size ?? (await this.#blobs.sizeOf(id)) ?? 0, modifiedAt: storedAt ?? new Date(0) };
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
    this.requests.list++;
    const printed = await this.#reading('list objects', (remote) => ['ls-remote', remote, `${this.#base}*`]);
    this.#refs = parseRefs(this.#base, printed);
    this.#objects = objectsOf(this.#base, this.#refs);
    this.#refreshedAt = performance.now();
    return this.#objects;
  }

  /** Makes a blob of the pieces; what is written at once goes to the remote at once. */
  async #write(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<{ id: string; size: number }> {
    signal?.throwIfAborted();
    this.#writing++;
    try {
      await this.#prepare();
      let size = 0;
      const { maxBlobBytes: maxBytes = MAX_BLOB_BYTES } = this.#settings;
      const counted = async function* () {
        for await (const piece of pieces) {
          size += piece.byteLength;
          if (size > maxBytes) throw tooLarge(key, maxBytes);
          yield piece;
        }
      };
      const staged = await this.#blobs.stage(counted(), signal);
      try {
        this.#largestWritten = Math.max(this.#largestWritten, size);
        const id = (await this.#locally(['hash-object', '-w', '--no-filters', staged], { signal })).trim();
        await this.#blobs.keep(staged, id);
        return { id, size };
      } catch (error) {
        await rm(staged, { force: true });
        throw error;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      this.#writing--;
      this.#startPushing();
    }
  }

  #push(ref: string, id: string | undefined, size: number): Promise<'done' | 'exists'> {
    const update: Update = { ref, id, size, settled: Promise.withResolvers() };
    this.#queue.push(update);
    // Who else has something to push does so first.
    setImmediate(() => this.#startPushing());
    return update.settled.promise;
  }

  #startPushing(): void {
    if (this.#isPushing || this.#queue.length === 0 || this.#writing > 0) return;
    this.#isPushing = true;
    const updates = this.#takeUpdates();
    this.#pushAll(updates)
      .catch((error: unknown) => {
        for (const { settled } of updates) settled.reject(error);
      })
      .finally(() => {
        this.#isPushing = false;
        this.#startPushing();
      });
  }

  /** Of several updates of one ref, all but the first wait for the next push. */
  #takeUpdates(): Update[] {
    const taken = new Map<string, Update>();
    let bytes = 0;
    this.#queue = this.#queue.filter((update) => {
      if (taken.has(update.ref) || taken.size === MAX_UPDATES) return true;
      if (taken.size > 0 && bytes + update.size > MAX_PUSHED_BYTES) return true;
      taken.set(update.ref, update);
      bytes += update.size;
      return false;
    });
    return [...taken.values()];
  }

  /** Whatever git says or does not say: the refs of the remote tell what became of an update. */
  async #pushAll(updates: readonly Update[]): Promise<void> {
    let left = [...updates];
    for (let tries = 1, pause = FIRST_PAUSE_MS; left.length > 0; tries++, pause *= 2) {
      let failure: unknown;
      try {
        await this.#pushOnce(left);
        for (const { settled } of left) settled.resolve('done');
        this.#settleLike(left);
        return;
      } catch (error) {
        failure = error;
      }
      await this.#refresh();
      left = left.filter(({ ref, id, settled }) => {
        const found = this.#refs.get(ref);
        if (found === id) settled.resolve('done');
        else if (found !== undefined && id !== undefined) settled.resolve('exists');
        else return true;
        return false;
      });
      if (left.length === 0) return;
      const isFinal = failure instanceof ArchiveError && failure.code !== 'STORE_UNAVAILABLE';
      if (isFinal || tries === PUSH_TRIES) throw failure;
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /** What waits to create a ref that was just created, or to remove one that was just removed, needs no push. */
  #settleLike(done: readonly Update[]): void {
    const ids = new Map(done.map(({ ref, id }) => [ref, id]));
    this.#queue = this.#queue.filter(({ ref, id, settled }) => {
      if (!ids.has(ref) || (ids.get(ref) === undefined) !== (id === undefined)) return true;
      settled.resolve(ids.get(ref) === id ? 'done' : 'exists');
      return false;
    });
  }

  async #pushOnce(updates: readonly Update[]): Promise<void> {
    const isDeletion = updates.every(({ id }) => id === undefined);
    this.requests[isDeletion ? 'delete' : 'put']++;
    await this.#remotely('store objects', (remote) => [
      'push',
      '--quiet',
      '--no-verify',
      ...(this.#settings.isLocal ? [`--receive-pack=${DURABLE_RECEIVE}`] : []),
      ...updates.flatMap(({ ref, id }) => (id === undefined ? [] : [`--force-with-lease=${ref}:`])),
      remote,
      ...updates.map(({ ref, id = '' }) => `${id}:${ref}`),
    ]);
  }

  /** Objects that are asked for at once are fetched at once. */
  #fetch(key: string, object: GitObject): Promise<void> {
    const wanted = this.#wanted.get(key) ?? { object, fetched: Promise.withResolvers<void>() };
    this.#wanted.set(key, wanted);
    setImmediate(() => this.#startFetching());
    return wanted.fetched.promise;
  }

  #startFetching(): void {
    if (this.#isFetching || this.#wanted.size === 0) return;
    this.#isFetching = true;
    const batch: [string, Wanted][] = [];
    let bytes = 0;
    for (const entry of this.#wanted) {
      bytes += entry[1].object.size ?? 0;
      if (batch.length > 0 && (bytes > MAX_FETCHED_BYTES || batch.length === MAX_UPDATES)) break;
      batch.push(entry);
      this.#wanted.delete(entry[0]);
    }
    this.#fetchAll(batch.map(([, { object }]) => object))
      .then(
        () => {
          for (const [, { fetched }] of batch) fetched.resolve();
        },
        (error: unknown) => this.#settleFailed(batch, error),
      )
      .finally(() => {
        this.#isFetching = false;
        this.#startFetching();
      });
  }

  /** One of them may have been removed meanwhile, or be damaged. */
  async #settleFailed(batch: readonly [string, Wanted][], error: unknown): Promise<void> {
    const objects = await this.#refresh().catch(() => undefined);
    for (const [key, { object, fetched }] of batch) {
      if (objects && !objects.has(key)) fetched.reject(missing(key, error));
      else if (batch.length === 1 || !isArchiveError(error, 'INTEGRITY')) fetched.reject(error);
      else await this.#fetchAll([object]).then(fetched.resolve, fetched.reject);
    }
  }

  async #fetchAll(objects: readonly GitObject[]): Promise<void> {
    this.requests.get++;
    await this.#reading('read objects', (remote) => [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-prune',
      '--no-prune-tags',
      remote,
      ...objects.flatMap(({ refs }) => refs.slice(0, 1)),
    ]);
    const input = objects.map(({ id }) => `${id}\n`).join('');
    await this.#locally(['cat-file', '--batch'], { input, onOutput: (output) => this.#blobs.takeBatch(output) });
  }

  #prepare(): Promise<void> {
    this.#ready ??= this.#makeScratch();
    return this.#ready;
  }

  async #makeScratch(): Promise<void> {
    const parent = join(this.#scratch, '..');
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent, (name) => (name.startsWith('scratch-') ? name.slice('scratch-'.length) : undefined));
    await this.#blobs.trim();
    await runGit(['init', '--quiet', '--bare', '--template=', this.#scratch]);
    const { repository } = this.#settings;
    if (repository === undefined) return;
    // The commits that git compares with the remote's, and what a mirror has of the store.
    const file = join(this.#scratch, 'objects', 'info', 'alternates');
    await writeFile(file, `${join(repository.commonDir, 'objects')}\n`);
  }

  /** Among the objects of this process. */
  #locally(args: readonly string[], run: GitRun = {}): Promise<string> {
    return runGit(args, { ...run, env: { GIT_DIR: this.#scratch } });
  }

  /** Reads from the remote, again where the network may be at fault. */
  async #reading(action: string, args: (remote: string) => string[]): Promise<string> {
    for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries++, pause *= 2) {
      try {
        return await this.#remotely(action, args);
      } catch (error) {
        if (!isArchiveError(error, 'STORE_UNAVAILABLE') || tries === READ_TRIES) throw error;
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /** With the configuration and the credentials of the repository whose remote it is. Nothing in there is changed. */
  async #remotely(action: string, args: (remote: string) => string[]): Promise<string> {
    await this.#prepare();
    const { remote, url, repository } = this.#settings;
    try {
      return await runGit(args(url), {
        env: {
          GIT_DIR: repository?.gitDir ?? this.#scratch,
          GIT_OBJECT_DIRECTORY: join(this.#scratch, 'objects'),
        },
      });
    } catch (error) {
      throw explainGitFailure(error, action, remote);
    }
  }
}

function fail(error: Error): never {
  throw error;
}

function tooLarge(key: string, maxBytes: number): ObjectTooLarge {
  return new ObjectTooLarge(
    `The object "${key}" would have more than the ${maxBytes} bytes that git hosts take in one blob; leave the large file out, or use a bucket.`,
  );
}
