import type { Abortable } from '../abort.ts';
import { release } from '../encoding/release.ts';
import type { Digests } from '../identity/digest.ts';
import { PairedHash } from '../identity/hasher.ts';
import type { PinnedTasks, WorkerPool } from './worker-pool.ts';

/** Digests of a content whose pieces arrive one after the other. */
export interface PieceHasher {
  /** @returns the piece, maybe in other memory. It must not be used before. */
  update(piece: Uint8Array): Promise<Uint8Array>;
  digest(): Promise<Digests>;
  /** Call it at the end, also after an error. */
  end(): Promise<void>;
}

/** Shorter contents are hashed before a thread has started. */
const MIN_BYTES_FOR_THREAD = 32 * 1024 * 1024;

/** Hashes a long content on another thread: on this one, hashing would take half of the time of reading it. */
export function pieceHasher({ workers, signal }: { workers: WorkerPool } & Abortable, bytes: number): PieceHasher {
  return bytes < MIN_BYTES_FOR_THREAD ? hasherHere() : new ThreadHasher(workers.pin(), signal);
}

function hasherHere(): PieceHasher {
  const hash = new PairedHash();
  return {
    update: async (piece) => {
      hash.update(piece);
      return piece;
    },
    digest: async () => hash.digest(),
    end: async () => undefined,
  };
}

let lastHash = 0;

class ThreadHasher implements PieceHasher {
  readonly #hash = ++lastHash;
  readonly #tasks: PinnedTasks;
  readonly #signal: AbortSignal | undefined;
  #isOpen = true;

  constructor(tasks: PinnedTasks, signal: AbortSignal | undefined) {
    this.#tasks = tasks;
    this.#signal = signal;
  }

  update(piece: Uint8Array): Promise<Uint8Array> {
    return this.#tasks.run('hashPiece', { hash: this.#hash, piece: inOwnMemory(piece) }, this.#signal);
  }

  digest(): Promise<Digests> {
    this.#isOpen = false;
    return this.#tasks.run('endHash', { hash: this.#hash });
  }

  async end(): Promise<void> {
    if (this.#isOpen) await this.digest().catch(() => undefined);
    this.#tasks.unpin();
  }
}

/** A message would copy all of the buffer behind a view. */
function inOwnMemory(piece: Uint8Array): Uint8Array {
  if (piece.byteLength === piece.buffer.byteLength) return piece;
  const own = Uint8Array.prototype.slice.call(piece);
  release(piece);
  return own;
}
