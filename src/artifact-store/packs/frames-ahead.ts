import type { ContentLocation, PackLocation } from './content-index.ts';
import type { PlacedFrame } from './format.ts';
import type { FrameCache } from './frame-cache.ts';

/** A chunk with the frames that contain it. */
export interface PlacedChunk {
  offset: number;
  location: ContentLocation;
  frames: readonly PlacedFrame[];
  pack: PackLocation;
}

/** Enough that a reader that hashes never waits. */
const FRAMES_AHEAD = 4;

/** Decodes frames ahead of the chunks that need them. */
export class FramesAhead {
  readonly #cache: FrameCache;
  readonly #maxPending: number;
  /** Frames of chunks not read yet, each with the first chunk that needs it. */
  readonly #frames: { key: string; frame: PlacedFrame; offset: number }[] = [];
  #last: PlacedFrame | undefined;
  /** How many of them were requested. */
  #asked = 0;
  /** The frame read to its end. */
  #ended: { key: string; frame: PlacedFrame } | undefined;

  constructor(cache: FrameCache, maxPending: number) {
    this.#cache = cache;
    this.#maxPending = maxPending;
  }

  add(chunks: readonly PlacedChunk[]): void {
    for (const { offset, pack, frames } of chunks) {
      for (const frame of frames) {
        if (frame !== this.#last) this.#frames.push({ key: pack.key, frame, offset });
        this.#last = frame;
      }
    }
  }

  /** Called before each chunk is read. */
  askFrom({ offset, frames }: PlacedChunk): void {
    if (this.#ended && frames[0] !== this.#ended.frame) {
      this.#cache.evict(this.#ended.key, this.#ended.frame);
      this.#ended = undefined;
    }
    while (this.#frames.length > 0 && this.#frames[0]!.offset < offset) {
      this.#frames.shift();
      this.#asked = Math.max(0, this.#asked - 1);
    }
    const end = Math.min(this.#frames.length, FRAMES_AHEAD);
    for (; this.#asked < end && this.#cache.pending <= this.#maxPending; this.#asked++) {
      const { key, frame } = this.#frames[this.#asked]!;
      void this.#cache.get(key, frame);
    }
  }

  /** Chunks mostly follow each other in the frame as in the content; a chunk of zeros follows itself. */
  wasRead({ location, pack, frames }: PlacedChunk): void {
    const frame = frames.at(-1);
    if (frame === undefined) return;
    const isEnd = location.rawOffset + location.length === frame.rawOffset + frame.rawLength;
    if (isEnd) this.#ended = { key: pack.key, frame };
  }
}
