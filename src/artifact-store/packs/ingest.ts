import type { Abortable } from '../abort.ts';
import type { RegistryDatabase } from '../database/database.ts';
import type { SessionKey } from '../encryption/session-key.ts';
import type { StoreKeys } from '../encryption/store-keys.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { blake3 } from '../identity/hasher.ts';
import { EncodedEntries } from '../manifest/encoded-entries.ts';
import { type ContentEntry, type FileEntry, isContentEntry } from '../manifest/model.ts';
import { mapAhead } from '../map-ahead.ts';
import { partsOf } from '../parts.ts';
import { entryOf, type SourceEntry, type SourceFile } from '../source.ts';
import type { ReadFault } from '../source-faults.ts';
import { ObjectTooLarge, type StorageBackend } from '../storage/backend.ts';
import { CachedFiles } from './cached-files.ts';
import { ChunkIngest } from './chunk-ingest.ts';
import { codeFile } from './code-file.ts';
import { codeStream, contentMismatch, hashed } from './code-stream.ts';
import type { Coded } from './codec.ts';
import { ContentSink } from './content-sink.ts';
import type { CutFile } from './cut-file.ts';
import { OBJECT_FRAME_RAW_BYTES, OBJECT_MIN_BYTES, type PackedList } from './format.ts';
import { ListReader } from './list-reader.ts';
import { counted, type ReadFiles, readInOrder } from './ordered-reader.ts';
import type { PackNeeds } from './pack-needs.ts';
import type { SealedPack } from './pack-rows.ts';
import { PresentContents } from './present-contents.ts';
import { type OnProgress, ProgressCounter, totalOf } from './progress.ts';
import type { FileToRead } from './read-stable.ts';
import {
  batchesOf,
  ChunkFault,
  filesToRead,
  isFault,
  isLarge,
  MAX_BATCH_FILES,
  PENDING_READS_PER_WORKER,
  retryRead,
  toRead,
} from './source-reads.ts';
import type { StatCache } from './stat-cache.ts';
import type { FileHashed, FilesRead } from './tasks.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface IngestParts extends Abortable {
  database: RegistryDatabase;
  storage: StorageBackend;
  workers: WorkerPool;
  now: () => Date;
  /** Set for an encrypted store, with the session to seal in. */
  keys?: StoreKeys | undefined;
  session?: SessionKey | undefined;
}

export interface IngestOptions {
  /** Digests of unchanged files, which are then not read. */
  statCache?: StatCache | undefined;
  onProgress?: OnProgress | undefined;
}

/** Counts of files that an ingest did not store, or did not even read. */
export interface Reuse {
  /** Files whose contents the store had already, or that occurred earlier in this ingest. */
  reusedFiles: number;
  /** Their total size. */
  reusedBytes: number;
  /** Files whose digests came from the stat cache. */
  unreadFiles: number;
}

/** The result of an ingest. */
export interface Ingested {
  /** New packs: durable once the storage is flushed, and not yet visible. */
  packs: SealedPack[];
  /** Bytes that are needed from packs that the store had already. */
  reused: PackNeeds;
  /** Concatenated digests of contents, chunks and lists that were found in the store one by one. */
  found: Uint8Array;
  reuse: Reuse;
}

/** Contents that are still readable, but that new packages may no longer reuse. */
export interface LeavingContents {
  /** Files whose contents are stored as a whole. */
  entries: readonly ContentEntry[];
  /** Digests of chunks and of list nodes. */
  chunks: readonly Uint8Array[];
  /** Lists of chunks. The chunks themselves may stay. */
  lists: readonly PackedList[];
}

type Taken = [file: SourceFile, digests: Digests];

/**
 * Reads and hashes files on worker threads, and passes contents that the store lacks to the sink in the order of their paths.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #sink: ContentSink;
  /** The entries added so far. */
  readonly entries: EncodedEntries = new EncodedEntries();
  readonly #present: PresentContents;
  readonly #chunks: ChunkIngest;
  readonly #reuse: Reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0 };
  /** Buffer for small contents that arrive in pieces. One is enough, since they arrive one after the other. */
  #small: Buffer | undefined;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    const { storage, workers, signal, keys, session } = parts;
    const sealing = keys && session && { idKey: keys.idKey, session };
    this.#sink = new ContentSink(storage, workers, signal, sealing);
    this.#present = new PresentContents({ db: parts.database.db, keys, storage, workers, signal });
    const gear = sealing?.idKey.gear;
    this.#chunks = new ChunkIngest({ workers, signal, sink: this.#sink, present: this.#present, gear });
  }

  /** @throws ArchiveError `PATH_INVALID`, before anything is read; `FILE_CHANGED` or `FILE_UNREADABLE`, naming the file. */
  async add(base: string, entries: Iterable<SourceEntry>, { statCache, onProgress }: IngestOptions): Promise<void> {
    const startedAt = this.#parts.now();
    const list = this.entries.admit(entries);
    const counter = new ProgressCounter(onProgress, totalOf(sizesOf(list)));
    const took = (file: SourceFile, digests: Digests): void => {
      this.entries.add(entryOf(file, digests), file);
      counter.add(file.path, file.stamp.size);
    };
    const unread: SourceFile[] = [];
    const cached = new CachedFiles(statCache);
    for (const entry of list) if (entry.kind === 'file' && !cached.add(entry)) unread.push(entry);
    if (unread.length === 0 && (await this.#areArchived(list, cached))) {
      for (const entry of list) {
        if (entry.kind !== 'file') continue;
        counter.add(entry.path, entry.stamp.size);
        this.#countUnread(entry.stamp.size);
      }
      await statCache?.save();
      return;
    }
    for (const entry of list) if (entry.kind !== 'file') this.entries.add(entry);
    const isHeld = await this.#heldOf(cached);
    for (const taken of cached) {
      const [file, digests] = taken;
      if (!isHeld(taken)) {
        unread.push(file);
        continue;
      }
      took(file, digests);
      this.#countUnread(file.stamp.size);
    }
    for await (const [file, digests] of this.#read(base, unread, counter)) {
      took(file, digests);
      statCache?.add(file, digests, startedAt);
    }
    await statCache?.save();
  }

  /**
   * Adds files from another source, such as a bag or another store. Contents that the store has are not read.
   *
   * @throws ArchiveError `PATH_INVALID`; `INTEGRITY` when a content does not match its entry; the errors of `readFiles`.
   */
  async addRead(
    entries: Iterable<FileEntry>,
    readFiles: ReadFiles,
    onProgress: IngestOptions['onProgress'],
  ): Promise<void> {
    const list = this.entries.admit(entries);
    const files = list.filter(isContentEntry);
    for (const part of partsOf(files, MAX_BATCH_FILES)) await this.#present.find(part.map(({ blake3 }) => blake3));
    const asked = new DigestSet();
    const missing: ContentEntry[] = [];
    for (const entry of files.filter(({ size }) => size > 0)) {
      if (!this.#present.has(entry.blake3) && asked.add(entry.blake3)) missing.push(entry);
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
    if (this.#chunks.cutsContent(content)) {
      await naming(entry, this.#chunks.addStream(content, hashed(pieces, content, path)));
    } else if (size >= OBJECT_MIN_BYTES) {
      const coded = codeStream(this.#parts.workers, hashed(pieces, content, path), this.#parts.signal);
      await naming(entry, this.#sink.addLarge(content, coded));
    } else {
      await this.#addSmallPieces(entry, pieces);
    }
    this.#present.addStored(digest);
  }

  async #addSmallPieces(
    { path, size, blake3: digest }: ContentEntry,
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    this.#small ??= Buffer.allocUnsafeSlow(OBJECT_MIN_BYTES);
    let bytes = 0;
    for await (const piece of pieces) {
      if (bytes + piece.byteLength > size) throw contentMismatch(path, digest);
      this.#small.set(piece, bytes);
      bytes += piece.byteLength;
    }
    const small = this.#small.subarray(0, bytes);
    if (bytes !== size || !sameBytes(blake3.hash(small), digest)) throw contentMismatch(path, digest);
    await this.#sink.addSmall(digest, small);
  }

  /** Stores contents again that were found in the store and are leaving it. Call {@link finish} again afterwards. */
  async storeAgain({ entries, chunks, lists }: LeavingContents): Promise<void> {
    const { database, storage, workers, signal, keys } = this.#parts;
    const reader = { db: database.db, keys, storage, workers, signal };
    const parts = new ListReader(reader);
    for (const digest of chunks) await this.#sink.addSmall(digest, await parts.readPart(digest));
    for (const list of lists) this.#sink.addList(list);
    for await (const { entry, pieces } of readInOrder(reader, entries)) await this.#addPieces(entry, pieces);
  }

  get reuse(): Readonly<Reuse> {
    return this.#reuse;
  }

  /** Stores the contents still buffered, and returns all packs so far. */
  async finish(): Promise<Ingested> {
    const packs = await this.#sink.finish();
    return { packs, reused: this.#present.needs, found: this.#present.found, reuse: this.#reuse };
  }

  /** Deletes everything stored so far. */
  abort(): Promise<void> {
    return this.#sink.abort();
  }

  /** Reads a few batches ahead of the one being stored. */
  async *#read(base: string, files: readonly SourceFile[], counter: ProgressCounter): AsyncIterable<Taken> {
    const read = (batch: [SourceFile, ...SourceFile[]]) =>
      isLarge(batch[0]) ? this.#readLarge(base, batch[0], counter) : this.#readSmall(base, batch);
    const limit = this.#parts.workers.size * PENDING_READS_PER_WORKER;
    for await (const take of mapAhead(batchesOf(files), limit, read)) yield* await take();
  }

  /** Reads the files; the returned function stores them. */
  async #readSmall(base: string, batch: readonly SourceFile[]): Promise<() => Promise<Taken[]>> {
    const read = await this.#parts.workers.run('readFiles', filesToRead(base, batch), this.#parts.signal);
    return () => this.#takeSmall(base, batch, read);
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
    await this.#present.find(contents.map(([, digests]) => digests.blake3));
    const added = contents.filter(([file, { blake3 }]) => this.#isNew(file, blake3) && this.#present.addStored(blake3));
    await this.#sink.addBatch(
      bytes,
      added.map(([, { blake3 }, content]) => ({ digest: blake3, content })),
    );
    const taken = contents.map(([file, digests]): Taken => [file, digests]);
    for (const [i, fault] of faults) taken.push(await this.#retry(base, batch[i]!, fault));
    return taken;
  }

  /** As {@link #readSmall}, for one large file: it is hashed and cut ahead, and the parts to store are read a second time. */
  async #readLarge(base: string, file: SourceFile, counter: ProgressCounter): Promise<() => Promise<Taken[]>> {
    const item = toRead(base, file);
    const hashed = await this.#hash(item);
    return async () => {
      const result = await this.#takeLarge(item, file, hashed, counter);
      return [isFault(result) ? await this.#retry(base, file, result) : [file, result]];
    };
  }

  async #takeLarge(
    item: FileToRead,
    file: SourceFile,
    hashed: FileHashed | ReadFault | CutFile,
    counter?: ProgressCounter,
  ): Promise<Digests | ReadFault> {
    if (isFault(hashed)) return hashed;
    const { blake3, sha256 } = hashed;
    await this.#present.find([blake3]);
    const isCut = this.#parts.keys !== undefined && 'isCompressible' in hashed;
    if (isCut && !this.#present.has(blake3)) await this.#chunks.holds(hashed);
    if (this.#isNew(file, blake3)) {
      const fault = await this.#storeLarge(item, file, hashed, counter);
      if (fault) return fault;
      this.#present.addStored(blake3);
    }
    return { blake3, sha256 };
  }

  async #storeLarge(
    item: FileToRead,
    file: SourceFile,
    hashed: Exclude<FileHashed, ReadFault> | CutFile,
    counter: ProgressCounter | undefined,
  ): Promise<ReadFault | undefined> {
    const { path, stamp } = file;
    const content = { digest: hashed.blake3, length: stamp.size };
    if ('isCompressible' in hashed) {
      if (this.#chunks.cutsContent(content)) {
        const adding = this.#chunks.addFile(item, hashed, (bytes) => counter?.within(path, bytes, stamp.size));
        return naming({ path, size: stamp.size }, adding);
      }
      // It was cut before the limit of chunks was reached, or before its digest was known.
      const again = await this.#hashWhole(item);
      if (isFault(again)) return again;
      return this.#storeLarge(item, file, again, counter);
    }
    try {
      const coded = codeFile(this.#parts, item, hashed.chunks);
      const counted = counter ? countedChunks(coded, file, counter) : coded;
      await naming({ path, size: stamp.size }, this.#sink.addLarge(content, counted));
      return undefined;
    } catch (error) {
      if (error instanceof ChunkFault) return error.fault;
      throw error;
    }
  }

  #hash(item: FileToRead): Promise<FileHashed | ReadFault | CutFile> {
    const { workers, signal, keys } = this.#parts;
    return this.#chunks.cuts(item.stamp.size)
      ? workers.run('cutFile', { item, gear: keys?.idKey.gear }, signal)
      : this.#hashWhole(item);
  }

  #hashWhole(item: FileToRead): Promise<FileHashed> {
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
    await this.#present.find([read.blake3]);
    if (this.#isNew(file, read.blake3) && this.#present.addStored(read.blake3))
      await this.#sink.addSmall(read.blake3, bytes);
    return read;
  }

  /**
   * Adds the entries if a package already has just these, so that its contents need not be looked up. Else adds none.
   * @param cached all files among them.
   */
  async #areArchived(list: readonly SourceEntry[], cached: CachedFiles): Promise<boolean> {
    if (this.entries.count > 0) return false;
    const files = cached[Symbol.iterator]();
    for (const entry of list) {
      if (entry.kind === 'file') {
        const [file, digests] = files.next().value as Taken;
        this.entries.add(entryOf(file, digests), file);
      } else {
        this.entries.add(entry);
      }
    }
    if (await this.#present.findPackage(this.entries.contentDigest())) return true;
    this.entries.clear();
    return false;
  }

  /** Finds out which of these files have contents that can be reused. An empty file has nothing to store. */
  async #heldOf(files: CachedFiles): Promise<(file: Taken) => boolean> {
    const distinct = new DigestSet();
    let bytes = 0;
    for (const [file, { blake3 }] of files) {
      const { size } = file.stamp;
      if (size > 0 && !isLarge(file) && distinct.add(blake3)) bytes += size;
    }
    // Usually the store has all of the small ones. Large ones are usually stored as chunks, which this query does not find.
    const areSmallHeld = await this.#present.findAll({ packed: distinct.packed, bytes });
    const others: Uint8Array[] = [];
    for (const [file, { blake3 }] of files) {
      if (file.stamp.size > 0 && (!areSmallHeld || isLarge(file))) others.push(blake3);
    }
    await this.#present.find(others);
    return ([file, { blake3 }]) =>
      file.stamp.size === 0 || this.#present.has(blake3) || (areSmallHeld && !isLarge(file));
  }

  /** Whether the content must be stored. An empty file has nothing to store. */
  #isNew(file: SourceFile, blake3: Uint8Array): boolean {
    if (file.stamp.size === 0) return false;
    const isNew = !this.#present.has(blake3);
    if (!isNew) this.#countReused(file.stamp.size);
    return isNew;
  }

  #countUnread(length: number): void {
    this.#countReused(length);
    this.#reuse.unreadFiles++;
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

/** Names the file in the error when the storage finds it too large. */
async function naming<T>({ path, size }: { path: string; size: number }, storing: Promise<T>): Promise<T> {
  try {
    return await storing;
  } catch (error) {
    if (!(error instanceof ObjectTooLarge)) throw error;
    const sentence = `The file ${JSON.stringify(path)} of ${size} bytes cannot be stored. ${error.message}`;
    throw new ArchiveError(error.code, sentence, error, { path, actual: String(size) });
  }
}
