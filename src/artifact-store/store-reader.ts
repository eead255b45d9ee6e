import { failingWithReason } from './abort.ts';
import type { BagTarget } from './bag/write-bag.ts';
import { readEvents } from './commit/events.ts';
import { follow } from './commit/follow.ts';
import { readHead } from './commit/head.ts';
import { requirePin, type StorePin } from './commit/pins.ts';
import { newestSegment } from './commit/segments.ts';
import type { StoreFile } from './commit/store-file.ts';
import { verifyLog } from './commit/verify-log.ts';
import type { RegistryDatabase } from './database/database.ts';
import { compareUtf8 } from './encoding/utf8.ts';
import { ArchiveError } from './errors.ts';
import { findManifest, findPackage, findTombstone } from './find-packages.ts';
import { type ContentAddress, formatContentAddress, parseContentAddress } from './identity/digest.ts';
import { findLabel, type Label, listLabels, listNotes, type Note } from './labels.ts';
import { LogNames } from './log-names.ts';
import type { StreamedManifest } from './manifest/codec.ts';
import { encodeManifestJson } from './manifest/json.ts';
import type { ContentEntry, FileEntry, Manifest } from './manifest/model.ts';
import { remembering } from './manifest/stored.ts';
import type { PackageRules } from './new-package.ts';
import { entriesReader, packagesWithContent, readStreamed, requireFile } from './package-entries.ts';
import { type PackageSummary, type Tombstone, toSummary, toTombstone } from './package-summary.ts';
import { readContent, readContentRange } from './packs/content-reader.ts';
import { counted, type FileContent, readInOrder } from './packs/ordered-reader.ts';
import type { OnProgress } from './packs/progress.ts';
import { WorkerPool } from './packs/worker-pool.ts';
import { writeFiles } from './read-package.ts';
import type { RecordedEvent } from './recorded-event.ts';
import type { RetentionClass } from './retention/classes.ts';
import {
  disposablePackages,
  type Hold,
  type KeepRules,
  listHolds,
  type RetentionState,
  retentionState,
} from './retention/state.ts';
import { manifestSource } from './sealed-manifests.ts';
import { revealedLabel, revealedNote } from './sealed-package.ts';
import { encryptedStats, type StoreStats, storeStats } from './stats.ts';
import type { ByteRange, HostedSize, RequestCounts, StorageBackend } from './storage/backend.ts';

export interface StoreReaderOptions extends PackageRules {
  database: RegistryDatabase;
  storage: StorageBackend;
  /** The store file. */
  store: StoreFile;
  /** Recorded in the audit log for every change. */
  actor: string;
  /** Local files and folders that belong to the store. */
  localPaths?: readonly string[] | undefined;
  /** The time by this machine's clock; for tests. */
  now?: (() => Date) | undefined;
  /** The time by the storage's clock; for tests. */
  storageNow?: (() => Date) | undefined;
}

/** Reads a store. Registry adds the changes; the same errors apply. */
export class StoreReader {
  /** Local files and folders that belong to the store; they must not be archived or restored into. */
  readonly localPaths: readonly string[];
  protected readonly options: StoreReaderOptions;
  protected readonly now: () => Date;
  protected readonly names: LogNames;
  protected readonly workers = new WorkerPool();

  constructor(options: StoreReaderOptions) {
    this.options = options;
    this.now = options.now ?? (() => new Date());
    this.localPaths = options.localPaths ?? [];
    this.names = new LogNames(options.store.keys);
  }

  /** Whether a package has this content; in an encrypted store it needs no identity. */
  isSameContent(found: PackageSummary, contentDigest: ContentAddress): boolean {
    if (found.contentDigest === contentDigest) return true;
    return found.contentDigest === formatContentAddress(this.names.digest(parseContentAddress(contentDigest)));
  }

  /**
   * A finalized package by its id, its first 4 or more or its last 8 or more characters, its manifest or content digest, or 8 or more
   * digits of one.
   * @throws ArchiveError `USAGE` for a name that is invalid or ambiguous.
   */
  async getPackage(name: string): Promise<PackageSummary> {
    return this.names.reveal(await findPackage(this.db, this.names.packageName(name), name));
  }

  /** The disposal certificate of a package, by a name as in {@link getPackage}; undefined when it was not disposed of. */
  async getTombstone(name: string): Promise<Tombstone | undefined> {
    const found = await findTombstone(this.db, this.names.packageName(name));
    return found && this.names.reveal(found);
  }

  /** Whether stored data is encrypted for recipients. */
  get isEncrypted(): boolean {
    return this.keys !== undefined;
  }

  /** Whether packages can be opened; an encrypted store needs an identity for that. */
  get opensPackages(): boolean {
    return this.keys?.mayRead ?? true;
  }

  /** A label of a subject; its package may have been disposed of. */
  async getLabel(subject: string, label: string): Promise<Label | undefined> {
    const found = await findLabel(this.db, this.names.subject(subject), label);
    return found && { ...found, subject };
  }

  /** All disposal certificates, oldest first. */
  async listTombstones(): Promise<Tombstone[]> {
    const query = this.db.selectFrom('tombstones').selectAll().orderBy('disposed_at').orderBy('id');
    return this.names.revealAll((await query.execute()).map(toTombstone));
  }

  /** Finalized packages in log order: oldest first. */
  async listPackages(filter: { subject?: string | undefined } = {}): Promise<PackageSummary[]> {
    const query = this.db.selectFrom('packages').selectAll().orderBy('position');
    const subject = filter.subject && this.names.subject(filter.subject);
    const rows = await (subject === undefined ? query : query.where('subject', '=', subject)).execute();
    return this.names.revealAll(rows.map(toSummary));
  }

  /** Expiries by package id, in log order: of all packages, or of this many of the newest. */
  async listExpiries(newest?: number): Promise<ReadonlyMap<string, string | null>> {
    const query = this.db.selectFrom('packages').select(['id', 'expires_at']).orderBy('position', 'desc');
    const rows = await (newest === undefined ? query : query.limit(newest)).execute();
    return new Map(rows.reverse().map(({ id, expires_at }) => [id, expires_at]));
  }

  /** The newest package of a subject in the log, or the Nth one before it. */
  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    const row = await this.db
      .selectFrom('packages')
      .selectAll()
      .where('subject', '=', this.names.subject(subject))
      .orderBy('position', 'desc')
      .limit(1)
      .offset(before)
      .executeTakeFirst();
    return row && this.names.reveal(toSummary(row));
  }

  /** The newest package of a subject in the log that was made by this time. */
  async latestPackageBy(subject: string, time: Date): Promise<PackageSummary | undefined> {
    const row = await this.db
      .selectFrom('packages')
      .selectAll()
      .where('subject', '=', this.names.subject(subject))
      .where('created_at', '<=', time.toISOString())
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && this.names.reveal(toSummary(row));
  }

  /** A package's manifest as stored: canonical CBOR, or its JSON view (RFC 8785). */
  async getManifestBytes(packageId: string, format: 'cbor' | 'json'): Promise<Uint8Array> {
    const { cbor, manifest } = await this.#readManifest(packageId);
    return format === 'cbor' ? cbor : Buffer.from(encodeManifestJson(manifest));
  }

  /** A package's manifest, decoded and compared with its digest. */
  async getManifest(packageId: string): Promise<Manifest> {
    return (await this.#readManifest(packageId)).manifest;
  }

  /**
   * {@link getManifest} for many packages: common bases of manifests are fetched once and cached for the lifetime of the reader.
   * @experimental
   */
  manifestReader(): (packageId: string) => Promise<Manifest> {
    const manifests = remembering(this.#manifests);
    return async (packageId) => (await findManifest(this.db, manifests, packageId)).manifest;
  }

  /**
   * The entries of packages sorted by path, decoded one at a time; common bases are fetched once and cached for the lifetime of the reader.
   * @experimental
   */
  entriesReader(): (packageId: string) => Promise<Iterable<FileEntry>> {
    return entriesReader(this.db, this.#manifests);
  }

  /**
   * A package's manifest whose entries are decoded one at a time.
   * @experimental
   */
  streamManifest(packageId: string): Promise<StreamedManifest> {
    return readStreamed(this.db, this.#manifests, this.names.packageName(packageId), packageId);
  }

  /**
   * The ids of packages that may have a file whose BLAKE3 begins with these digits, determined by the packs that they need; undefined when
   * any may.
   * @experimental
   */
  packagesWithContent(digits: string): Promise<ReadonlySet<string> | undefined> {
    // Sealed names replace whole digests, so a part of one cannot be found.
    if (this.keys) return Promise.resolve(undefined);
    return packagesWithContent(this.db, digits);
  }

  /**
   * Streams one file of a package. The last piece is delivered only after the whole file was verified.
   * @throws ArchiveError `NOT_FOUND` for a path that is not a file of the package; `INTEGRITY`.
   */
  async *getFile(packageId: string, path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const entry = requireFile((await this.streamManifest(packageId)).files, path);
    yield* readContent(this.readerParts(signal), entry);
  }

  /**
   * Streams a range of a file. A whole file is compared with its digests; a part can only be checked for being decodable.
   * @experimental
   * @throws ArchiveError `USAGE` for a range outside the file; `INTEGRITY` for bytes that cannot be decoded, and for a damaged whole file.
   */
  async *readRange(entry: ContentEntry, range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const { offset, length } = range;
    if (![offset, length].every((count) => Number.isSafeInteger(count) && count >= 0) || offset + length > entry.size) {
      const sentence = `${length} bytes at ${offset} are outside the ${entry.size} bytes of ${JSON.stringify(entry.path)}.`;
      throw new ArchiveError('USAGE', sentence, undefined, { path: entry.path });
    }
    const parts = this.readerParts(signal);
    yield* length === entry.size ? readContent(parts, entry) : readContentRange(parts, entry, range);
  }

  /** Prepares to read so many bytes of contents soon. */
  expectReads(bytes: number): void {
    this.workers.expect(bytes);
  }

  /**
   * Writes files of a package below a folder that already contains their parent folders but none of them.
   * @throws ArchiveError `INTEGRITY` at the first damaged one.
   */
  async extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await failingWithReason(signal, () => writeFiles(this.readerParts(signal), entries, directory, onProgress));
  }

  /** The contents of files of packages one by one, in the given order; see {@link FileContent}. */
  readFiles(entries: readonly ContentEntry[], signal?: AbortSignal): AsyncIterable<FileContent> {
    return readInOrder(this.readerParts(signal), entries);
  }

  /** The contents of entries of a package, in order and all in memory: for few or small files. */
  async loadFiles(entries: readonly ContentEntry[], signal?: AbortSignal): Promise<Buffer[]> {
    const loaded: Buffer[] = [];
    for await (const { pieces } of this.readFiles(entries, signal)) {
      const parts: Buffer[] = [];
      for await (const piece of pieces) parts.push(Buffer.from(piece));
      loaded.push(Buffer.concat(parts));
    }
    return loaded;
  }

  /**
   * Writes a package as a bag, which contains all of it and can be read without a store; `docs/format.md` has its layout. Stored contents
   * are read, checked and written piece by piece.
   * @throws ArchiveError `TARGET_REFUSED` when the target exists or cannot be written.
   */
  async exportPackage(packageId: string, to: BagTarget, onProgress?: OnProgress, signal?: AbortSignal): Promise<void> {
    await failingWithReason(signal, async () => {
      const manifest = await this.getManifestBytes(packageId, 'cbor');
      const { writeBag } = await import('./bag/write-bag.ts');
      await writeBag(to, manifest, (entries) => counted(this.readFiles(entries, signal), entries, onProgress), signal);
    });
  }

  /**
   * The size of the store, logical and stored.
   * @experimental
   */
  async stats(): Promise<StoreStats> {
    const stats = await storeStats(this.db);
    if (this.keys === undefined) return stats;
    return encryptedStats(stats, this.keys.mayRead ? await this.listPackages() : undefined);
  }

  /** Requests sent to storage so far; undefined where they cost nothing. */
  get requests(): Readonly<RequestCounts> | undefined {
    return this.options.storage.requests;
  }

  /** The size of a store whose host has limits, with warnings when it comes near them; undefined without such limits. */
  async hostedSize(): Promise<HostedSize | undefined> {
    return this.options.storage.hosted?.();
  }

  /** By how many milliseconds the storage's clock was ahead of this machine's, if observed. */
  get clockSkewMs(): number | undefined {
    return this.options.storage.clockSkewMs;
  }

  /** The classes for new packages: the built-in ones, and those of the retention file. */
  listRetentionClasses(): readonly RetentionClass[] {
    return this.options.retentionClasses;
  }

  /** The current retention of a package: its expiry and holds. */
  getRetentionState(packageId: string): Promise<RetentionState> {
    return retentionState(this.db, packageId, this.now());
  }

  /** All holds, current and past, or those of one package, in order of creation. */
  listHolds(packageId?: string): Promise<Hold[]> {
    return listHolds(this.db, packageId);
  }

  /** The labels of a subject or of all, including those of disposed packages. */
  async listLabels(subject?: string): Promise<Label[]> {
    if (subject !== undefined)
      return (await listLabels(this.db, this.names.subject(subject))).map((label) => ({ ...label, subject }));
    const labels = await listLabels(this.db);
    if (this.keys === undefined) return labels;
    const revealed = await Promise.all(labels.map((label) => revealedLabel(this.db, this.keys, label)));
    return revealed.sort((a, b) => compareUtf8(a.subject, b.subject) || compareUtf8(a.label, b.label));
  }

  /** The current notes of the packages that have one. */
  async listNotes(packageId?: string): Promise<Note[]> {
    const notes = await listNotes(this.db, packageId);
    return Promise.all(notes.map(async (note) => ({ ...note, note: await revealedNote(this.keys, note) })));
  }

  /**
   * What `collectGarbage` would dispose of now, and what it would spare.
   * @throws ArchiveError `USAGE` for an invalid number of packages.
   */
  async listDisposable(rules: KeepRules = {}): Promise<{ leaving: PackageSummary[]; spared: PackageSummary[] }> {
    const { leaving, spared } = await disposablePackages(this.db, this.now(), rules);
    return {
      leaving: await this.names.revealAll(leaving.map(toSummary)),
      spared: await this.names.revealAll(spared.map(toSummary)),
    };
  }

  /** Reads changes that others have made since the store was opened; an own change does so too. */
  refresh(): Promise<void> {
    return follow(this.logParts);
  }

  /** The newest event. With it, a later change of the log before it can be detected. */
  async eventHead(): Promise<{ sequence: number; digest: ContentAddress }> {
    const { sequence, digest } = await readHead(this.db);
    return { sequence, digest: formatContentAddress(digest) };
  }

  /** The newest segment of the log. With it, a truncated or replaced log can be detected later. */
  async logHead(): Promise<StorePin> {
    const { segment, segmentDigest } = await readHead(this.db);
    return { store: this.options.store.storeId, segment, digest: formatContentAddress(segmentDigest) };
  }

  /**
   * Compares the log with a recorded position; a position in another store is ignored. Reads at most one object, and none for the newest
   * segment.
   * @throws ArchiveError `INTEGRITY` naming both, when the log is shorter or different.
   */
  async requireLog(pin: StorePin): Promise<void> {
    const { storage, store } = this.options;
    if (pin.store !== store.storeId) return;
    const head = await readHead(this.db);
    const { segment, segmentDigest } = head;
    if (pin.segment === segment && pin.digest === formatContentAddress(segmentDigest)) return;
    // Another process may have committed since the log was read.
    const newest = pin.segment > segment ? await newestSegment(storage, head) : segment;
    await requirePin(storage, newest, pin);
  }

  /** The events after a sequence number, oldest first. */
  tailEvents(after = 0): AsyncIterable<RecordedEvent> {
    return readEvents(this.db, after);
  }

  /**
   * Checks the whole log in storage, and that the registry matches it.
   * @returns the number of events.
   * @throws ArchiveError `INTEGRITY` naming the first segment or sequence that differs.
   */
  verifyEvents(): Promise<number> {
    return verifyLog(this.options.database, this.options.storage, this.options.store);
  }
  /** Closes it at the end of its block: `await using registry = await openRegistry(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Closes threads and connections. */
  async close(): Promise<void> {
    try {
      await this.workers.close();
    } finally {
      this.options.storage.close?.();
      await this.db.destroy();
    }
  }

  protected get db() {
    return this.options.database.db;
  }

  /** For an encrypted store. */
  protected get keys() {
    return this.options.store.keys;
  }

  protected get logParts() {
    const { database, storage, store, actor, storageNow } = this.options;
    return { database, storage, store, actor, now: this.now, storageNow };
  }

  protected readerParts(signal: AbortSignal | undefined) {
    return { db: this.db, keys: this.keys, storage: this.options.storage, workers: this.workers, signal };
  }

  get #manifests() {
    return manifestSource(this.options.storage, this.options.store, this.db);
  }

  #readManifest(packageId: string): Promise<{ cbor: Buffer; manifest: Manifest }> {
    return findManifest(this.db, this.#manifests, this.names.packageName(packageId), packageId);
  }
}
