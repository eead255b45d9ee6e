import { randomBytes } from 'node:crypto';
import { release } from '../encoding/release.ts';
import { toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { Coded } from './codec.ts';
import type { SealedPack } from './content-index.ts';
import {
  encodePackHeader,
  encodeTrailer,
  type Frame,
  listContents,
  PACK_TARGET_BYTES,
  PACK_TARGET_CONTENTS,
  type PackedContent,
  type PackedList,
  type PackTrailer,
} from './format.ts';

/** What packs are stored in. */
export type PackStorage = Pick<StorageBackend, 'put'>;

/** Where packs lie. */
export const PACKS = 'packs/';
/** Where packs of one large content lie. */
export const OBJECTS = 'objects/';

/** Of packs in memory: nearly all end here, with their last frame and their trailer. */
const CAPACITY = PACK_TARGET_BYTES + 4 * 1024 * 1024;

/** Gathers frames of small contents in memory and stores them as packs, each in one write and from one piece of memory. */
export class PackWriter {
  readonly #storage: PackStorage;
  #bytes = Buffer.alloc(0);
  #end = 0;
  #frames: Frame[] = [];
  #contents: PackedContent[] = [];
  #lists: PackedList[] = [];

  constructor(storage: PackStorage) {
    this.#storage = storage;
  }

  /**
   * Adds a frame and the contents it is made of. Its bytes are gone afterwards.
   *
   * @returns the pack when it is full, already being stored.
   */
  add(frame: Coded, contents: readonly PackedContent[]): Promise<SealedPack> | undefined {
    if (this.#end === 0) this.#push(encodePackHeader());
    this.#push(frame.stored);
    this.#frames.push(frameOf(frame));
    for (const content of contents) this.#contents.push(content);
    release(frame.stored);
    const isFull = this.#end >= PACK_TARGET_BYTES || this.#contents.length >= PACK_TARGET_CONTENTS;
    return isFull ? this.seal() : undefined;
  }

  /** Adds a list of chunks to the pack that is sealed next. */
  addList(list: PackedList): void {
    this.#lists.push(list);
  }

  /** Stores what has been gathered; undefined when that is nothing. */
  seal(): Promise<SealedPack> | undefined {
    if (this.#frames.length === 0 && this.#lists.length === 0) return undefined;
    if (this.#end === 0) this.#push(encodePackHeader());
    const trailer = { frames: this.#frames, contents: this.#contents, lists: this.#lists };
    this.#push(encodeTrailer(trailer));
    const bytes = this.#bytes.subarray(0, this.#end);
    this.#bytes = Buffer.alloc(0);
    this.#end = 0;
    this.#frames = [];
    this.#contents = [];
    this.#lists = [];
    return this.#store(bytes, trailer);
  }

  async #store(bytes: Buffer, trailer: PackTrailer): Promise<SealedPack> {
    const hex = toHex(blake3.hash(bytes));
    const key = `${PACKS}${hex.slice(0, 2)}/${hex}`;
    const storedBytes = bytes.byteLength;
    await this.#storage.put(key, [bytes]);
    release(bytes);
    return new StoredPack(key, storedBytes, trailer);
  }

  #push(piece: Uint8Array): void {
    const end = this.#end + piece.byteLength;
    if (end > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(CAPACITY, end));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#end);
    this.#end = end;
  }
}

/** Lists its contents when they are asked for: the lists of all packs of an import would take four times the memory. */
class StoredPack implements SealedPack {
  readonly key: string;
  readonly storedBytes: number;
  readonly frames: Frame[];
  readonly #digests: Buffer;
  readonly #lengths: number[];
  readonly lists: PackedList[];

  constructor(key: string, storedBytes: number, { frames, contents, lists }: PackTrailer) {
    this.key = key;
    this.storedBytes = storedBytes;
    this.frames = frames;
    this.lists = lists;
    this.#digests = Buffer.concat(contents.map(({ digest }) => digest));
    this.#lengths = contents.map(({ length }) => length);
  }

  get contents(): PackedContent[] {
    return listContents(this.#digests, this.#lengths);
  }
}

/** Distinguishes copies of one object that two writers store at once, as the header's nonce does for packs. */
const OBJECT_NONCE_BYTES = 8;

/** A frame, and the contents that begin in it. */
export interface CodedFrame {
  frame: Coded;
  contents: readonly PackedContent[];
}

/** Stores one large content, or chunks of it, as a pack of its own, frame by frame as they come. */
export async function storeObject(
  storage: PackStorage,
  digest: Uint8Array,
  coded: AsyncIterable<CodedFrame>,
): Promise<SealedPack> {
  const hex = toHex(digest);
  const key = `${OBJECTS}${hex.slice(0, 2)}/${hex}-${randomBytes(OBJECT_NONCE_BYTES).toString('hex')}`;
  const trailer: PackTrailer = { frames: [], contents: [], lists: [] };
  let storedBytes = 0;
  const counted = (piece: Uint8Array): Uint8Array => {
    storedBytes += piece.byteLength;
    return piece;
  };
  async function* pieces(): AsyncIterable<Uint8Array> {
    yield counted(encodePackHeader());
    for await (const { frame, contents } of coded) {
      trailer.frames.push(frameOf(frame));
      for (const content of contents) trailer.contents.push(content);
      yield counted(frame.stored);
      release(frame.stored);
    }
    yield counted(encodeTrailer(trailer));
  }
  await storage.put(key, pieces());
  return new StoredPack(key, storedBytes, trailer);
}

function frameOf({ codec, rawLength, stored }: Coded): Frame {
  return { codec, rawLength, storedLength: stored.byteLength };
}
