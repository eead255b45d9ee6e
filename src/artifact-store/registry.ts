import { type Abortable, failingWithReason } from './abort.ts';
import type { BagTarget } from './bag/write-bag.ts';
import { readEvents } from './commit/events.ts';
import { follow } from './commit/follow.ts';
import { readHead } from './commit/head.ts';
import { type LogPin, requirePin, type StorePin } from './commit/pins.ts';
import { record } from './commit/record.ts';
import { newestSegment } from './commit/segments.ts';
import type { StoreFile } from './commit/store-file.ts';
import { verifyLog } from './commit/verify-log.ts';
import type { RegistryDatabase, WriteTransaction } from './database/database.ts';
import type { EventTable, PackageTable } from './database/schema.ts';
import { type CborValue, decodeCbor } from './encoding/cbor.ts';
import { compareUtf8 } from './encoding/utf8.ts';
import type { SessionKey } from './encryption/session-key.ts';
import { sealedText, subjectToken } from './encryption/store-keys.ts';
import { ArchiveError } from './errors.ts';
import { findManifest, findPackage, findTombstone } from './find-packages.ts';
import type { GarbageOptions, GarbageReport } from './garbage/collect.ts';
import { type ContentAddress, formatContentAddress, parseContentAddress } from './identity/digest.ts';
import { newUuid } from './identity/uuid.ts';
import { importedPackage } from './imported-package.ts';
import {
  findLabel,
  type Label,
  labelAdded,
  labelMoved,
  labelRemoved,
  listLabels,
  listNotes,
  type Note,
  noteAmended,
} from './labels.ts';
import type { EventDraft, PackageOrigin } from './log/model.ts';
import type { StreamedManifest } from './manifest/codec.ts';
import { encodeManifestJson } from './manifest/json.ts';
import type { ContentEntry, FileEntry, Manifest } from './manifest/model.ts';
import { remembering } from './manifest/stored.ts';
import {
  checkNewPackage,
  checkNote,
  checkReason,
  checkText,
  type NewPackage,
  type PackageRules,
} from './new-package.ts';
import { abandon, extendedElsewhere, type Finalized, finalize, isBrought, type OpenPackage } from './open-package.ts';
import { isContentAddress } from './outside-fields.ts';
import { entriesReader, packagesWithContent, readStreamed, requireFile } from './package-entries.ts';
import type { PackageReader } from './package-reader.ts';
import { type PackageSummary, type Tombstone, toSummary, toTombstone } from './package-summary.ts';
import { readContent, readContentRange } from './packs/content-reader.ts';
import { Ingest, type Reuse } from './packs/ingest.ts';
import { counted, type FileContent, type ReadFiles, readInOrder } from './packs/ordered-reader.ts';
import type { OnProgress } from './packs/progress.ts';
import { StatCache } from './packs/stat-cache.ts';
import { WorkerPool } from './packs/worker-pool.ts';
import { writeFiles } from './read-package.ts';
import { expiryOf, type RetentionClass } from './retention/classes.ts';
import {
  disposablePackages,
  eligiblePackages,
  expired,
  extension,
  findHold,
  type Hold,
  holdApplied,
  holdReleased,
  type KeepRules,
  listHolds,
  type RetentionState,
  retentionState,
} from './retention/state.ts';
import { manifestSource } from './sealed-manifests.ts';
import { revealed, revealedLabel, revealedNote } from './sealed-package.ts';
import { SEALED } from './sealed-text.ts';
import type { SourceEntry } from './source.ts';
import { type StoreStats, storeStats } from './stats.ts';
import type { ByteRange, HostedSize, RequestCounts, StorageBackend } from './storage/backend.ts';
import { type VerifiedPackage, type VerifyOptions, verifyPackages } from './verify-packages.ts';

export interface RegistryOptions extends PackageRules {
  database: RegistryDatabase;
  storage: StorageBackend;
  /** What the storage says that the store is. */
  store: StoreFile;
  /** Who changes the store, for the audit log. */
  actor: string;
  /** Files and folders of this machine that the store consists of. */
  localPaths?: readonly string[] | undefined;
  /** Folder for stat caches; without one every file is read. */
  statCacheDirectory?: string | undefined;
  /** The time by this machine's clock; for tests. */
  now?: (() => Date) | undefined;
  /** The time by the storage's clock; for tests. */
  storageNow?: (() => Date) | undefined;
}

/** What a package would be, and what it could reuse. */
export interface PackagePreview extends Reuse {
  contentDigest: ContentAddress;
}

/** What a new package cost the store, and what it could reuse. */
export interface FinalizedPackage extends PackageSummary, Reuse {
  /** Bytes added to storage. */
  storedBytes: number;
}

/** What a package brought from elsewhere cost the store. */
export interface ImportedPackage extends FinalizedPackage {
  /** False when the store had it already, and nothing was added. */
  isNew: boolean;
}

/** An event as the audit log has it. */
export type RecordedEvent = EventTable;

/** An event as text tells it. */
export interface DecodedEvent extends Omit<EventTable, 'payload' | 'payload_digest' | 'previous_digest'> {
  payload: CborValue;
  payload_digest: ContentAddress;
  previous_digest: ContentAddress;
}

export type { OnProgress, Progress } from './packs/progress.ts';
export type {
  BagTarget,
  ByteRange,
  GarbageOptions,
  GarbageReport,
  Hold,
  HostedSize,
  KeepRules,
  Label,
  LogPin,
  Note,
  PackageOrigin,
  PackageSummary,
  RequestCounts,
  StorePin,
  StoreStats,
  StreamedManifest,
  Tombstone,
  VerifiedPackage,
  VerifyOptions,
};

/**
 * The artifact store: packages of files, made once, kept under retention, read back byte for byte. Wherever its
 * database and its bytes are, it behaves the same.
 *
 * Every method throws `ArchiveError`: `NOT_FOUND` for a package that is not there, `STORE_UNAVAILABLE` when database or
 * storage fail, `INTEGRITY` when stored bytes are not what was stored.
 */
export class Registry {
  /** Files and folders of this machine that are the store itself, not to be archived or restored into. */
  readonly localPaths: readonly string[];
  readonly #options: RegistryOptions;
  readonly #now: () => Date;
  readonly #workers = new WorkerPool();
  readonly #open = new Map<string, OpenPackage>();
  readonly #finalizing = new Set<Promise<ImportedPackage>>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.localPaths = options.localPaths ?? [];
  }

  /**
   * Begins a package. Nothing of it is stored where others could see it until it is finalized. The signal stops whatever is
   * done for it until then.
   *
   * @returns its id.
   * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or a value that holds a secret.
   */
  async createPackage(asked: NewPackage, { signal }: Abortable = {}): Promise<string> {
    signal?.throwIfAborted();
    const found = checkNewPackage(asked, this.#options);
    const { producer, subject, metadata = {}, provenance = {}, origin } = asked;
    const id = newUuid();
    const createdAt = this.#now();
    const session = this.#keys?.beginSession();
    this.#open.set(id, {
      package: { id, producer, subject, created_at: createdAt.toISOString(), metadata },
      retention_summary: { retention_class: found.name, expires_at: expiryOf(found, createdAt) },
      provenance,
      origin,
      signal,
      session,
      ingest: this.#newIngest(signal, session),
    });
    return id;
  }

  /**
   * Adds entries that lie below a folder.
   *
   * @throws ArchiveError `PATH_INVALID`, before anything is read, for names a package cannot hold; `FILE_CHANGED` or
   * `FILE_UNREADABLE` naming the file. The package is then to be abandoned.
   */
  async ingestFiles(
    packageId: string,
    base: string,
    entries: Iterable<SourceEntry>,
    options: { statCache?: boolean | undefined; onProgress?: OnProgress | undefined } = {},
  ): Promise<void> {
    const { ingest, signal } = this.#openPackage(packageId);
    const directory = options.statCache === false ? undefined : this.#options.statCacheDirectory;
    await failingWithReason(signal, async () => {
      const statCache = directory === undefined ? undefined : await StatCache.open(directory, base);
      await ingest.add(base, entries, { statCache, onProgress: options.onProgress });
    });
  }

  /** Adds one entry; see {@link ingestFiles}. */
  ingestFile(packageId: string, base: string, entry: SourceEntry): Promise<void> {
    return this.ingestFiles(packageId, base, [entry], { statCache: false });
  }

  /**
   * Adds entries with contents that a bag or another store has; what the store holds already is not read.
   *
   * @throws ArchiveError `PATH_INVALID` for names a package cannot hold, and what `readFiles` throws. The package is then to
   * be abandoned.
   */
  async ingestRead(
    packageId: string,
    entries: readonly FileEntry[],
    readFiles: ReadFiles,
    onProgress?: OnProgress,
  ): Promise<void> {
    const { ingest, signal } = this.#openPackage(packageId);
    await failingWithReason(signal, () => ingest.addRead(entries, readFiles, onProgress));
  }

  /**
   * Takes over a package as it is, its id and its manifest, from a bag or another store. Contents that are here already are not
   * read there. An expiry that was extended there is extended here. Holds stay where they are.
   *
   * @throws ArchiveError `STATE_CONFLICT` when it was disposed of here, or another package has its id; `INTEGRITY` when it
   * is not what its digests say; `USAGE` when it holds the value of a configured secret. The reason of the signal when it is
   * aborted before the package is visible; it is then taken back.
   */
  async importPackage(
    reader: PackageReader,
    packageId: string,
    origin: PackageOrigin,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<ImportedPackage> {
    signal?.throwIfAborted();
    const { open, summary } = await importedPackage(reader, packageId, origin, this.#options.secrets);
    const { id } = open.package;
    const digest = this.#named(parseContentAddress(summary.manifestDigest));
    if (await isBrought(this.#db, id, digest)) return this.#keepLonger(summary);
    if (this.#open.has(id))
      throw new ArchiveError('STATE_CONFLICT', `Package "${id}" is being imported; wait for it.`, undefined, {
        packageId: id,
      });
    const session = this.#keys?.beginSession();
    this.#open.set(id, { ...open, signal, session, ingest: this.#newIngest(signal, session) });
    try {
      const { files } = await reader.getManifest(id);
      await this.ingestRead(id, files, (entries) => reader.readFiles(entries, signal), onProgress);
      return await this.finalizePackage(id);
    } catch (error) {
      if (this.isOpen(id)) await this.abandonPackage(id);
      throw error;
    }
  }

  /** Whether a package has this content; in an encrypted store, also for those who cannot read what it has. */
  isSameContent(found: PackageSummary, contentDigest: ContentAddress): boolean {
    if (found.contentDigest === contentDigest) return true;
    return found.contentDigest === formatContentAddress(this.#named(parseContentAddress(contentDigest)));
  }

  /** What the package would be if it were finalized now. */
  previewPackage(packageId: string): PackagePreview {
    const { entries, reuse } = this.#openPackage(packageId).ingest;
    return { contentDigest: formatContentAddress(entries.contentDigest()), ...reuse };
  }

  /** Makes the package durable, then visible. When it throws, the package is open still. */
  async finalizePackage(packageId: string): Promise<ImportedPackage> {
    const open = this.#openPackage(packageId);
    // What it consists of may be visible from now on, so nothing may take it back meanwhile.
    this.#open.delete(packageId);
    // Deferred, so that `close` can already await it.
    const finalizing = Promise.resolve().then(() => this.#finalize(open));
    this.#finalizing.add(finalizing);
    try {
      return await finalizing;
    } finally {
      this.#finalizing.delete(finalizing);
    }
  }

  /** Whether the package can still be added to. */
  isOpen(packageId: string): boolean {
    return this.#open.has(packageId);
  }

  /** Takes back a package that is not finalized: the store is as it was before. */
  async abandonPackage(packageId: string): Promise<void> {
    const open = this.#openPackage(packageId);
    this.#open.delete(packageId);
    await abandon(open, this.#options.storage);
  }

  /**
   * A finalized package by its id, by at least 4 characters of the id's beginning or 8 of its end, by its manifest or content
   * digest, or by 8 digits of one.
   *
   * @throws ArchiveError `USAGE` for a name that is none, or that several packages have.
   */
  async getPackage(name: string): Promise<PackageSummary> {
    return this.#reveal(await findPackage(this.#db, this.#nameInLog(name), name));
  }

  /** The disposal certificate of a package, by a name as of {@link getPackage}; undefined when it was not disposed of. */
  async getTombstone(name: string): Promise<Tombstone | undefined> {
    const found = await findTombstone(this.#db, this.#nameInLog(name));
    return found && this.#reveal(found);
  }

  /** A label of a subject; its package may have been disposed of. */
  async getLabel(subject: string, label: string): Promise<Label | undefined> {
    const found = await findLabel(this.#db, this.#subject(subject), label);
    return found && { ...found, subject };
  }

  /** All disposal certificates, oldest first. */
  async listTombstones(): Promise<Tombstone[]> {
    const query = this.#db.selectFrom('tombstones').selectAll().orderBy('disposed_at').orderBy('id');
    return this.#revealAll((await query.execute()).map(toTombstone));
  }

  /** Finalized packages in the order of the log: oldest first. */
  async listPackages(filter: { subject?: string } = {}): Promise<PackageSummary[]> {
    const query = this.#db.selectFrom('packages').selectAll().orderBy('position');
    const subject = filter.subject && this.#subject(filter.subject);
    const rows = await (subject === undefined ? query : query.where('subject', '=', subject)).execute();
    return this.#revealAll(rows.map(toSummary));
  }

  /** Until when packages are kept, by their ids, in the order of the log: of all, or of so many of the newest. */
  async listExpiries(newest?: number): Promise<ReadonlyMap<string, string | null>> {
    const query = this.#db.selectFrom('packages').select(['id', 'expires_at']).orderBy('position', 'desc');
    const rows = await (newest === undefined ? query : query.limit(newest)).execute();
    return new Map(rows.reverse().map(({ id, expires_at }) => [id, expires_at]));
  }

  /** The newest package of a subject in the log, or the one that came so many before it. */
  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    const row = await this.#db
      .selectFrom('packages')
      .selectAll()
      .where('subject', '=', this.#subject(subject))
      .orderBy('position', 'desc')
      .limit(1)
      .offset(before)
      .executeTakeFirst();
    return row && this.#reveal(toSummary(row));
  }

  /** The newest package of a subject in the log that was made by a time. */
  async latestPackageBy(subject: string, time: Date): Promise<PackageSummary | undefined> {
    const row = await this.#db
      .selectFrom('packages')
      .selectAll()
      .where('subject', '=', this.#subject(subject))
      .where('created_at', '<=', time.toISOString())
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && this.#reveal(toSummary(row));
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
   * Like `getManifest`, for reading many packages: manifests that several of them build on are fetched once and cached
   * as long as the reader is kept.
   *
   * @experimental
   */
  manifestReader(): (packageId: string) => Promise<Manifest> {
    const manifests = remembering(this.#manifests);
    return async (packageId) => (await findManifest(this.#db, manifests, packageId)).manifest;
  }

  /**
   * The entries of packages in the order of their paths, decoded one at a time; what several of them build on is fetched
   * once, and remembered for as long as the reader is kept.
   *
   * @experimental
   */
  entriesReader(): (packageId: string) => Promise<Iterable<FileEntry>> {
    return entriesReader(this.#db, this.#manifests);
  }

  /**
   * A package's manifest whose entries are decoded one at a time, however many there are.
   *
   * @experimental
   */
  streamManifest(packageId: string): Promise<StreamedManifest> {
    return readStreamed(this.#db, this.#manifests, this.#nameInLog(packageId), packageId);
  }

  /**
   * The ids of packages that may have a file whose BLAKE3 begins with these digits, by the packs that they need; undefined
   * when any may.
   *
   * @experimental
   */
  packagesWithContent(digits: string): Promise<ReadonlySet<string> | undefined> {
    // Names stand for whole digests.
    if (this.#keys) return Promise.resolve(undefined);
    return packagesWithContent(this.#db, digits);
  }

  /**
   * One file of a package, in pieces. Its last piece arrives only when the whole was found sound.
   *
   * @throws ArchiveError `NOT_FOUND` for a path that is no file of the package; `INTEGRITY`.
   */
  async *getFile(packageId: string, path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const entry = requireFile((await this.streamManifest(packageId)).files, path);
    yield* readContent(this.#readerParts(signal), entry);
  }

  /**
   * Some bytes of a file, in pieces. Those of the whole file are compared with its digests; of a part, nothing tells more than
   * that it can be decoded.
   *
   * @experimental
   * @throws ArchiveError `USAGE` for a range that is not within the file; `INTEGRITY` for bytes that cannot be decoded, and for a whole
   * file that is damaged.
   */
  async *readRange(entry: ContentEntry, range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const { offset, length } = range;
    if (![offset, length].every((count) => Number.isSafeInteger(count) && count >= 0) || offset + length > entry.size) {
      const sentence = `${length} bytes from ${offset} on are not within the ${entry.size} bytes of ${JSON.stringify(entry.path)}.`;
      throw new ArchiveError('USAGE', sentence, undefined, { path: entry.path });
    }
    const parts = this.#readerParts(signal);
    yield* length === entry.size ? readContent(parts, entry) : readContentRange(parts, entry, range);
  }

  /**
   * Writes files of a package below a folder that has their parent folders and none of them.
   *
   * @throws ArchiveError `INTEGRITY` at the first that is not what was stored.
   */
  async extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await failingWithReason(signal, () => writeFiles(this.#readerParts(signal), entries, directory, onProgress));
  }

  /** The contents of files of packages one after the other, in the order given; see {@link FileContent}. */
  readFiles(entries: readonly ContentEntry[], signal?: AbortSignal): AsyncIterable<FileContent> {
    return readInOrder(this.#readerParts(signal), entries);
  }

  /** The contents of entries of a package, in their order and all in memory: for few or small files. */
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
   * Writes a package as a bag, which holds all of it and needs no store to be read; `docs/format.md` has its layout. What
   * lies in the store is read and checked piece by piece as it is written.
   *
   * @throws ArchiveError `TARGET_REFUSED` when the place is taken or cannot be written.
   */
  async exportPackage(packageId: string, to: BagTarget, onProgress?: OnProgress, signal?: AbortSignal): Promise<void> {
    await failingWithReason(signal, async () => {
      const manifest = await this.getManifestBytes(packageId, 'cbor');
      const { writeBag } = await import('./bag/write-bag.ts');
      await writeBag(to, manifest, (entries) => counted(this.readFiles(entries, signal), entries, onProgress), signal);
    });
  }

  /**
   * Reads every byte of the packages, or of a sample, from storage and compares all digests. Contents they share are read
   * once. A package that is disposed of meanwhile is passed over.
   *
   * @throws ArchiveError `USAGE` for a sample that is none.
   */
  verifyPackages(
    packageIds: Iterable<string>,
    onProgress?: OnProgress,
    options: VerifyOptions = {},
  ): AsyncIterable<VerifiedPackage> {
    return verifyPackages({ ...this.#logParts, ...this.#readerParts(options.signal) }, packageIds, onProgress, options);
  }

  /**
   * What the store holds, and what that costs.
   *
   * @experimental
   */
  async stats(): Promise<StoreStats> {
    const stats = await storeStats(this.#db);
    if (this.#keys === undefined) return stats;
    const revealing = stats.bySubjectAndClass.map(async (group) => ({
      ...group,
      subject: await this.#revealedSubject(group.subject),
    }));
    return { ...stats, bySubjectAndClass: await Promise.all(revealing) };
  }

  /** Requests sent to storage so far; undefined where they cost nothing. */
  get requests(): Readonly<RequestCounts> | undefined {
    return this.#options.storage.requests;
  }

  /** What lies in a host that has limits on it, with warnings when it comes near them; undefined without such limits. */
  async hostedSize(): Promise<HostedSize | undefined> {
    return this.#options.storage.hosted?.();
  }

  /** By how many milliseconds the storage's clock was ahead of this machine's, where that was seen. */
  get clockSkewMs(): number | undefined {
    return this.#options.storage.clockSkewMs;
  }

  /** The classes that a package can be made in: those the store begins with, and those of the retention file. */
  listRetentionClasses(): readonly RetentionClass[] {
    return this.#options.retentionClasses;
  }

  /** Until when a package is kept, and what keeps it, as of now. */
  getRetentionState(packageId: string): Promise<RetentionState> {
    return retentionState(this.#db, packageId, this.#now());
  }

  /**
   * Moves the expiry later, null for never.
   *
   * @throws ArchiveError `STATE_CONFLICT` when it would come sooner; `USAGE` without a reason.
   */
  async extendRetention(packageId: string, expiresAt: Date | null, reason: string): Promise<void> {
    this.#checkReason(reason);
    await this.#record(async (tx) => extension(await retentionState(tx, packageId, this.#now()), expiresAt, reason));
  }

  /**
   * Keeps the package, whatever its expiry, until the hold is released or lapses.
   *
   * @returns the hold's id.
   * @throws ArchiveError `USAGE` without a reason, or when it would end in the past.
   */
  async applyHold(packageId: string, reason: string, until: Date | null = null): Promise<string> {
    this.#checkReason(reason);
    const id = newUuid();
    await this.#record(async (tx) => {
      await retentionState(tx, packageId, this.#now());
      return holdApplied({ id, packageId, reason, until }, this.#now());
    });
    return id;
  }

  /** @throws ArchiveError `STATE_CONFLICT` when it was released before. */
  async releaseHold(holdId: string, reason: string): Promise<void> {
    this.#checkReason(reason);
    await this.#record(async (tx) => holdReleased(await findHold(tx, holdId), reason));
  }

  /** Every hold there is or was, or those of one package, in the order of their making. */
  listHolds(packageId?: string): Promise<Hold[]> {
    return listHolds(this.#db, packageId);
  }

  /**
   * Gives a package a name, which no other package of its subject has. Nothing happens when it has it.
   *
   * @returns the label as it is then.
   * @throws ArchiveError `USAGE` for text that no label can be; `STATE_CONFLICT` when another package has it.
   */
  async addLabel(packageId: string, label: string): Promise<Label> {
    checkText(label, 'the label', this.#options.secrets);
    return this.#changeLabel(packageId, label, labelAdded);
  }

  /**
   * Gives a name to another package of the same subject.
   *
   * @returns the label as it is then.
   * @throws ArchiveError `USAGE` without a reason; `NOT_FOUND` for a label that is not there.
   */
  async moveLabel(packageId: string, label: string, reason: string): Promise<Label> {
    this.#checkReason(reason);
    return this.#changeLabel(packageId, label, (found, name, standing) => labelMoved(found, name, standing, reason));
  }

  async #changeLabel(packageId: string, label: string, change: typeof labelAdded): Promise<Label> {
    let subject = '';
    await record(this.#logParts, async (tx) => {
      const found = await findPackage(tx, this.#nameInLog(packageId), packageId);
      subject = found.subject;
      return change(found, label, await findLabel(tx, subject, label));
    });
    return revealedLabel(this.#db, this.#keys, (await findLabel(this.#db, subject, label))!);
  }

  /** @throws ArchiveError `NOT_FOUND` for a label that is not there. */
  async removeLabel(subject: string, label: string, reason?: string): Promise<void> {
    if (reason !== undefined) this.#checkReason(reason);
    const named = this.#subject(subject);
    await record(this.#logParts, async (tx) => labelRemoved(named, label, await findLabel(tx, named, label), reason));
  }

  /** The labels of a subject or of all, with those of packages that were disposed of. */
  async listLabels(subject?: string): Promise<Label[]> {
    if (subject !== undefined)
      return (await listLabels(this.#db, this.#subject(subject))).map((label) => ({ ...label, subject }));
    const labels = await listLabels(this.#db);
    if (this.#keys === undefined) return labels;
    const revealed = await Promise.all(labels.map((label) => revealedLabel(this.#db, this.#keys, label)));
    return revealed.sort((a, b) => compareUtf8(a.subject, b.subject) || compareUtf8(a.label, b.label));
  }

  /** Writes another note for a package; its manifest keeps the first one. */
  async amendNote(packageId: string, note: string): Promise<void> {
    checkNote(note, this.#options.secrets);
    const { id } = await this.getPackage(packageId);
    // The same text, sealed twice, is two texts.
    if (this.#keys?.mayRead && (await this.listNotes(id))[0]?.note === note) return;
    const session = this.#keys?.beginSession();
    if (session) await this.#keys?.storeSession(session);
    const told = session ? sealedText(session, { kind: 'note', packageId: id }, note) : note;
    await record(this.#logParts, async (tx) => {
      await findPackage(tx, id);
      return noteAmended(id, told, (await listNotes(tx, id))[0]);
    });
  }

  /** The notes as they are now, of the packages that have one. */
  async listNotes(packageId?: string): Promise<Note[]> {
    const notes = await listNotes(this.#db, packageId);
    return Promise.all(notes.map(async (note) => ({ ...note, note: await revealedNote(this.#keys, note) })));
  }

  /**
   * Records of every package that has become eligible for disposal that it has.
   *
   * @returns those packages.
   */
  async sweepRetention(): Promise<PackageSummary[]> {
    let found: PackageTable[] = [];
    await record(this.#logParts, async (tx) => {
      found = (await eligiblePackages(tx, this.#now())).filter(({ expired_at }) => expired_at === null);
      return found.map(expired);
    });
    return this.#revealAll(found.map(toSummary));
  }

  /**
   * What `collectGarbage` would dispose of now, and what it would spare.
   *
   * @throws ArchiveError `USAGE` for a number of packages that is none.
   */
  async listDisposable(rules: KeepRules = {}): Promise<{ leaving: PackageSummary[]; spared: PackageSummary[] }> {
    const { leaving, spared } = await disposablePackages(this.#db, this.#now(), rules);
    return {
      leaving: await this.#revealAll(leaving.map(toSummary)),
      spared: await this.#revealAll(spared.map(toSummary)),
    };
  }

  /**
   * Disposes of a package before its expiry; what is left of it is its certificate, with the reason. Its bytes are removed by
   * `collectGarbage` once the grace period is over, unless another package needs them.
   *
   * @throws ArchiveError `STATE_CONFLICT` when a hold keeps it; `USAGE` without a reason.
   */
  async purgePackage(packageId: string, reason: string): Promise<Tombstone> {
    this.#checkReason(reason);
    const { id } = await this.getPackage(packageId);
    const { purge } = await import('./garbage/purge.ts');
    await purge(this.#logParts, id, reason);
    return (await this.getTombstone(id))!;
  }

  /** Disposes of eligible packages and reclaims what nothing needs; see {@link GarbageOptions}. */
  async collectGarbage(options: GarbageOptions): Promise<GarbageReport> {
    const { collectGarbage } = await import('./garbage/collect.ts');
    return collectGarbage({ ...this.#logParts, workers: this.#workers }, options);
  }

  /** Reads on what others have changed since the store was opened; a change of its own does so too. */
  refresh(): Promise<void> {
    return follow(this.#logParts);
  }

  /** The newest event: whoever knows it can tell later whether the log before it was changed. */
  async eventHead(): Promise<{ sequence: number; digest: ContentAddress }> {
    const { sequence, digest } = await readHead(this.#db);
    return { sequence, digest: formatContentAddress(digest) };
  }

  /** The newest segment of the log: whoever knows it can tell later whether the log was cut, or is another one. */
  async logHead(): Promise<StorePin> {
    const { segment, segmentDigest } = await readHead(this.#db);
    return { store: this.#options.store.storeId, segment, digest: formatContentAddress(segmentDigest) };
  }

  /**
   * Compares the log with what was written down of it; a place in the log of another store is passed over. Reads one object
   * at most, and none for the newest segment.
   *
   * @throws ArchiveError `INTEGRITY` naming both, when the log is shorter or another one.
   */
  async requireLog(pin: StorePin): Promise<void> {
    const { storage, store } = this.#options;
    if (pin.store !== store.storeId) return;
    const { segment, segmentDigest } = await readHead(this.#db);
    if (pin.segment === segment && pin.digest === formatContentAddress(segmentDigest)) return;
    // Another process may have committed since the log was read.
    const newest = pin.segment > segment ? await newestSegment(storage, segment) : segment;
    await requirePin(storage, newest, pin);
  }

  /** The events after a sequence number, oldest first. */
  tailEvents(after = 0): AsyncIterable<RecordedEvent> {
    return readEvents(this.#db, after);
  }

  /**
   * Checks the log from end to end, as storage has it, and that the registry follows it.
   *
   * @returns the number of events.
   * @throws ArchiveError `INTEGRITY` naming the first segment or sequence that is not what it should be.
   */
  verifyEvents(): Promise<number> {
    return verifyLog(this.#options.database, this.#options.storage, this.#options.store);
  }

  /** Closes it at the end of the block that has it: `await using registry = await openRegistry(…)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Releases threads and connections; packages that are still open are taken back. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#finalizing);
    try {
      for (const id of [...this.#open.keys()]) await this.abandonPackage(id);
    } finally {
      await this.#workers.close();
      this.#options.storage.close?.();
      await this.#db.destroy();
    }
  }

  get #db() {
    return this.#options.database.db;
  }

  get #logParts() {
    const { database, storage, store, actor, storageNow } = this.#options;
    return { database, storage, store, actor, now: this.#now, storageNow };
  }

  #readerParts(signal: AbortSignal | undefined) {
    return { db: this.#db, keys: this.#keys, storage: this.#options.storage, workers: this.#workers, signal };
  }

  #newIngest(signal: AbortSignal | undefined, session: SessionKey | undefined): Ingest {
    const { database, storage } = this.#options;
    const parts = { database, storage, workers: this.#workers, now: this.#now, signal };
    return new Ingest({ ...parts, keys: this.#keys, session });
  }

  /** Of an encrypted store. */
  get #keys() {
    return this.#options.store.keys;
  }

  get #manifests() {
    return manifestSource(this.#options.storage, this.#options.store);
  }

  #reveal<S extends PackageSummary>(summary: S): Promise<S> {
    return revealed(this.#keys, summary);
  }

  async #revealAll<S extends PackageSummary>(summaries: readonly S[]): Promise<S[]> {
    const all: S[] = [];
    for (const summary of summaries) all.push(await this.#reveal(summary));
    return all;
  }

  /** A subject of the log, as one of its packages has it. */
  async #revealedSubject(subject: string): Promise<string> {
    const query = this.#db.selectFrom('packages').selectAll().where('subject', '=', subject).limit(1);
    const row = await query.executeTakeFirst();
    return row ? (await this.#reveal(toSummary(row))).subject : SEALED;
  }

  /**
   * A subject as the log has it.
   *
   * @throws ArchiveError `KEY_MISSING`: only a key tells it.
   */
  #subject(subject: string): string {
    return this.#keys ? subjectToken(this.#keys.idKey, subject) : subject;
  }

  /** A digest as the log has it. */
  #named(digest: Buffer): Buffer {
    return this.#keys ? this.#keys.idKey.nameOf('package digest', digest) : digest;
  }

  /** The name of a package as the log knows it: in an encrypted store, a digest has to be whole. */
  #nameInLog(name: string): string {
    if (!this.#keys?.mayWrite || !isContentAddress(name)) return name;
    return formatContentAddress(this.#named(parseContentAddress(name)));
  }

  /** Of a package that is here already: until when it is kept there. */
  async #keepLonger({ id, expiresAt }: PackageSummary): Promise<ImportedPackage> {
    const isLonger = (here: string | null) => here !== null && (expiresAt === null || expiresAt > here);
    if (isLonger((await this.getPackage(id)).expiresAt)) {
      await record(this.#logParts, async (tx) =>
        isLonger((await retentionState(tx, id, this.#now())).expiresAt) ? [extendedElsewhere(id, expiresAt)] : [],
      );
    }
    const reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0, storedBytes: 0 };
    return { ...(await this.getPackage(id)), ...reuse, isNew: false };
  }

  #openPackage(packageId: string): OpenPackage {
    const open = this.#open.get(packageId);
    if (open) return open;
    throw new ArchiveError('NOT_FOUND', `Package "${packageId}" is not open for adding; create a new one.`, undefined, {
      packageId,
    });
  }

  async #finalize(open: OpenPackage): Promise<ImportedPackage> {
    try {
      return toFinalizedPackage(open, await finalize(this.#logParts, open));
    } catch (error) {
      this.#open.set(open.package.id, open);
      throw error;
    }
  }

  #checkReason(reason: string): void {
    checkReason(reason, this.#options.secrets);
  }

  #readManifest(packageId: string): Promise<{ cbor: Buffer; manifest: Manifest }> {
    return findManifest(this.#db, this.#manifests, this.#nameInLog(packageId), packageId);
  }

  /** Decides on an event while the log is locked, and records it. */
  #record(decide: (tx: WriteTransaction) => Promise<EventDraft>): Promise<void> {
    return record(this.#logParts, async (tx) => [await decide(tx)]);
  }
}

/** @throws ArchiveError `INTEGRITY` naming the sequence when the payload is not what was recorded. */
export function decodeEvent(event: RecordedEvent): DecodedEvent {
  try {
    return {
      ...event,
      payload: decodeCbor(event.payload),
      payload_digest: formatContentAddress(event.payload_digest),
      previous_digest: formatContentAddress(event.previous_digest),
    };
  } catch (error) {
    const sentence = `The event log was changed at sequence ${event.sequence}; rebuild the registry with "infospace-archive store rebuild".`;
    throw new ArchiveError('INTEGRITY', sentence, error);
  }
}

function toFinalizedPackage(open: OpenPackage, { ingested, ...finalized }: Finalized): ImportedPackage {
  return {
    id: finalized.id,
    producer: open.package.producer,
    subject: open.package.subject,
    createdAt: open.package.created_at,
    retentionClass: open.retention_summary.retention_class,
    expiresAt: open.copy?.extendedUntil === undefined ? open.retention_summary.expires_at : open.copy.extendedUntil,
    manifestDigest: formatContentAddress(finalized.manifestDigest),
    contentDigest: formatContentAddress(finalized.contentDigest),
    fileCount: finalized.fileCount,
    totalBytes: finalized.totalBytes,
    storedBytes: finalized.storedBytes,
    isNew: finalized.isNew,
    ...ingested.reuse,
  };
}
