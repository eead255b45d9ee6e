import type { Abortable } from '../abort.ts';
import { blake3 } from '../identity/hasher.ts';
import { mapAhead } from '../map-ahead.ts';
import { CHUNK_SIZES, Chunker } from './chunker.ts';
import { FRAME_RAW_BYTES, type PackedContent } from './format.ts';
import type { CodedFrame } from './pack-writer.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Concatenated chunks in a buffer that is transferred. */
export interface RawGroup {
  raw: Uint8Array<ArrayBuffer>;
  chunks: PackedContent[];
}

/**
 * Cuts a content that arrives in pieces into chunks.
 * @param choose receives all chunks in batches, and returns those to store.
 * @param gear the chunker's table, for an encrypted store.
 * @returns the chosen chunks, in groups that fill a frame; the last group may be smaller.
 */
export async function* cutStream(
  pieces: AsyncIterable<Uint8Array>,
  choose: (chunks: readonly PackedContent[]) => Promise<ReadonlySet<PackedContent>>,
  gear: Int32Array | undefined,
): AsyncGenerator<RawGroup> {
  const chunker = new Chunker(CHUNK_SIZES, gear);
  const open = new OpenGroup(choose);
  for await (const piece of pieces) {
    for (let from = 0; from < piece.byteLength; ) {
      const begun = chunker.length;
      const end = chunker.next(piece, from);
      open.write(piece.subarray(from, end), begun);
      if (end === undefined) break;
      open.add(begun + end - from);
      from = end;
      if (open.isFull) yield* await open.take(FRAME_RAW_BYTES);
    }
  }
  if (chunker.length > 0) open.add(chunker.length);
  yield* await open.take(1);
}

/** Collects chunks: chosen ones, undecided ones, and the unfinished one. */
class OpenGroup {
  readonly #choose: (chunks: readonly PackedContent[]) => Promise<ReadonlySet<PackedContent>>;
  readonly #bytes = Buffer.allocUnsafeSlow(2 * FRAME_RAW_BYTES + CHUNK_SIZES.max);
  #chosen: PackedContent[] = [];
  #chosenBytes = 0;
  #cut: PackedContent[] = [];
  #cutBytes = 0;

  constructor(choose: (chunks: readonly PackedContent[]) => Promise<ReadonlySet<PackedContent>>) {
    this.#choose = choose;
  }

  /** Adds bytes to the unfinished chunk, after the first `begun`. */
  write(bytes: Uint8Array, begun: number): void {
    this.#bytes.set(bytes, this.#chosenBytes + this.#cutBytes + begun);
  }

  /** Finishes the chunk at this length. */
  add(length: number): void {
    const start = this.#chosenBytes + this.#cutBytes;
    this.#cut.push({ digest: blake3.hash(this.#bytes.subarray(start, start + length)), length });
    this.#cutBytes += length;
  }

  get isFull(): boolean {
    return this.#cutBytes >= FRAME_RAW_BYTES;
  }

  /** Removes and returns full groups, and a last one of at least `minBytes`. */
  async take(minBytes: number): Promise<RawGroup[]> {
    const chosen = await this.#choose(this.#cut);
    let at = this.#chosenBytes;
    for (const chunk of this.#cut) {
      if (chosen.has(chunk)) {
        this.#bytes.copyWithin(this.#chosenBytes, at, at + chunk.length);
        this.#chosen.push(chunk);
        this.#chosenBytes += chunk.length;
      }
      at += chunk.length;
    }
    this.#cut = [];
    this.#cutBytes = 0;
    const groups: RawGroup[] = [];
    let start = 0;
    let end = 0;
    let first = 0;
    for (const [i, { length }] of this.#chosen.entries()) {
      end += length;
      const isLast = i === this.#chosen.length - 1;
      if (end - start < (isLast ? minBytes : FRAME_RAW_BYTES)) continue;
      const raw = new Uint8Array(this.#bytes.buffer.slice(start, end));
      groups.push({ raw, chunks: this.#chosen.slice(first, i + 1) });
      start = end;
      first = i + 1;
    }
    this.#bytes.copyWithin(0, start, this.#chosenBytes);
    this.#chosen = this.#chosen.slice(first);
    this.#chosenBytes -= start;
    return groups;
  }
}

interface CodingParts extends Abortable {
  workers: WorkerPool;
}

/** Codes the groups on several threads; their bytes are detached. */
export async function* codedFrames(
  { workers, signal }: CodingParts,
  groups: AsyncIterable<RawGroup>,
): AsyncGenerator<CodedFrame> {
  const code = async ({ raw, chunks }: RawGroup) => ({
    frame: await workers.run('compress', { raw }, signal),
    contents: chunks,
  });
  yield* mapAhead(groups, workers.size, code);
}
