import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { blake3 } from '../identity/hasher.ts';
import type { ByteRange } from '../storage/backend.ts';
import { decodeNode, type ExpectedNode, type ListNode, MAX_NODE_BYTES } from './chunk-list.ts';
import {
  type ContentLocation,
  contentsOfPack,
  findPack,
  type ListLocation,
  locateContents,
  nameIn,
  type PackLocation,
} from './content-index.ts';
import { framesOf, OBJECT_MIN_BYTES, type PackedContent, type PlacedFrame, placeFrames } from './format.ts';
import { FrameCache } from './frame-cache.ts';
import { FramesAhead, type PlacedChunk } from './frames-ahead.ts';
import type { ReaderParts } from './reader-parts.ts';

/** The fields of a list that reading needs. */
export type List = Pick<ListLocation, 'root' | 'length'>;

/** A node of a list, and what it lists. */
export interface ListedNode {
  digest: Uint8Array;
  /** Its offset in the content. */
  offset: number;
  /** Empty for a node that lists nodes. */
  chunks: readonly PackedContent[];
}

/** The result for a node or chunk that is damaged, or marked as damaged. */
export interface PartFinding {
  digest: Uint8Array;
  packId: number;
  isSound: boolean;
  /** Whether the digest is a name in an encrypted store. */
  isNamed?: boolean;
}

interface Findings {
  parts: PartFinding[];
  /** Nodes and chunks checked so far: a list may contain one a million times. */
  checked: DigestSet;
  /** Packs checked as a whole. */
  packs: Set<number>;
}

interface PlacedBatch {
  placed: readonly PlacedChunk[];
  /** Whether all of its chunks are in packs. */
  isWhole: boolean;
}

/** Chunks per lookup. Results for more would survive minor garbage collections, and pile up. */
const LOOKED_UP = 128;
/** Chunks of a content are delivered together up to about this size. */
const PIECE_BYTES = 1024 * 1024;
/** Packs whose frames are cached; bounds memory. */
const MAX_KNOWN_PACKS = 256;
/** Reads contents stored as chunks. Everything that reading uses is checked. */
export class ListReader {
  readonly parts: ReaderParts;
  readonly #cache: FrameCache;
  readonly #packs = new Map<number, { pack: PackLocation; frames: PlacedFrame[] }>();
  /** Nodes below which nothing is missing. */
  readonly #readable = new DigestSet();

  constructor(parts: ReaderParts, cache: FrameCache = new FrameCache(parts)) {
    this.parts = parts;
    this.#cache = cache;
  }

  /**
   * The nodes of a list that a range needs, those with chunks in content order.
   * @throws ArchiveError `INTEGRITY` for the first that is missing, damaged or invalid.
   */
  walk({ root, length }: List, range: ByteRange = { offset: 0, length }): AsyncGenerator<ListedNode> {
    return this.#walk(root, { level: undefined, length, isLast: true }, 0, range);
  }

  /**
   * The nodes of a list that are not in `walked`, each once. A node is added when all nodes below it were visited: versions of a file share
   * most nodes, and a forged list may contain one a million times.
   * @throws ArchiveError `INTEGRITY` as {@link walk}.
   */
  walkOnce({ root, length }: List, walked: DigestSet): AsyncGenerator<ListedNode> {
    return this.#walk(root, { level: undefined, length, isLast: true }, 0, { offset: 0, length }, walked);
  }

  async *#walk(
    digest: Uint8Array,
    expected: ExpectedNode,
    offset: number,
    range: ByteRange,
    walked?: DigestSet,
  ): AsyncGenerator<ListedNode> {
    if (walked?.has(digest)) return;
    this.parts.signal?.throwIfAborted();
    const [location] = (await locateContents(this.parts, [digest])).values();
    if (location === undefined) throw unreadable(digest, 'is missing from');
    const bytes = await this.#readNode(location);
    if (bytes === undefined) throw unreadable(digest, 'is damaged in');
    const node = decodeNode(bytes, expected, nameOf(digest));
    yield { digest, offset, chunks: node.level === 0 ? node.items : [] };
    for (const [item, below, at] of nodesBelow(node, expected, offset)) {
      if (touches(range, at, item.length)) yield* this.#walk(item.digest, below, at, range, walked);
    }
    walked?.add(digest);
  }

  /**
   * The bytes of a content or a range of it, in pieces that the caller owns. Chunks are checked for a range; for the whole content the
   * caller must check its digest. Ends with undefined at what is missing or damaged.
   * @throws ArchiveError `INTEGRITY` for an unreadable list.
   */
  async *pieces(list: List, range?: ByteRange): AsyncGenerator<Uint8Array | undefined> {
    const { offset: from, length } = range ?? { offset: 0, length: list.length };
    const ahead = new FramesAhead(this.#cache, this.parts.workers.size);
    for await (const { placed, isWhole } of this.#placedBatches(list, { offset: from, length }, ahead)) {
      for (const group of groupsOf(placed)) {
        const bytes = await this.#readGroup(group, range !== undefined, ahead);
        const start = group[0]!.offset;
        const piece = bytes?.subarray(Math.max(0, from - start), Math.min(bytes.byteLength, from + length - start));
        yield piece;
        if (piece === undefined) return;
      }
      if (!isWhole) {
        yield undefined;
        return;
      }
    }
  }

  /** Whether all chunks exist and none is marked as damaged; reads none. */
  async isReadable(list: List): Promise<boolean> {
    try {
      for await (const { chunks } of this.walkOnce(list, this.#readable)) {
        const placed = await this.#place(withOffsets(chunks, 0));
        if (placed.length < chunks.length || placed.some(({ location }) => location.damaged)) return false;
      }
      return true;
    } catch (error) {
      if (isArchiveError(error, 'INTEGRITY')) return false;
      throw error;
    }
  }

  /** Reads a whole content, chunk by chunk, and reports damaged chunks, and marked ones that are intact. */
  async check({ root, length }: List): Promise<PartFinding[]> {
    const found: Findings = { parts: [], checked: new DigestSet(), packs: new Set() };
    await this.#check(root, { level: undefined, length, isLast: true }, found);
    return found.parts;
  }

  async #check(digest: Uint8Array, expected: ExpectedNode, found: Findings): Promise<void> {
    if (!found.checked.add(digest)) return;
    this.parts.signal?.throwIfAborted();
    const [location] = (await locateContents(this.parts, [digest])).values();
    if (location === undefined) return;
    const bytes = await this.#readNode(location);
    note(location, bytes !== undefined, found);
    if (bytes === undefined) {
      await this.#checkPack(location.packId, found);
      return;
    }
    const node = decodeIfSound(bytes, expected, digest);
    if (node === undefined) return;
    if (node.level === 0) {
      const chunks = node.items.filter((item) => found.checked.add(item.digest));
      for (const chunk of await this.#place(withOffsets(chunks, 0))) {
        note(chunk.location, (await this.#readSound(chunk)) !== undefined, found);
      }
    }
    for (const [item, below] of nodesBelow(node, expected, 0)) await this.#check(item.digest, below, found);
  }

  /** For a damaged node, whose chunks are unknown. They are mostly in the same pack, which may be missing. */
  async #checkPack(packId: number, found: Findings): Promise<void> {
    if (found.packs.has(packId)) return;
    found.packs.add(packId);
    for (const location of await contentsOfPack(this.parts, packId)) {
      if (location.length >= OBJECT_MIN_BYTES) continue;
      note(location, (await this.#readSound(await this.#placeOf(location))) !== undefined, found);
    }
  }

  /** The chunks that a range overlaps. A batch is delivered when the next one is known too; the last one ends before a missing chunk. */
  async *#placedBatches(list: List, range: ByteRange, ahead: FramesAhead): AsyncGenerator<PlacedBatch> {
    let last: PlacedBatch | undefined;
    for await (const chunks of this.#batches(list, range)) {
      const placed = await this.#place(chunks);
      ahead.add(placed);
      if (last) yield last;
      last = { placed, isWhole: placed.length === chunks.length };
      if (!last.isWhole) break;
    }
    if (last) yield last;
  }

  /** Batches of chunks that a range overlaps. */
  async *#batches(list: List, range: ByteRange): AsyncGenerator<(PackedContent & { offset: number })[]> {
    let batch: (PackedContent & { offset: number })[] = [];
    for await (const { offset, chunks } of this.walk(list, range)) {
      for (const chunk of withOffsets(chunks, offset)) {
        if (touches(range, chunk.offset, chunk.length)) batch.push(chunk);
      }
      if (batch.length < LOOKED_UP) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** Up to the first chunk that is in no pack. */
  async #place(chunks: readonly (PackedContent & { offset: number })[]): Promise<PlacedChunk[]> {
    const digests = chunks.map(({ digest }) => digest);
    const located = await locateContents(this.parts, digests);
    const placed: PlacedChunk[] = [];
    for (const { digest, length, offset } of chunks) {
      const location = located.get(toHex(digest));
      if (location?.length !== length) break;
      placed.push({ offset, ...(await this.#placeOf(location)) });
    }
    return placed;
  }

  async #placeOf(location: ContentLocation): Promise<Omit<PlacedChunk, 'offset'>> {
    let found = this.#packs.get(location.packId);
    if (found === undefined) {
      if (this.#packs.size >= MAX_KNOWN_PACKS) this.#packs.clear();
      const pack = await findPack(this.parts, location.packId);
      found = { pack, frames: placeFrames(pack.frames, pack.packKey) };
      this.#packs.set(location.packId, found);
    }
    return { location, pack: found.pack, frames: framesOf(found.frames, location) };
  }

  async #readGroup(
    chunks: readonly PlacedChunk[],
    checksEach: boolean,
    ahead: FramesAhead,
  ): Promise<Buffer | undefined> {
    const bytes = Buffer.allocUnsafeSlow(chunks.reduce((sum, { location }) => sum + location.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      this.parts.signal?.throwIfAborted();
      ahead.askFrom(chunk);
      const into = bytes.subarray(at, at + chunk.location.length);
      at += chunk.location.length;
      if (!(await this.#copy(chunk, into))) return undefined;
      ahead.wasRead(chunk);
      if (checksEach && !sameBytes(blake3.hash(into), chunk.location.digest)) return undefined;
    }
    return bytes;
  }

  /**
   * A single chunk or node.
   * @throws ArchiveError `INTEGRITY` when it is missing or damaged.
   */
  async readPart(digest: Uint8Array): Promise<Uint8Array> {
    const [location] = (await locateContents(this.parts, [digest])).values();
    const bytes = location && (await this.#readSound(await this.#placeOf(location)));
    if (bytes === undefined) throw unreadable(digest, location ? 'is damaged in' : 'is missing from');
    return bytes;
  }

  async #readNode(location: ContentLocation): Promise<Uint8Array | undefined> {
    if (location.length > MAX_NODE_BYTES) throw unreadable(location.digest, 'is too long in');
    return this.#readSound(await this.#placeOf(location));
  }

  /** Undefined when it does not match its digest. */
  async #readSound(chunk: Omit<PlacedChunk, 'offset'>): Promise<Uint8Array | undefined> {
    const bytes = Buffer.allocUnsafeSlow(chunk.location.length);
    if (!(await this.#copy(chunk, bytes))) return undefined;
    const { digest, isNamed } = chunk.location;
    const found = blake3.hash(bytes);
    return sameBytes(isNamed ? nameIn(this.parts, found) : found, digest) ? bytes : undefined;
  }

  /** Copies each frame as soon as it is decoded: the cache may free it later. @returns whether all frames could be decoded. */
  async #copy({ location, pack, frames }: Omit<PlacedChunk, 'offset'>, into: Uint8Array): Promise<boolean> {
    const { rawOffset, length } = location;
    for (const frame of frames) {
      this.#cache.releaseEvicted();
      let raw: Uint8Array | undefined;
      try {
        raw = await this.#cache.get(pack.key, frame);
      } catch (error) {
        if (!isArchiveError(error, 'INTEGRITY')) throw error;
      }
      if (raw === undefined) return false;
      const start = Math.max(0, rawOffset - frame.rawOffset);
      const end = Math.min(frame.rawLength, rawOffset + length - frame.rawOffset);
      into.set(raw.subarray(start, end), frame.rawOffset + start - rawOffset);
    }
    return true;
  }
}

function touches(range: ByteRange, offset: number, length: number): boolean {
  return offset < range.offset + range.length && offset + length > range.offset;
}

function withOffsets(chunks: readonly PackedContent[], offset: number): (PackedContent & { offset: number })[] {
  let at = offset;
  return chunks.map((chunk) => {
    const placed = { ...chunk, offset: at };
    at += chunk.length;
    return placed;
  });
}

/** The children of a node, and their offsets in the content. */
function* nodesBelow(
  { level, items }: ListNode,
  { isLast }: ExpectedNode,
  offset: number,
): Iterable<[item: PackedContent, below: ExpectedNode, offset: number]> {
  if (level === 0) return;
  for (const [i, item] of withOffsets(items, offset).entries()) {
    yield [item, { level: level - 1, length: item.length, isLast: isLast && i === items.length - 1 }, item.offset];
  }
}

function* groupsOf(placed: readonly PlacedChunk[]): Iterable<PlacedChunk[]> {
  let group: PlacedChunk[] = [];
  let bytes = 0;
  for (const chunk of placed) {
    group.push(chunk);
    bytes += chunk.location.length;
    if (bytes < PIECE_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

function note({ digest, packId, damaged, isNamed }: ContentLocation, isSound: boolean, { parts }: Findings): void {
  if (!isSound || damaged) parts.push({ digest, packId, isSound, ...(isNamed && { isNamed }) });
}

/** Undefined for a node that matches its digest but is invalid: its parent was forged. */
function decodeIfSound(bytes: Uint8Array, expected: ExpectedNode, digest: Uint8Array): ListNode | undefined {
  try {
    return decodeNode(bytes, expected, nameOf(digest));
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

function nameOf(digest: Uint8Array): string {
  return `The list of chunks ${formatContentAddress(digest)}`;
}

function unreadable(digest: Uint8Array, what: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `${nameOf(digest)} ${what} the store; restore the store from a backup.`);
}
