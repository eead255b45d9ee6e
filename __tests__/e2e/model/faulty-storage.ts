import { ArchiveError } from '../../../src/artifact-store/errors.ts';
import type { ByteRange, RequestCounts, StorageBackend } from '../../../src/artifact-store/storage/backend.ts';

/** The answer of a storage to a killed client. */
export const CRASH: Error = new Error('crashed');

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A call to the storage takes two steps: before the second one, anything may happen. */
export type Disturbance =
  /** The client is killed after this many steps. */
  | { kind: 'crash'; after: number }
  /** The client does not learn the result of the call in progress after this many steps. */
  | { kind: 'lost'; after: number };

/** The clock of a machine. */
export interface Clock {
  /** Milliseconds; negative when it is behind. */
  aheadMs: number;
}

/** The time of the storage, which dates its objects. */
export interface StorageTime {
  written: Map<string, number>;
  now: () => number;
  /** The clock of the calling machine. */
  clock: Clock;
}

/** Files with the injected time, as one client sees them. */
export class FaultyStorage implements StorageBackend {
  readonly backendId = 'local';
  /** Like a storage whose requests cost money, so that checkpoints of the log are made. */
  readonly requests: RequestCounts = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
  readonly #files: StorageBackend;
  readonly #time: StorageTime;
  #disturbance: Disturbance | undefined;
  #steps = 0;

  constructor(files: StorageBackend, time: StorageTime) {
    this.#files = files;
    this.#time = time;
  }

  disturb(disturbance: Disturbance): void {
    this.#disturbance = disturbance;
    this.#steps = 0;
  }

  calm(): void {
    this.#disturbance = undefined;
  }

  put(key: string, pieces: Pieces): Promise<void> {
    return this.#run(() => this.#dated(key, () => this.#files.put(key, pieces)));
  }

  /** Only for this machine, so nothing disturbs it. */
  putLater(key: string, pieces: Pieces): Promise<void> {
    if (this.#files.putLater === undefined) return this.put(key, pieces);
    return this.#dated(key, () => this.#files.putLater!(key, pieces));
  }

  async flush(): Promise<void> {
    if (this.#files.flush !== undefined) await this.#run(() => this.#files.flush!());
  }

  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return this.#run(async () => {
      const created = await this.#files.create(key, bytes);
      if (created === 'created') this.#time.written.set(key, this.#time.now());
      return created;
    });
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#run(() => this.#files.get(key, range));
  }

  async head(key: string): ReturnType<StorageBackend['head']> {
    const found = await this.#run(() => this.#files.head(key));
    // The clock of this machine is that of the client.
    return found && { ...found, modifiedAt: new Date(Date.now() - this.#time.clock.aheadMs) };
  }

  delete(key: string): Promise<void> {
    return this.#run(() => this.#files.delete(key));
  }

  async *list(prefix: string, after?: string): ReturnType<StorageBackend['list']> {
    this.#step();
    for await (const object of this.#files.list(prefix, after)) {
      yield { ...object, modifiedAt: new Date(this.#time.written.get(object.key)!) };
      this.#step();
    }
  }

  async health(): Promise<void> {}

  bypassCache(): void {
    this.#files.bypassCache?.();
  }

  close(): void {
    this.#files.close?.();
  }

  async #dated(key: string, put: () => Promise<void>): Promise<void> {
    const existing = await this.#files.head(key);
    await put();
    if (!existing) this.#time.written.set(key, this.#time.now());
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    this.#step();
    const result = await action();
    this.#step();
    return result;
  }

  #step(): void {
    if (this.#disturbance === undefined || this.#steps++ < this.#disturbance.after) return;
    if (this.#disturbance.kind === 'crash') throw CRASH;
    this.#disturbance = undefined;
    throw new ArchiveError('STORE_UNAVAILABLE', 'The answer was lost; try again.');
  }
}
