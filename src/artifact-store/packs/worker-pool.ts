import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { costs, type Task, type Tasks, tasks } from './tasks.ts';

export interface TaskRequest {
  id: number;
  name: keyof Tasks;
  argument: unknown;
  /** Shared memory, set to 1 when the task must stop. */
  stop: Int32Array | undefined;
}

export interface TaskReply {
  id: number;
  result?: unknown;
  isStopped?: boolean;
  /** Sent separately, since an error loses its `code` between threads. */
  error?: { message: string; stack: string | undefined; code: string | undefined };
}

/** More threads would only wait for the disk and use memory. */
const MAX_WORKERS = 8;

/** Tasks leave mainly large buffers outside of the heap; a small nursery frees them sooner. */
const YOUNG_GENERATION_MB = 2;

/** Nothing else can run meanwhile that would ask for it. */
const neverStop = (): void => undefined;

interface Waiting {
  signal: AbortSignal | undefined;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

interface Thread {
  worker: Worker;
  waiting: Map<number, Waiting>;
  /** How many {@link PinnedTasks} it has. */
  pins: number;
}

/** Tasks that continue each other's work, so that all of them need the same thread. */
export interface PinnedTasks {
  run: WorkerPool['run'];
  /** Call it at the end. */
  unpin(): void;
}

/** Cheaper work is done at once, since starting a thread takes 75 ms of CPU. */
const COST_WITHOUT_THREADS = 1024 * 1024;

/** Threads that run {@link Tasks}, started when there is enough work. */
export class WorkerPool {
  readonly size: number = Math.min(availableParallelism(), MAX_WORKERS);
  readonly #threads: Thread[] = [];
  #costLeft = COST_WITHOUT_THREADS;
  #nextId = 0;

  /**
   * Runs a task: the first small ones here, others on the least busy thread. Transfers large buffers among the argument's fields; the caller must not use them
   * afterwards.
   *
   * @throws the reason of the signal when it is aborted, and not before the task has ended on its thread.
   */
  async run<N extends keyof Tasks>(
    name: N,
    argument: Parameters<Tasks[N]>[0],
    signal?: AbortSignal,
  ): Promise<ReturnType<Tasks[N]>> {
    signal?.throwIfAborted();
    if (this.#threads.length === 0) {
      this.#costLeft -= (costs[name] as (argument: unknown) => number)(argument);
      if (this.#costLeft >= 0) return (tasks[name] as Task)(argument, neverStop) as ReturnType<Tasks[N]>;
    }
    return this.#send(this.#leastBusy(), name, argument, signal);
  }

  /** Starts the threads for work that will come, if it is enough, while this thread prepares it. */
  expect(cost: number): void {
    if (cost > this.#costLeft) while (this.#threads.length < this.size) this.#start();
  }

  /** Chooses the thread with the fewest of them. */
  pin(): PinnedTasks {
    const isFull = this.#threads.length === this.size;
    const least = this.#threads.reduce<Thread | undefined>((a, b) => (a && a.pins <= b.pins ? a : b), undefined);
    const thread = least && (isFull || least.pins === 0) ? least : this.#start();
    thread.pins++;
    return {
      run: async (name, argument, signal) => {
        signal?.throwIfAborted();
        if (!this.#threads.includes(thread)) throw closed();
        return this.#send(thread, name, argument, signal);
      },
      unpin: () => thread.pins--,
    };
  }

  #send<N extends keyof Tasks>(
    thread: Thread,
    name: N,
    argument: Parameters<Tasks[N]>[0],
    signal: AbortSignal | undefined,
  ): Promise<ReturnType<Tasks[N]>> {
    const id = this.#nextId++;
    const request: TaskRequest = { id, name, argument, stop: signal && stopFlagOf(signal) };
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { signal, resolve, reject });
      if (thread.waiting.size === 1) thread.worker.ref();
      thread.worker.postMessage(request, movedBuffers(argument));
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread {
    const idle = this.#threads.find((thread) => thread.waiting.size === 0);
    if (idle) return idle;
    if (this.#threads.length < this.size) return this.#start();
    return this.#threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  }

  #start(): Thread {
    // Run from source, the worker is TypeScript too.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      // Flags of the program, such as --input-type for --eval, do not apply to a file.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // It keeps the process alive only while it has tasks.
    worker.unref();
    const thread: Thread = { worker, waiting: new Map(), pins: 0 };
    worker.on('message', ({ id, result, isStopped, error }: TaskReply) => {
      const waiting = thread.waiting.get(id)!;
      thread.waiting.delete(id);
      if (thread.waiting.size === 0) worker.unref();
      if (isStopped) waiting.reject(waiting.signal!.reason);
      else if (error === undefined) waiting.resolve(result as never);
      else waiting.reject(Object.assign(new Error(error.message), error));
    });
    worker.on('error', (error) => {
      this.#threads.splice(this.#threads.indexOf(thread), 1);
      for (const { reject } of thread.waiting.values()) reject(explain(error));
    });
    worker.on('exit', () => {
      for (const { reject } of thread.waiting.values()) reject(closed());
    });
    this.#threads.push(thread);
    return thread;
  }
}

function closed(): ArchiveError {
  return new ArchiveError('STATE_CONFLICT', 'The store was closed while it was used; open it again.');
}

const stopFlags = new WeakMap<AbortSignal, Int32Array>();

/** One per signal, so that all its tasks share one listener. */
function stopFlagOf(signal: AbortSignal): Int32Array {
  let flag = stopFlags.get(signal);
  if (flag === undefined) {
    const shared = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    signal.addEventListener('abort', () => Atomics.store(shared, 0, 1), { once: true });
    stopFlags.set(signal, shared);
    flag = shared;
  }
  return flag;
}

function explain(error: unknown): unknown {
  if (systemErrorCode(error) !== 'ERR_WORKER_INIT_FAILED') return error;
  const sentence = `A thread could not be started (${(error as Error).message})`;
  return new ArchiveError('STORE_UNAVAILABLE', `${sentence}; raise the limit of open files (ulimit -n).`, error);
}

/** Smaller buffers are as cheap to copy, and may be shared with the caller or owned by an addon. */
const MIN_MOVED_BYTES = 4096;

/** The large buffers in a message or its fields. They are transferred to the other thread and detached in this one. */
export function movedBuffers(message: unknown): ArrayBuffer[] {
  if (typeof message !== 'object' || message === null) return [];
  const values = message instanceof Uint8Array ? [message] : Object.values(message);
  return values
    .filter((value) => value instanceof Uint8Array)
    .filter((view) => view.byteLength >= MIN_MOVED_BYTES && view.byteLength === view.buffer.byteLength)
    .map((view) => view.buffer as ArrayBuffer);
}
