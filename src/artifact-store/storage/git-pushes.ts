import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../errors.ts';
import type { GitRemote } from './git-remote.ts';

/** A change of a ref that is to be pushed. */
interface Update {
  ref: string;
  /** The blob it is to name; undefined when it is to go. */
  id: string | undefined;
  /** Of the blob. */
  size: number;
  settled: PromiseWithResolvers<'done' | 'exists'>;
}

interface PushParts {
  remote: GitRemote;
  /** The repository is on this machine, where git itself decides when bytes reach the disk. */
  isLocal: boolean;
  /** All refs of the store, as the remote has them now. */
  listRefs(): Promise<ReadonlyMap<string, string>>;
  /** Told of each run of git. */
  onPush(kind: 'put' | 'delete'): void;
}

/** In one run of git: systems bound how long a command line is. */
export const MAX_UPDATES = 200;
/** Hosts refuse pushes of 2 GB, and give up on those that take too long. */
const MAX_PUSHED_BYTES = 512 * 1024 * 1024;
/** Git leaves it to the file system when small objects and refs reach the disk. */
const DURABLE_RECEIVE = 'git -c core.fsync=all -c core.fsyncMethod=fsync -c receive.unpackLimit=1 receive-pack';
const PUSH_TRIES = 6;
const FIRST_PAUSE_MS = 100;

/** Pushes one after the other; what comes meanwhile goes together with the next one. */
export class GitPushes {
  readonly #parts: PushParts;
  #queue: Update[] = [];
  #isPushing = false;
  /** Who is about to ask for more, to go with the rest. */
  #awaited = 0;

  constructor(parts: PushParts) {
    this.#parts = parts;
  }

  /** Lets nothing go before the returned function is called. */
  holdBack(): () => void {
    this.#awaited++;
    return () => {
      this.#awaited--;
      this.#start();
    };
  }

  /** @returns `exists` when the ref names something else. */
  push(ref: string, id: string | undefined, size: number): Promise<'done' | 'exists'> {
    const update: Update = { ref, id, size, settled: Promise.withResolvers() };
    this.#queue.push(update);
    // Who else has something to push does so first.
    setImmediate(() => this.#start());
    return update.settled.promise;
  }

  #start(): void {
    if (this.#isPushing || this.#queue.length === 0 || this.#awaited > 0) return;
    this.#isPushing = true;
    const updates = this.#take();
    this.#pushAll(updates)
      .catch((error: unknown) => {
        for (const { settled } of updates) settled.reject(error);
      })
      .finally(() => {
        this.#isPushing = false;
        this.#start();
      });
  }

  /** Of several updates of one ref, all but the first wait for the next push. */
  #take(): Update[] {
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
      const refs = await this.#parts.listRefs();
      left = left.filter(({ ref, id, settled }) => {
        const found = refs.get(ref);
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
    this.#parts.onPush(updates.every(({ id }) => id === undefined) ? 'delete' : 'put');
    await this.#parts.remote.once('store objects', (remote) => [
      'push',
      '--quiet',
      '--no-verify',
      ...(this.#parts.isLocal ? [`--receive-pack=${DURABLE_RECEIVE}`] : []),
      ...updates.flatMap(({ ref, id }) => (id === undefined ? [] : [`--force-with-lease=${ref}:`])),
      remote,
      ...updates.map(({ ref, id = '' }) => `${id}:${ref}`),
    ]);
  }
}
