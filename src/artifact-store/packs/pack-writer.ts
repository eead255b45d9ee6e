import { randomBytes } from 'node:crypto';
import { toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { SealedPack } from './content-index.ts';
import { encodePackHeader, encodeTrailer, type Frame, PACK_TARGET_BYTES, type PackedContent } from './format.ts';
import { release } from './release.ts';
import type { Coded } from './tasks.ts';

/** Where packs lie. */
export const PACKS = 'packs/';
/** Where packs of one large content lie. */
export const OBJECTS = 'objects/';

/** Gathers frames of small contents in memory and stores them as packs, each in one write. */
export class PackWriter {
  readonly #storage: StorageBackend;
  #pieces: Uint8Array[] = [];
  #frames: Frame[] = [];
  #contents: PackedContent[] = [];
  #storedBytes = 0;

  constructor(storage: StorageBackend) {
    this.#storage = storage;
  }

  /** Adds a frame and the contents it is made of; returns the pack when it is full, already being stored. */
  add(frame: Coded, contents: readonly PackedContent[]): Promise<SealedPack> | undefined {
    if (this.#pieces.length === 0) this.#push(encodePackHeader());
    this.#push(frame.stored);
    this.#frames.push(frameOf(frame));
    this.#contents.push(...contents);
    return this.#storedBytes >= PACK_TARGET_BYTES ? this.seal() : undefined;
  }

  /** Stores what has been gathered; undefined when that is nothing. */
  seal(): Promise<SealedPack> | undefined {
    if (this.#frames.length === 0) return undefined;
    const trailer = { frames: this.#frames, contents: this.#contents };
    this.#push(encodeTrailer(trailer));
    const pieces = this.#pieces;
    const storedBytes = this.#storedBytes;
    this.#pieces = [];
    this.#frames = [];
    this.#contents = [];
    this.#storedBytes = 0;
    return this.#store(pieces, { ...trailer, storedBytes });
  }

  async #store(pieces: readonly Uint8Array[], pack: Omit<SealedPack, 'key'>): Promise<SealedPack> {
    const name = blake3.createHash();
    for (const piece of pieces) name.update(piece);
    const hex = toHex(name.digest());
    const key = `${PACKS}${hex.slice(0, 2)}/${hex}`;
    await this.#storage.put(key, pieces);
    pieces.forEach(release);
    return { key, ...pack };
  }

  #push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#storedBytes += piece.byteLength;
  }
}

/** Distinguishes copies of one object that two writers store at once, as the header's nonce does for packs. */
const OBJECT_NONCE_BYTES = 8;

/** Stores one large content as a pack of its own, frame by frame as they come. */
export async function storeObject(
  storage: StorageBackend,
  content: PackedContent,
  coded: AsyncIterable<Coded>,
): Promise<SealedPack> {
  const hex = toHex(content.digest);
  const key = `${OBJECTS}${hex.slice(0, 2)}/${hex}-${randomBytes(OBJECT_NONCE_BYTES).toString('hex')}`;
  const frames: Frame[] = [];
  const contents = [content];
  async function* pieces(): AsyncIterable<Uint8Array> {
    yield encodePackHeader();
    for await (const frame of coded) {
      frames.push(frameOf(frame));
      yield frame.stored;
      release(frame.stored);
    }
    yield encodeTrailer({ frames, contents });
  }
  const storedBytes = await storage.put(key, pieces());
  return { key, storedBytes, frames, contents };
}

function frameOf({ codec, rawLength, stored }: Coded): Frame {
  return { codec, rawLength, storedLength: stored.byteLength };
}
