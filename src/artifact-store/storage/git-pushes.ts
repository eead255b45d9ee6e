import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../errors.ts';
import type { GitRemote } from './git-remote.ts';

/** A change of a ref waiting to be pushed. */
interface Update {
  ref: string;
  /** The blob to name; undefined to delete the ref. */
  id: string | undefined;
  /** Bytes of the blob. */
  size: number;
  settled: PromiseWithResolvers<'done' | 'exists'>;
}

interface PushParts {
  remote: GitRemote;
  /** The repository is on this machine, where nothing but git's settings makes pushes durable. */
  isLocal: boolean;
  /** All refs of the store as they are in the remote now. */
  listRefs(): Promise<ReadonlyMap<string, string>>;
  /** Called for each run of git. */
  onPush(kind: 'put' | 'delete'): void;
}

/** Updates in one run of git, since systems limit the length of a command line. */
export const MAX_UPDATES = 200;
/** Hosts refuse pushes of 2 GB, and time out on slow ones. */
const MAX_PUSHED_BYTES = 512 * 1024 * 1024;
/** By default git does not sync small objects and refs to disk. */
const DURABLE_RECEIVE = 'git -c core.fsync=all -c core.fsyncMethod=fsync -c receive.unpackLimit=1 receive-pack';
const PUSH_TRIES = 6;
const FIRST_PAUSE_MS = 100;

/** Runs one push at a time; updates that arrive meanwhile go together in the next one. */
export class GitPushes {
  readonly #parts: PushParts;
  #queue: Update[] = [];
  #isPushing = false;
  /** Callers that are about to add updates; the next push waits for them. */
  #awaited = 0;

  constructor(parts: PushParts) {
    this.#parts = parts;
  }

  /** Starts no push until the returned function is called. */
  holdBack(): () => void {
    this.#awaited++;
    return () => {
      this.#awaited--;
      this.#start();
    };
  }

  /** @returns `exists` when the ref already names another blob. */
  push(ref: string, id: string | undefined, size: number): Promise<'done' | 'exists'> {
    const update: Update = { ref, id, size, settled: Promise.withResolvers() };
    this.#queue.push(update);
    // Lets other callers add their updates first.
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

  /** Takes at most one update of each ref; further ones wait for the next push. */
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

  /** After a failure, the refs of the remote decide which updates were done, since git's output is not conclusive. */
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

  /** Settles waiting updates that would create a ref just created, or delete one just deleted. */
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
