import type { Abortable } from '../abort.ts';
import { DigestSet } from '../identity/digest-set.ts';
import type { ReadFault } from '../source-faults.ts';
import { type ChunkGroup, codedGroups, groupsOf, toRead } from './chunk-groups.ts';
import { listNodes } from './chunk-list.ts';
import { ChunkTable, chunksOf, type PackedChunks, type PlacedChunk } from './chunk-table.ts';
import type { ContentSink } from './content-sink.ts';
import type { CutFile } from './cut-file.ts';
import { codedFrames, cutStream, type RawGroup } from './cut-stream.ts';
import { FRAME_RAW_BYTES, OBJECT_MIN_BYTES, PACK_TARGET_BYTES, type PackedContent } from './format.ts';
import type { PresentContents } from './present-contents.ts';
import type { FileToRead } from './read-stable.ts';
import { ChunkFault, isFault } from './source-reads.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Larger contents are stored as a whole, since the table of their chunks would fill the memory. */
const MAX_CUT_BYTES = 16 * 2 ** 30;
/** Limit for new chunks of one package, so that they fit into one segment; later contents are stored as a whole. */
const MAX_ADDED_CHUNKS = 2 ** 19;
/** Chunks per lookup. */
const LOOKED_UP = 5000;

interface ChunkIngestParts extends Abortable {
  workers: WorkerPool;
  sink: ContentSink;
  present: PresentContents;
  /** Determines the cuts in an encrypted store. */
  gear?: Int32Array | undefined;
}

/** A file, and whether to try to compress its chunks. */
interface CompressedFile {
  item: FileToRead;
  isCompressible: boolean;
}

/** Stores large contents as chunks; existing chunks are not stored again. */
export class ChunkIngest {
  readonly #parts: ChunkIngestParts;
  #added = 0;

  constructor(parts: ChunkIngestParts) {
    this.#parts = parts;
  }

  /** Whether a content of this size may be cut. */
  cuts(size: number): boolean {
    return size >= OBJECT_MIN_BYTES && size <= MAX_CUT_BYTES && this.#added < MAX_ADDED_CHUNKS;
  }

  /** Whether this content is cut. If its whole copy in the store is damaged, it is stored whole again, to repair the packages that need that form. */
  cutsContent({ digest, length }: PackedContent): boolean {
    return this.cuts(length) && !this.#parts.present.isDamaged(digest);
  }

  /**
   * Stores a file that was cut. New chunks are read a second time.
   * @param tell receives the progress.
   */
  async addFile(
    item: FileToRead,
    { blake3: digest, chunks, isCompressible }: CutFile,
    tell: (bytes: number) => void,
  ): Promise<ReadFault | undefined> {
    await this.#find(chunks);
    const fault = await this.#addChunks(digest, { item, isCompressible }, chunks, tell);
    if (fault) return fault;
    await this.#addList(digest, item.stamp.size, chunks);
    return undefined;
  }

  /** Whether the store has all chunks of a file, and their list. Reads no list. */
  async holds({ blake3: digest, chunks }: CutFile): Promise<boolean> {
    const { present } = this.#parts;
    await this.#find(chunks);
    for (const chunk of chunksOf(chunks)) if (!present.has(chunk.digest)) return false;
    if (!(await present.findWhole(listNodes(chunksOf(chunks)).map((node) => node.digest)))) return false;
    return present.findListed(digest);
  }

  /** Stores a content from a stream, which must throw at its end unless the digest matches; see `hashed`. */
  async addStream(content: PackedContent, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const { sink } = this.#parts;
    const table = new ChunkTable();
    const groups = cutStream(pieces, (chunks) => this.#chooseNew(chunks, table), this.#parts.gear);
    const first: RawGroup[] = [];
    let bytes = 0;
    let isMore = true;
    while (bytes < PACK_TARGET_BYTES && isMore) {
      const next = await groups.next();
      isMore = !next.done;
      if (next.done) continue;
      first.push(next.value);
      bytes += next.value.raw.byteLength;
    }
    if (isMore) await sink.addChunks(content.digest, codedFrames(this.#parts, followedBy(first, groups)));
    else for (const { raw, chunks } of first) await sink.addBatch(raw, contentsIn(raw, chunks));
    await this.#addList(content.digest, content.length, table.packed);
  }

  /** Returns chunks that are not stored yet, and marks them as stored. */
  async #chooseNew(chunks: readonly PackedContent[], table: ChunkTable): Promise<Set<PackedContent>> {
    const { present } = this.#parts;
    await present.findWhole(chunks.map(({ digest }) => digest));
    for (const chunk of chunks) table.add(chunk);
    const added = chunks.filter(({ digest }) => !present.has(digest) && present.addStored(digest));
    this.#added += added.length;
    return new Set(added);
  }

  async #find(chunks: PackedChunks): Promise<void> {
    const { present } = this.#parts;
    let digests: Uint8Array[] = [];
    for (const { digest } of chunksOf(chunks)) {
      digests.push(digest);
      if (digests.length < LOOKED_UP) continue;
      await present.findWhole(digests);
      digests = [];
    }
    await present.findWhole(digests);
  }

  async #addChunks(
    digest: Uint8Array,
    file: CompressedFile,
    chunks: PackedChunks,
    tell: (bytes: number) => void,
  ): Promise<ReadFault | undefined> {
    let bytes = 0;
    for (const { length } of this.#newOf(chunks)) bytes += length;
    try {
      if (bytes < PACK_TARGET_BYTES) return await this.#addFew(file, [...groupsOf(this.#newOf(chunks))], tell);
      const groups = groupsOf(this.#newOf(chunks));
      await this.#parts.sink.addChunks(digest, codedGroups(this.#parts, file, groups, tell));
      // Only now: if the file changes meanwhile, some of these chunks are not stored.
      this.#addStored(this.#newOf(chunks));
      return undefined;
    } catch (error) {
      if (error instanceof ChunkFault) return error.fault;
      throw error;
    }
  }

  /** Stores full frames; the rest is gathered with other contents. */
  async #addFew(
    file: CompressedFile,
    groups: ChunkGroup[],
    tell: (bytes: number) => void,
  ): Promise<ReadFault | undefined> {
    const { workers, sink, signal } = this.#parts;
    const rest = lengthOf(groups.at(-1) ?? []) < FRAME_RAW_BYTES ? (groups.pop() ?? []) : [];
    for await (const frame of codedGroups(this.#parts, file, groups, tell)) {
      await sink.addFrame(frame);
      this.#addStored(frame.contents);
    }
    if (rest.length === 0) return undefined;
    const read = await workers.run('readChunks', toRead(file.item, rest), signal);
    if (isFault(read)) return read;
    await sink.addBatch(read.stored, contentsIn(read.stored, rest));
    this.#addStored(rest);
    return undefined;
  }

  *#newOf(chunks: PackedChunks): Iterable<PlacedChunk> {
    const seen = new DigestSet();
    for (const chunk of chunksOf(chunks)) {
      if (!this.#parts.present.has(chunk.digest) && seen.add(chunk.digest)) yield chunk;
    }
  }

  #addStored(chunks: Iterable<PackedContent>): void {
    for (const { digest } of chunks) {
      this.#parts.present.addStored(digest);
      this.#added++;
    }
  }

  async #addList(digest: Uint8Array, size: number, chunks: PackedChunks): Promise<void> {
    const { present, sink } = this.#parts;
    const nodes = listNodes(chunksOf(chunks));
    await present.findWhole(nodes.map((node) => node.digest));
    for (const node of nodes) {
      if (present.has(node.digest)) continue;
      await sink.addNode(node);
      present.addStored(node.digest);
    }
    sink.addList({ digest, size, root: nodes.at(-1)!.digest });
  }
}

async function* followedBy(first: RawGroup[], others: AsyncIterable<RawGroup>): AsyncGenerator<RawGroup> {
  for (const group of first.splice(0)) yield group;
  yield* others;
}

function lengthOf(chunks: ChunkGroup): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function contentsIn(raw: Uint8Array, chunks: readonly PackedContent[]): { digest: Uint8Array; content: Uint8Array }[] {
  let at = 0;
  return chunks.map(({ digest, length }) => {
    const content = raw.subarray(at, at + length);
    at += length;
    return { digest, content };
  });
}
