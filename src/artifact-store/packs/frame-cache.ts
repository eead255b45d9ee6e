import { LRUCache } from 'lru-cache';
import type { Abortable } from '../abort.ts';
import { release } from '../encoding/release.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decompress } from './codec.ts';
import type { PlacedFrame } from './format.ts';
import type { WorkerPool } from './worker-pool.ts';

interface FrameSource extends Abortable {
  storage: StorageBackend;
  workers: WorkerPool;
}

/** Raw bytes of decoded frames; bounds memory. */
const MAX_CACHED_BYTES = 24 * 1024 * 1024;

type Raw = Promise<Uint8Array | undefined>;

/** Decoded frames, the most recently used. */
export class FrameCache {
  readonly #parts: FrameSource;
  readonly #evicted: Raw[] = [];
  readonly #frames = new LRUCache<string, Raw>({
    maxSize: MAX_CACHED_BYTES,
    dispose: (raw) => this.#evicted.push(raw),
  });
  #pending = 0;

  constructor(parts: FrameSource) {
    this.#parts = parts;
  }

  /** Frames being decoded. */
  get pending(): number {
    return this.#pending;
  }

  /** The raw bytes of a frame, which must not be changed; undefined when it is damaged. */
  get(packKey: string, frame: PlacedFrame): Raw {
    const key = keyOf(packKey, frame);
    const found = this.#frames.get(key);
    if (found) return found;
    const raw = this.#decode(packKey, frame);
    this.#frames.set(key, raw, { size: frame.rawLength });
    return raw;
  }

  /** Hints that a frame is probably not needed again. */
  evict(packKey: string, frame: PlacedFrame): void {
    this.#frames.delete(keyOf(packKey, frame));
  }

  /** Frees evicted frames. Call it when no reader can still use their bytes. */
  releaseEvicted(): void {
    for (const raw of this.#evicted.splice(0)) {
      raw.then(
        (bytes) => bytes && release(bytes),
        () => undefined,
      );
    }
  }

  #decode(packKey: string, frame: PlacedFrame): Raw {
    this.#pending++;
    const raw = this.#read(packKey, frame).finally(() => this.#pending--);
    raw.catch(() => undefined);
    return raw;
  }

  async #read(packKey: string, { codec, rawLength, storedOffset, storedLength, sealing }: PlacedFrame): Raw {
    const { storage, workers, signal } = this.#parts;
    const stored = await storage.get(packKey, { offset: storedOffset, length: storedLength }, signal);
    const coded = { codec, rawLength, stored, sealing };
    // Raw bytes need no thread, since only their length is checked.
    return codec === 'raw' && !sealing ? decompress(coded) : workers.run('decompress', coded, signal);
  }
}

function keyOf(packKey: string, { storedOffset }: PlacedFrame): string {
  return `${packKey} ${storedOffset}`;
}
