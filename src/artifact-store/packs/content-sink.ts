import { release } from '../encoding/release.ts';
import { putBeforeCommit, type StorageBackend } from '../storage/backend.ts';
import { type EncodedNode, MAX_NODE_BYTES } from './chunk-list.ts';
import type { Coded } from './codec.ts';
import {
  FRAME_MAX_CONTENTS,
  FRAME_RAW_BYTES,
  NODE_FRAME_RAW_BYTES,
  OBJECT_MIN_BYTES,
  PACK_TARGET_BYTES,
  PACK_TARGET_CONTENTS,
  type PackedContent,
  type PackedList,
} from './format.ts';
import type { SealedPack } from './pack-rows.ts';
import { type CodedFrame, type PackStorage, PackWriter, storeObject } from './pack-writer.ts';
import type { PackSealing } from './seal-pack.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Frames that may wait for a thread; bounds memory. */
const PENDING_FRAMES_PER_WORKER = 2;
/** A frame with this much is closed early, if the next bytes can then be used without copying. */
const MIN_FRAME_RAW_BYTES = FRAME_RAW_BYTES / 2;
/** Packs being stored while the next one fills. */
const MAX_PENDING_PACKS = 1;

interface OpenFrame {
  raw: Uint8Array<ArrayBuffer>;
  bytes: number;
  contents: PackedContent[];
}

/** Stores contents: small ones gathered into frames and packs in the order they come, large ones as objects. */
export class ContentSink {
  readonly #storage: StorageBackend;
  readonly #signal: AbortSignal | undefined;
  readonly #workers: WorkerPool;
  readonly #packs: PackWriter;
  readonly #sealing: PackSealing | undefined;
  readonly #sealed: SealedPack[] = [];
  /** Keys of everything that is being or was stored. */
  readonly #keys = new Set<string>();
  readonly #target: PackStorage = {
    put: (key, pieces) => {
      this.#keys.add(key);
      return putBeforeCommit(this.#storage, key, pieces, this.#signal);
    },
  };
  readonly #coding: Promise<CodedFrame>[] = [];
  readonly #storing: Promise<SealedPack>[] = [];
  #frame: OpenFrame | undefined;
  /** For nodes of lists, separate so that reading a part of a file reads little more. */
  #nodes: OpenFrame | undefined;

  /**
   * @param signal aborts the storing.
   * @param sealing for an encrypted store.
   */
  constructor(storage: StorageBackend, workers: WorkerPool, signal?: AbortSignal, sealing?: PackSealing) {
    this.#storage = storage;
    this.#workers = workers;
    this.#signal = signal;
    this.#sealing = sealing;
    this.#packs = new PackWriter(this.#target, sealing);
  }

  /** Adds a content of less than {@link OBJECT_MIN_BYTES}; the bytes are copied. */
  async addSmall(digest: Uint8Array, content: Uint8Array): Promise<void> {
    this.#frame ??= openFrame(FRAME_RAW_BYTES + OBJECT_MIN_BYTES);
    const { bytes, contents } = append(this.#frame, digest, content);
    if (bytes >= FRAME_RAW_BYTES || contents.length >= FRAME_MAX_CONTENTS) await this.#closeFrame();
  }

  /** Adds a node of a list of chunks. */
  async addNode({ digest, bytes }: EncodedNode): Promise<void> {
    this.#nodes ??= openFrame(NODE_FRAME_RAW_BYTES + MAX_NODE_BYTES);
    if (append(this.#nodes, digest, bytes).bytes >= NODE_FRAME_RAW_BYTES) await this.#closeNodes();
  }

  /** Records that a content is stored as chunks. */
  addList(list: PackedList): void {
    this.#packs.addList(list);
  }

  /**
   * Adds contents that lie in this order in one buffer, which is detached afterwards. It is not copied if it contains nothing else and
   * fills a frame.
   */
  async addBatch(raw: Uint8Array, added: readonly { digest: Uint8Array; content: Uint8Array }[]): Promise<void> {
    const gathered = this.#frame?.bytes ?? 0;
    const isFrame = raw.byteLength >= FRAME_RAW_BYTES && (gathered === 0 || gathered >= MIN_FRAME_RAW_BYTES);
    if (isFrame && added.reduce((sum, { content }) => sum + content.byteLength, 0) === raw.byteLength) {
      await this.#closeFrame();
      const contents = added.map(({ digest, content }) => ({ digest, length: content.byteLength }));
      await this.#code(raw, contents);
    } else {
      for (const { digest, content } of added) await this.addSmall(digest, content);
      release(raw);
    }
  }

  /** Adds a coded frame. */
  async addFrame(frame: CodedFrame): Promise<void> {
    await this.#pack(Promise.resolve(frame));
  }

  /** Adds a content from coded pieces. If they throw, nothing is stored and the error passes through. */
  async addLarge(content: PackedContent, coded: AsyncIterable<Coded>): Promise<void> {
    this.#sealed.push(await storeObject(this.#target, content.digest, framesOfOne(content, coded), this.#sealing));
  }

  /**
   * Adds chunks of a large content in their own packs, without gathering them in memory. If the frames throw, the error passes through, and
   * some may have been stored.
   */
  async addChunks(digest: Uint8Array, frames: AsyncGenerator<CodedFrame>): Promise<void> {
    try {
      for (let next = await frames.next(); !next.done; next = await frames.next()) {
        const part = new PackPart(next.value, frames);
        const storing = storeObject(this.#target, digest, part.frames(), this.#sealing);
        storing.catch(() => undefined);
        await Promise.race([storing, part.isRead]);
        await this.#store(storing);
      }
    } finally {
      await frames.return(undefined);
    }
  }

  /** Stores what is still gathered and returns all packs. They are durable once the storage is flushed, and not yet visible. */
  async finish(): Promise<SealedPack[]> {
    await this.#closeFrame();
    await this.#closeNodes();
    while (this.#coding.length > 0) await this.#packFrame();
    const last = this.#packs.seal();
    if (last) this.#storing.push(last);
    while (this.#storing.length > 0) await this.#settlePack();
    return this.#sealed;
  }

  /** Deletes what was stored, even if the answer was lost; no one else can refer to it. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#coding);
    await Promise.allSettled(this.#storing);
    await Promise.allSettled([...this.#keys].map((key) => this.#storage.delete(key)));
  }

  async #closeFrame(): Promise<void> {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame) await this.#codeFrame(frame);
  }

  async #closeNodes(): Promise<void> {
    const frame = this.#nodes;
    this.#nodes = undefined;
    if (frame) await this.#codeFrame(frame);
  }

  async #codeFrame({ raw, bytes, contents }: OpenFrame): Promise<void> {
    await this.#code(new Uint8Array(raw.buffer.transfer(bytes)), contents);
  }

  async #code(raw: Uint8Array, contents: PackedContent[]): Promise<void> {
    await this.#pack(this.#workers.run('compress', { raw }, this.#signal).then((frame) => ({ frame, contents })));
  }

  async #pack(coding: Promise<CodedFrame>): Promise<void> {
    coding.catch(() => undefined);
    this.#coding.push(coding);
    if (this.#coding.length > this.#workers.size * PENDING_FRAMES_PER_WORKER) await this.#packFrame();
  }

  async #packFrame(): Promise<void> {
    const { frame, contents } = await this.#coding.shift()!;
    const full = this.#packs.add(frame, contents);
    if (full === undefined) return;
    full.catch(() => undefined);
    await this.#store(full);
  }

  async #store(storing: Promise<SealedPack>): Promise<void> {
    this.#storing.push(storing);
    if (this.#storing.length > MAX_PENDING_PACKS) await this.#settlePack();
  }

  async #settlePack(): Promise<void> {
    this.#sealed.push(await this.#storing[0]!);
    this.#storing.shift();
  }
}

async function* framesOfOne(content: PackedContent, coded: AsyncIterable<Coded>): AsyncGenerator<CodedFrame> {
  let contents = [content];
  for await (const frame of coded) {
    yield { frame, contents };
    contents = [];
  }
}

/** As many frames, from the first one on, as fill a pack. */
class PackPart {
  readonly #first: CodedFrame;
  readonly #others: AsyncGenerator<CodedFrame>;
  readonly #read: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(first: CodedFrame, others: AsyncGenerator<CodedFrame>) {
    this.#first = first;
    this.#others = others;
  }

  /** Resolves when the pack takes no more frames, which may still be being stored. */
  get isRead(): Promise<void> {
    return this.#read.promise;
  }

  async *frames(): AsyncGenerator<CodedFrame> {
    let bytes = 0;
    let contents = 0;
    for (let next: IteratorResult<CodedFrame> = { value: this.#first }; !next.done; next = await this.#others.next()) {
      bytes += next.value.frame.stored.byteLength;
      contents += next.value.contents.length;
      yield next.value;
      if (bytes >= PACK_TARGET_BYTES || contents >= PACK_TARGET_CONTENTS) break;
    }
    this.#read.resolve();
  }
}

function openFrame(capacity: number): OpenFrame {
  return { raw: new Uint8Array(capacity), bytes: 0, contents: [] };
}

function append(frame: OpenFrame, digest: Uint8Array, content: Uint8Array): OpenFrame {
  frame.raw.set(content, frame.bytes);
  frame.bytes += content.byteLength;
  frame.contents.push({ digest, length: content.byteLength });
  return frame;
}
