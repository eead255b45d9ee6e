import { randomBytes } from 'node:crypto';
import { release } from '../encoding/release.ts';
import { sealPieces } from '../encryption/aead.ts';
import { SALT_BYTES } from '../encryption/derive.ts';
import { PackKey, SEALED_PACK_VERSION } from '../encryption/pack-key.ts';
import { toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { Coded } from './codec.ts';
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
import type { SealedPack } from './pack-rows.ts';
import { type PackSealing, sealTrailer } from './seal-pack.ts';

/** The part of the storage that packs need. */
export type PackStorage = Pick<StorageBackend, 'put'>;

/** Prefix of packs. */
export const PACKS = 'packs/';
/** Prefix of packs with one large content. */
export const OBJECTS = 'objects/';

/** Gathers frames of small contents in memory and stores them as packs. */
export class PackWriter {
  readonly #storage: PackStorage;
  readonly #sealing: PackSealing | undefined;
  #sealer: PackSealer;
  #pieces: Uint8Array[] = [];
  #hash = blake3.createHash();
  #bytes = 0;
  #frames: Frame[] = [];
  #contents: PackedContent[] = [];
  #lists: PackedList[] = [];

  /** @param sealing for an encrypted store. */
  constructor(storage: PackStorage, sealing?: PackSealing) {
    this.#storage = storage;
    this.#sealing = sealing;
    this.#sealer = new PackSealer(sealing);
  }

  /**
   * Adds a frame and its contents. The caller must not use the frame's bytes afterwards.
   * @returns the pack if it became full and is being stored.
   */
  add(frame: Coded, contents: readonly PackedContent[]): Promise<SealedPack> | undefined {
    if (this.#bytes === 0) this.#push(this.#sealer.header);
    this.#frames.push(frameOf(frame));
    for (const piece of this.#sealer.frame(frame.stored)) this.#push(piece);
    if (this.#sealing) release(frame.stored);
    for (const content of contents) this.#contents.push(content);
    const isFull = this.#bytes >= PACK_TARGET_BYTES || this.#contents.length >= PACK_TARGET_CONTENTS;
    return isFull ? this.seal() : undefined;
  }

  /** Adds a list of chunks to the next sealed pack. */
  addList(list: PackedList): void {
    this.#lists.push(list);
  }

  /** Stores the gathered frames as a pack; returns undefined when there are none. */
  seal(): Promise<SealedPack> | undefined {
    if (this.#frames.length === 0 && this.#lists.length === 0) return undefined;
    if (this.#bytes === 0) this.#push(this.#sealer.header);
    const trailer = { frames: this.#frames, contents: this.#contents, lists: this.#lists };
    const table = this.#sealer.table(trailer);
    this.#push(encodeTrailer(table));
    this.#sealer = new PackSealer(this.#sealing);
    const storing = this.#store(trailer, table);
    this.#pieces = [];
    this.#hash = blake3.createHash();
    this.#bytes = 0;
    this.#frames = [];
    this.#contents = [];
    this.#lists = [];
    return storing;
  }

  async #store(trailer: PackTrailer, table: PackTrailer): Promise<SealedPack> {
    const hex = toHex(this.#hash.digest());
    const key = `${PACKS}${hex.slice(0, 2)}/${hex}`;
    const storedBytes = this.#bytes;
    await this.#storage.put(key, releasing(this.#pieces));
    return new StoredPack(key, storedBytes, trailer, table.sealed && table);
  }

  #push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#hash.update(piece);
    this.#bytes += piece.byteLength;
  }
}

/** Frees each piece once it has been read: a pack is large, and syncing it takes far longer than writing it. */
function* releasing(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    release(piece);
  }
}

/** Builds the list of contents on demand, since keeping those of all packs of an import would take four times the memory. */
class StoredPack implements SealedPack {
  readonly key: string;
  readonly storedBytes: number;
  readonly frames: Frame[];
  readonly #digests: Buffer;
  readonly #lengths: number[];
  readonly lists: PackedList[];
  readonly table: PackTrailer | undefined;

  constructor(key: string, storedBytes: number, { frames, contents, lists }: PackTrailer, table?: PackTrailer) {
    this.table = table;
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

/** Stores one large content, or chunks of it, as its own pack, frame by frame. */
export async function storeObject(
  storage: PackStorage,
  digest: Uint8Array,
  coded: AsyncIterable<CodedFrame>,
  sealing?: PackSealing,
): Promise<SealedPack> {
  const sealer = new PackSealer(sealing);
  const hex = toHex(sealing ? sealing.idKey.nameOf('content id', digest) : digest);
  const key = `${OBJECTS}${hex.slice(0, 2)}/${hex}-${randomBytes(OBJECT_NONCE_BYTES).toString('hex')}`;
  const trailer: PackTrailer = { frames: [], contents: [], lists: [] };
  let storedBytes = 0;
  let table: PackTrailer | undefined;
  const counted = (piece: Uint8Array): Uint8Array => {
    storedBytes += piece.byteLength;
    return piece;
  };
  async function* pieces(): AsyncIterable<Uint8Array> {
    yield counted(sealer.header);
    for await (const { frame, contents } of coded) {
      trailer.frames.push(frameOf(frame));
      for (const content of contents) trailer.contents.push(content);
      for (const piece of sealer.frame(frame.stored)) {
        yield counted(piece);
        release(piece);
      }
      release(frame.stored);
    }
    table = sealer.table(trailer);
    yield counted(encodeTrailer(table));
  }
  await storage.put(key, pieces());
  return new StoredPack(key, storedBytes, trailer, table?.sealed && table);
}

/** Seals one pack of an encrypted store, frame by frame; returns the bytes of other stores unchanged. */
class PackSealer {
  readonly header: Uint8Array;
  readonly #key: PackKey | undefined;
  readonly #idKey: PackSealing['idKey'] | undefined;
  /** Hash of the bytes stored so far. */
  readonly #hash = blake3.createHash();
  #frames = 0;

  constructor(sealing: PackSealing | undefined) {
    const nonce = randomBytes(SALT_BYTES);
    this.#key = sealing && new PackKey(sealing.session, nonce);
    this.#idKey = sealing?.idKey;
    this.header = encodePackHeader(nonce, sealing && SEALED_PACK_VERSION);
    this.#hash.update(this.header);
  }

  /** The next frame, in pieces. Its number is its nonce, so it is never used twice. */
  frame(stored: Uint8Array): readonly Uint8Array[] {
    if (this.#key === undefined) return [stored];
    const pieces = sealPieces(this.#key.frame(this.#frames++), stored);
    for (const piece of pieces) this.#hash.update(piece);
    return pieces;
  }

  table(trailer: PackTrailer): PackTrailer {
    if (this.#key === undefined || this.#idKey === undefined) return trailer;
    return sealTrailer(trailer, this.#key, this.#idKey, this.#hash.digest());
  }
}

function frameOf({ codec, rawLength, stored }: Coded): Frame {
  return { codec, rawLength, storedLength: stored.byteLength };
}
