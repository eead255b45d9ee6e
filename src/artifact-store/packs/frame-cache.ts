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

/** Decoded frames, those that were asked for last. */
export class FrameCache {
  readonly #parts: FrameSource;
  readonly #frames = new Map<string, { raw: Raw; bytes: number }>();
  readonly #evicted: Raw[] = [];
  #bytes = 0;
  #pending = 0;

  constructor(parts: FrameSource) {
    this.#parts = parts;
  }

  /** Frames on their way. */
  get pending(): number {
    return this.#pending;
  }

  /** The raw bytes of a frame, not to be changed; undefined when they are not what was stored. */
  get(packKey: string, frame: PlacedFrame): Raw {
    const key = keyOf(packKey, frame);
    const found = this.#frames.get(key);
    const { raw, bytes } = found ?? { raw: this.#decode(packKey, frame), bytes: frame.rawLength };
    // The last one is the one that was used last.
    this.#frames.delete(key);
    this.#frames.set(key, { raw, bytes });
    if (found === undefined) this.#bytes += bytes;
    for (const [oldest, { raw: old, bytes: freed }] of this.#frames) {
      if (this.#bytes <= MAX_CACHED_BYTES || oldest === key) break;
      this.#frames.delete(oldest);
      this.#evicted.push(old);
      this.#bytes -= freed;
    }
    return raw;
  }

  /** Tells that a frame is most likely not needed again. */
  evict(packKey: string, frame: PlacedFrame): void {
    const key = keyOf(packKey, frame);
    const found = this.#frames.get(key);
    if (found === undefined) return;
    this.#frames.delete(key);
    this.#evicted.push(found.raw);
    this.#bytes -= found.bytes;
  }

  /** Frees evicted frames. Call it when no reader can still hold their bytes. */
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
    // A thread would only look at the length of raw bytes.
    return codec === 'raw' && !sealing ? decompress(coded) : workers.run('decompress', coded, signal);
  }
}

function keyOf(packKey: string, { storedOffset }: PlacedFrame): string {
  return `${packKey} ${storedOffset}`;
}
