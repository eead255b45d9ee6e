import type { Abortable } from '../abort.ts';
import type { RegistryDatabase } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { blake3 } from '../identity/hasher.ts';
import { EncodedEntries } from '../manifest/encoded-entries.ts';
import { type ContentEntry, type FileEntry, isContentEntry } from '../manifest/model.ts';
import type { SourceEntry, SourceFile } from '../source.ts';
import type { ReadFault } from '../source-faults.ts';
import { ObjectTooLarge, type StorageBackend } from '../storage/backend.ts';
import { codeStream, hashed, notAsSaid } from './code-stream.ts';
import {
  addNeed,
  hasContents,
  locateContents,
  needsOf,
  type PackNeeds,
  partsOf,
  type SealedPack,
} from './content-index.ts';
import { ContentSink } from './content-sink.ts';
import { OBJECT_FRAME_RAW_BYTES, OBJECT_MIN_BYTES, type PackedContent } from './format.ts';
import { counted, type ReadFiles, readInOrder } from './ordered-reader.ts';
import { type OnProgress, ProgressCounter, totalOf } from './progress.ts';
import {
  batchesOf,
  filesToRead,
  isFault,
  isLarge,
  MAX_BATCH_FILES,
  PENDING_READS_PER_WORKER,
  retryRead,
  toRead,
} from './source-reads.ts';
import type { StatCache } from './stat-cache.ts';
import type { Coded, FileHashed, FilesRead, FileToRead } from './tasks.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface IngestParts extends Abortable {
  database: RegistryDatabase;
  storage: StorageBackend;
  workers: WorkerPool;
  now: () => Date;
}

export interface IngestOptions {
  /** Digests of files that have not changed since; those files are not read. */
  statCache?: StatCache | undefined;
  onProgress?: OnProgress | undefined;
}

/** What an ingest did not have to store, or even to read. */
export interface Reuse {
  /** Files whose contents the store held already, or that came before in this ingest. */
  reusedFiles: number;
  /** What these files come to. */
  reusedBytes: number;
  /** Files whose digests came from the stat cache. */
  unreadFiles: number;
}

/** What an ingest has come to. */
export interface Ingested {
  /** Durable when the storage is flushed, not yet visible. */
  packs: SealedPack[];
  /** What is needed of packs that the store had already. */
  reused: PackNeeds;
  reuse: Reuse;
}

type Taken = [file: SourceFile, digests: Digests];

/**
 * Takes files in: reads and hashes them on worker threads and hands those contents that the store lacks to the sink,
 * in the order of their paths.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #sink: ContentSink;
  /** What was taken so far. */
  readonly entries: EncodedEntries = new EncodedEntries();
  /** Contents that the store has, of those that were asked for one by one. */
  readonly #found = new DigestSet();
  readonly #stored = new DigestSet();
  readonly #reused: PackNeeds = new Map();
  readonly #reuse: Reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0 };
  #storeIsEmpty: boolean | undefined;
  /** A small content that comes in pieces; one for all, since they come one after the other. */
  #small: Buffer | undefined;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#sink = new ContentSink(parts.storage, parts.workers, parts.signal);
  }

  /** @throws ArchiveError `PATH_INVALID`, before anything is read; `FILE_CHANGED` or `FILE_UNREADABLE`, naming the file. */
  async add(base: string, entries: Iterable<SourceEntry>, { statCache, onProgress }: IngestOptions): Promise<void> {
    const startedAt = this.#parts.now();
    const list = this.entries.admit(entries);
    const counter = new ProgressCounter(onProgress, totalOf(sizesOf(list)));
    const took = (file: SourceFile, { blake3, sha256 }: Digests): void => {
      const { path, kind, executable, stamp } = file;
      this.entries.add({ path, kind, size: stamp.size, executable, blake3, sha256 }, file);
      counter.add(path, stamp.size);
    };
    const unread: SourceFile[] = [];
    const cached: Taken[] = [];
    for (const entry of list) {
      if (entry.kind !== 'file') {
        this.entries.add(entry);
        continue;
      }
      const digests = statCache?.lookup(entry.path, entry.stamp);
      if (digests) cached.push([entry, digests]);
      else unread.push(entry);
    }
    const areHeld = await this.#areHeld(cached);
    for (const [file, digests] of cached) {
      const { size } = file.stamp;
      if (size > 0 && !areHeld && !this.#found.has(digests.blake3)) {
        unread.push(file);
        continue;
      }
      took(file, digests);
      this.#countReused(size);
      this.#reuse.unreadFiles++;
    }
    for await (const [file, digests] of this.#read(base, unread, counter)) {
      took(file, digests);
      statCache?.add(file, digests, startedAt);
    }
    await statCache?.save();
  }

  /**
   * Takes in what another place has. Of contents that the store holds, nothing is read.
   *
   * @throws ArchiveError `PATH_INVALID`; `INTEGRITY` when a content is not what its entry says, and what `readFiles` throws.
   */
  async addRead(
    entries: Iterable<FileEntry>,
    readFiles: ReadFiles,
    onProgress: IngestOptions['onProgress'],
  ): Promise<void> {
    const list = this.entries.admit(entries);
    const files = list.filter(isContentEntry);
    for (const part of partsOf(files, MAX_BATCH_FILES)) await this.#findPresent(part.map(({ blake3 }) => blake3));
    const asked = new DigestSet();
    const missing: ContentEntry[] = [];
    for (const entry of files.filter(({ size }) => size > 0)) {
      if (!this.#found.has(entry.blake3) && asked.add(entry.blake3)) missing.push(entry);
      else this.#countReused(entry.size);
    }
    for await (const { entry, pieces } of counted(readFiles(missing), missing, onProgress)) {
      await this.#addPieces(entry, pieces);
    }
    for (const entry of list) this.entries.add(entry);
  }

  async #addPieces(entry: ContentEntry, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const { path, size, blake3: digest } = entry;
    const content = { digest, length: size };
    if (size >= OBJECT_MIN_BYTES) {
      const source = hashed(pieces, content, path);
      await this.#addLarge(path, content, codeStream(this.#parts.workers, source, this.#parts.signal));
    } else {
      await this.#addSmallPieces(entry, pieces);
    }
    this.#stored.add(digest);
  }

  async #addLarge(path: string, content: PackedContent, coded: AsyncIterable<Coded>): Promise<void> {
    try {
      await this.#sink.addLarge(content, coded);
    } catch (error) {
      if (!(error instanceof ObjectTooLarge)) throw error;
      const file = `The file ${JSON.stringify(path)} of ${content.length} bytes`;
      throw new ArchiveError(error.code, `${file} cannot be stored. ${error.message}`, error, {
        path,
        actual: String(content.length),
      });
    }
  }

  async #addSmallPieces(
    { path, size, blake3: digest }: ContentEntry,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    this.#small ??= Buffer.allocUnsafeSlow(OBJECT_MIN_BYTES);
    let bytes = 0;
    for await (const piece of pieces) {
      if (bytes + piece.byteLength > size) throw notAsSaid(path, digest);
      this.#small.set(piece, bytes);
      bytes += piece.byteLength;
    }
    const small = this.#small.subarray(0, bytes);
    if (bytes !== size || !sameBytes(blake3.hash(small), digest)) throw notAsSaid(path, digest);
    await this.#sink.addSmall(digest, small);
  }

  /** Stores contents that were found in the store and are to leave it; see {@link finish}. */
  async storeAnew(entries: readonly ContentEntry[]): Promise<void> {
    const { database, storage, workers, signal } = this.#parts;
    const reader = { db: database.db, storage, workers, signal };
    for await (const { entry, pieces } of readInOrder(reader, entries)) await this.#addPieces(entry, pieces);
  }

  get reuse(): Readonly<Reuse> {
    return this.#reuse;
  }

  /** Stores what is still gathered; all packs so far. */
  async finish(): Promise<Ingested> {
    const packs = await this.#sink.finish();
    return { packs, reused: this.#reused, reuse: this.#reuse };
  }

  /** Takes everything back. */
  abort(): Promise<void> {
    return this.#sink.abort();
  }

  /** Reads a few batches ahead of the one it takes in. */
  async *#read(base: string, files: readonly SourceFile[], counter: ProgressCounter): AsyncIterable<Taken> {
    const ahead: (() => Promise<Taken[]>)[] = [];
    for (const batch of batchesOf(files)) {
      ahead.push(isLarge(batch[0]) ? this.#readLarge(base, batch[0], counter) : this.#readSmall(base, batch));
      if (ahead.length > this.#parts.workers.size * PENDING_READS_PER_WORKER) yield* await ahead.shift()!();
    }
    for (const take of ahead) yield* await take();
  }

  /** Starts to read the files; the returned function takes them in. */
  #readSmall(base: string, batch: readonly SourceFile[]): () => Promise<Taken[]> {
    const reading = this.#parts.workers.run('readFiles', filesToRead(base, batch), this.#parts.signal);
    reading.catch(() => undefined);
    return async () => this.#takeSmall(base, batch, await reading);
  }

  async #takeSmall(
    base: string,
    batch: readonly SourceFile[],
    { faults, bytes, digests }: FilesRead,
  ): Promise<Taken[]> {
    const contents: [...Taken, content: Uint8Array][] = [];
    const failed = new Map(faults);
    let offset = 0;
    for (const [i, file] of batch.entries()) {
      const content = bytes.subarray(offset, offset + file.stamp.size);
      offset += file.stamp.size;
      if (!failed.has(i)) contents.push([file, digestsAt(digests, 2 * i * DIGEST_BYTES), content]);
    }
    await this.#findPresent(contents.map(([, digests]) => digests.blake3));
    const added = contents.filter(([file, { blake3 }]) => this.#isNew(file, blake3) && this.#stored.add(blake3));
    await this.#sink.addBatch(
      bytes,
      added.map(([, { blake3 }, content]) => ({ digest: blake3, content })),
    );
    const taken = contents.map(([file, digests]): Taken => [file, digests]);
    for (const [i, fault] of faults) taken.push(await this.#retry(base, batch[i]!, fault));
    return taken;
  }

  /** As {@link #readSmall}, for one large file: it is hashed ahead, and read again only if it is to be stored. */
  #readLarge(base: string, file: SourceFile, counter: ProgressCounter): () => Promise<Taken[]> {
    const item = toRead(base, file);
    const hashing = this.#hash(item);
    hashing.catch(() => undefined);
    return async () => {
      const result = await this.#takeLarge(item, file, await hashing, counter);
      return [isFault(result) ? await this.#retry(base, file, result) : [file, result]];
    };
  }

  async #takeLarge(
    item: FileToRead,
    file: SourceFile,
    hashed: FileHashed,
    counter?: ProgressCounter,
  ): Promise<Digests | ReadFault> {
    if (isFault(hashed)) return hashed;
    const { blake3, sha256, chunks } = hashed;
    await this.#findPresent([blake3]);
    if (this.#isNew(file, blake3)) {
      try {
        const content = { digest: blake3, length: file.stamp.size };
        const coded = codeChunks(this.#parts, item, chunks);
        await this.#addLarge(file.path, content, counter ? countedChunks(coded, file, counter) : coded);
        this.#stored.add(blake3);
      } catch (error) {
        if (error instanceof ChunkFault) return error.fault;
        throw error;
      }
    }
    return { blake3, sha256 };
  }

  #hash(item: FileToRead): Promise<FileHashed> {
    const { workers, signal } = this.#parts;
    return workers.run('hashFile', { item, chunkBytes: OBJECT_FRAME_RAW_BYTES }, signal);
  }

  #retry(base: string, file: SourceFile, fault: ReadFault): Promise<Taken> {
    return retryRead(base, file, fault, (now) => this.#readAgain(base, now), this.#parts.signal);
  }

  async #readAgain(base: string, file: SourceFile): Promise<Digests | ReadFault> {
    if (isLarge(file)) {
      const item = toRead(base, file);
      return this.#takeLarge(item, file, await this.#hash(item));
    }
    const { workers, signal } = this.#parts;
    const { faults, bytes, digests } = await workers.run('readFiles', filesToRead(base, [file]), signal);
    const [failed] = faults;
    if (failed) return failed[1];
    const read = digestsAt(digests, 0);
    await this.#findPresent([read.blake3]);
    if (this.#isNew(file, read.blake3) && this.#stored.add(read.blake3)) await this.#sink.addSmall(read.blake3, bytes);
    return read;
  }

  /** Whether the store holds the contents of all these files for new packages to use; learns which of them if not. */
  async #areHeld(files: readonly Taken[]): Promise<boolean> {
    const nonEmpty = files.filter(([{ stamp }]) => stamp.size > 0);
    const distinct = new DigestSet();
    let bytes = 0;
    for (const [{ stamp }, { blake3 }] of nonEmpty) if (distinct.add(blake3)) bytes += stamp.size;
    const needs = await needsOf(this.#parts.database.db, { packed: distinct.packed, bytes });
    if (needs === undefined) {
      await this.#findPresent(nonEmpty.map(([, { blake3 }]) => blake3));
      return false;
    }
    for (const [packId, needed] of needs) addNeed(this.#reused, packId, needed);
    return true;
  }

  /** Learns which of the digests the store holds for new packages to use. */
  async #findPresent(digests: readonly Uint8Array[]): Promise<void> {
    this.#storeIsEmpty ??= !(await hasContents(this.#parts.database.db));
    if (this.#storeIsEmpty) return;
    const unknown = digests.filter((digest) => !this.#found.has(digest) && !this.#stored.has(digest));
    for (const found of (await locateContents(this.#parts.database.db, unknown)).values()) {
      if (found.usable && this.#found.add(found.digest)) addNeed(this.#reused, found.packId, found.length);
    }
  }

  /** Whether the content is to be stored. Nothing need be stored of an empty one. */
  #isNew(file: SourceFile, blake3: Uint8Array): boolean {
    if (file.stamp.size === 0) return false;
    const isNew = !this.#found.has(blake3) && !this.#stored.has(blake3);
    if (!isNew) this.#countReused(file.stamp.size);
    return isNew;
  }

  #countReused(length: number): void {
    this.#reuse.reusedFiles++;
    this.#reuse.reusedBytes += length;
  }
}

function* sizesOf(entries: readonly SourceEntry[]): Iterable<number> {
  for (const entry of entries) if (entry.kind === 'file') yield entry.stamp.size;
}

async function* countedChunks(
  chunks: AsyncIterable<Coded>,
  { path, stamp }: SourceFile,
  counter: ProgressCounter,
): AsyncIterable<Coded> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.rawLength;
    yield chunk;
    counter.within(path, bytes, stamp.size);
  }
}

/** Carries a fault out of the stream that the storage backend reads. */
class ChunkFault extends Error {
  readonly fault: ReadFault;

  constructor(fault: ReadFault) {
    super('The file changed between two reads of it.');
    this.fault = fault;
  }
}

/** Reads a large file for the second time, coded chunk by chunk on several threads. */
async function* codeChunks(
  { workers, signal }: IngestParts,
  item: FileToRead,
  digests: Uint8Array,
): AsyncIterable<Coded> {
  const { size } = item.stamp;
  const code = (offset: number, compressible: boolean) => {
    const index = offset / OBJECT_FRAME_RAW_BYTES;
    const chunk = {
      item,
      offset,
      length: Math.min(OBJECT_FRAME_RAW_BYTES, size - offset),
      digest: digests.slice(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
      compressible,
    };
    const coding = workers.run('readChunk', chunk, signal);
    coding.catch(() => undefined);
    return coding;
  };
  // The first chunk tells whether it is worth trying to compress the rest.
  const first = await code(0, true);
  if (isFault(first)) throw new ChunkFault(first);
  yield first;
  const ahead: ReturnType<typeof code>[] = [];
  try {
    for (let next = OBJECT_FRAME_RAW_BYTES; next < size || ahead.length > 0; ) {
      while (next < size && ahead.length <= workers.size) {
        ahead.push(code(next, first.codec !== 'raw'));
        next += OBJECT_FRAME_RAW_BYTES;
      }
      const chunk = await ahead.shift()!;
      if (isFault(chunk)) throw new ChunkFault(chunk);
      yield chunk;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}
