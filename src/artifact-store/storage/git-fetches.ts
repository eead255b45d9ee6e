import { isArchiveError } from '../errors.ts';
import { MAX_UPDATES } from './git-pushes.ts';
import type { GitObject } from './git-refs.ts';
import type { GitRemote } from './git-remote.ts';
import type { GitSettings } from './git-settings.ts';
import { missing } from './object-faults.ts';

/** An object waiting to be fetched. */
interface Wanted {
  object: GitObject;
  fetched: PromiseWithResolvers<GitObject>;
}

interface FetchParts extends Pick<GitSettings, 'fetchOption'> {
  remote: GitRemote;
  /** All objects of the store as they are in the remote now. */
  listObjects(): Promise<ReadonlyMap<string, GitObject>>;
  /** Called for each run of git. */
  onFetch(): void;
}

const MAX_FETCHED_BYTES = 64 * 1024 * 1024;

/** Fetches objects requested at about the same time in one run of git. */
export class GitFetches {
  readonly #parts: FetchParts;
  readonly #wanted = new Map<string, Wanted>();
  #isFetching = false;

  constructor(parts: FetchParts) {
    this.#parts = parts;
  }

  /** Fetches the blob to this machine. @returns the object as it is in the remote by then. */
  fetch(key: string, object: GitObject): Promise<GitObject> {
    const wanted = this.#wanted.get(key) ?? { object, fetched: Promise.withResolvers<GitObject>() };
    this.#wanted.set(key, wanted);
    setImmediate(() => this.#start());
    return wanted.fetched.promise;
  }

  #start(): void {
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
          for (const [, { object, fetched }] of batch) fetched.resolve(object);
        },
        (error: unknown) => this.#settleFailed(batch, error),
      )
      .finally(() => {
        this.#isFetching = false;
        this.#start();
      });
  }

  /** One of the objects may have been removed, stored again or damaged; then fetches each one separately. */
  async #settleFailed(batch: readonly [string, Wanted][], error: unknown): Promise<void> {
    const objects = await this.#parts.listObjects().catch(() => undefined);
    const current = batch.map(([key, { object }]) => (objects === undefined ? object : objects.get(key)));
    const hasChanged = batch.some(([, { object }], i) => current[i]?.refs[0] !== object.refs[0]);
    const isDueToSome = hasChanged || (batch.length > 1 && isArchiveError(error, 'INTEGRITY'));
    for (const [i, [key, { fetched }]] of batch.entries()) {
      const object = current[i];
      if (object === undefined) fetched.reject(missing(key, error));
      else if (!isDueToSome) fetched.reject(error);
      else await this.#fetchAll([object]).then(() => fetched.resolve(object), fetched.reject);
    }
  }

  async #fetchAll(objects: readonly GitObject[]): Promise<void> {
    const { remote, fetchOption, onFetch } = this.#parts;
    onFetch();
    await remote.reading('read objects', (url) => [
      'fetch',
      '--quiet',
      '--no-tags',
      fetchOption,
      '--no-recurse-submodules',
      '--no-prune',
      '--no-prune-tags',
      url,
      ...objects.flatMap(({ refs }) => refs.slice(0, 1)),
    ]);
    const input = objects.map(({ id }) => `${id}\n`).join('');
    await remote.locally(['cat-file', '--batch'], { input, onOutput: (output) => remote.blobs.takeBatch(output) });
  }
}
