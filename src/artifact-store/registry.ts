import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { RegistryDatabase, WriteTransaction } from './database/database.ts';
import type { EventTable, PackageTable, TombstoneTable } from './database/schema.ts';
import { type CborValue, decodeCbor } from './encoding/cbor.ts';
import { ArchiveError, isArchiveError } from './errors.ts';
import { readEvents, record, verifyEvents } from './events/log.ts';
import type { EventDraft } from './events/model.ts';
import type { GarbageOptions, GarbageReport } from './garbage/collect.ts';
import { type ContentAddress, formatContentAddress, isContentAddress, parseContentAddress } from './identity/digest.ts';
import { contentDigest, encodeManifestJson } from './manifest/codec.ts';
import { type ContentEntry, isContentEntry, type Manifest } from './manifest/model.ts';
import { sortedEntries } from './manifest/paths.ts';
import { fetchManifest } from './manifest/stored.ts';
import { checkNewPackage, checkText, type NewPackage, type PackageRules } from './new-package.ts';
import { abandon, type Finalized, finalize, type OpenPackage } from './open-package.ts';
import { readContent } from './packs/content-reader.ts';
import { Ingest, type Progress, type Reuse } from './packs/ingest.ts';
import { loadContents } from './packs/load-contents.ts';
import { StatCache } from './packs/stat-cache.ts';
import { WorkerPool } from './packs/worker-pool.ts';
import { type Checked, checkFiles, chooseContents, type Damage, findingsOf, writeFiles } from './read-package.ts';
import { expiryOf, type RetentionClass } from './retention/classes.ts';
import {
  eligiblePackages,
  expired,
  extension,
  findHold,
  type Hold,
  holdApplied,
  holdReleased,
  listHolds,
  type RetentionState,
  retentionState,
} from './retention/state.ts';
import type { SourceEntry } from './source.ts';
import { type StoreStats, storeStats } from './stats.ts';
import type { RequestCounts, StorageBackend } from './storage/backend.ts';

export interface RegistryOptions extends PackageRules {
  database: RegistryDatabase;
  storage: StorageBackend;
  /** Who changes the store, for the audit log. */
  actor: string;
  /** Files and folders of this machine that the store consists of. */
  localPaths?: readonly string[] | undefined;
  /** Folder for stat caches; without one every file is read. */
  statCacheDirectory?: string | undefined;
  /** The time; for tests. */
  now?: () => Date;
}

export interface PackageSummary {
  id: string;
  producer: string;
  subject: string;
  /** RFC 3339, UTC. */
  createdAt: string;
  retentionClass: string;
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  manifestDigest: ContentAddress;
  contentDigest: ContentAddress;
  /** Entries: files, links and empty folders. */
  fileCount: number;
  totalBytes: number;
}

/** What is left of a package that was disposed of: its certificate. */
export interface Tombstone extends PackageSummary {
  disposedAt: string;
  /** The actor. */
  disposedBy: string;
  reason: string;
}

export interface PackagePreview extends Reuse {
  contentDigest: ContentAddress;
}

/** What a new package cost the store, and what it could reuse. */
export interface FinalizedPackage extends PackageSummary, Reuse {
  /** Bytes added to storage. */
  storedBytes: number;
}

export interface VerifyOptions {
  /**
   * Tells the log what was found and marks what is damaged, so that it is stored anew as soon as somebody archives it;
   * takes the mark from what is sound again.
   */
  record?: boolean | undefined;
  /** Share of the contents to read, chosen at random: more than 0, up to 1. */
  sample?: number | undefined;
}

export interface VerifiedPackage {
  id: string;
  /** Entries: files, links and empty folders. */
  files: number;
  bytes: number;
  damage: Damage[];
  /** Of a sample, the files that were read. */
  read?: { files: number; bytes: number };
  /** Why the log was not told, although it was to be. */
  unrecorded?: ArchiveError;
}

/** An event as the audit log has it. */
export type RecordedEvent = EventTable;

/** An event as text tells it. */
export interface DecodedEvent extends Omit<EventTable, 'payload' | 'payload_digest' | 'previous_digest'> {
  payload: CborValue;
  payload_digest: ContentAddress;
  previous_digest: ContentAddress;
}

export type { GarbageOptions, GarbageReport, Hold, RequestCounts, StoreStats };

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
  readonly #finalizing = new Set<Promise<FinalizedPackage>>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.localPaths = options.localPaths ?? [];
  }

  /**
   * Begins a package. Nothing of it is stored where others could see it until it is finalized.
   *
   * @returns its id.
   * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or a value that holds a secret.
   */
  async createPackage(asked: NewPackage): Promise<string> {
    const found = checkNewPackage(asked, this.#options);
    const { producer, subject, metadata = {}, provenance = {} } = asked;
    const id = uuidv7();
    const createdAt = this.#now();
    this.#open.set(id, {
      package: { id, producer, subject, created_at: createdAt.toISOString(), metadata },
      retention_summary: { retention_class: found.name, expires_at: expiryOf(found, createdAt) },
      provenance,
      ingest: new Ingest({
        db: this.#options.database.db,
        storage: this.#options.storage,
        workers: this.#workers,
        now: this.#now,
      }),
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
    options: { statCache?: boolean | undefined; onProgress?: ((progress: Progress) => void) | undefined } = {},
  ): Promise<void> {
    const { ingest } = this.#openPackage(packageId);
    const list = sortedEntries([...entries]);
    const directory = options.statCache === false ? undefined : this.#options.statCacheDirectory;
    const statCache = directory === undefined ? undefined : await StatCache.open(directory, base);
    await ingest.add(base, list, { statCache, onProgress: options.onProgress });
  }

  /** Adds one entry; see {@link ingestFiles}. */
  ingestFile(packageId: string, base: string, entry: SourceEntry): Promise<void> {
    return this.ingestFiles(packageId, base, [entry], { statCache: false });
  }

  /** What the package would be if it were finalized now. */
  previewPackage(packageId: string): PackagePreview {
    const { entries, reuse } = this.#openPackage(packageId).ingest;
    return { contentDigest: formatContentAddress(contentDigest(sortedEntries(entries))), ...reuse };
  }

  /** Makes the package durable, then visible. When it throws, the package is open still. */
  async finalizePackage(packageId: string): Promise<FinalizedPackage> {
    const open = this.#openPackage(packageId);
    // What it consists of may be visible from now on, so nothing may take it back meanwhile.
    this.#open.delete(packageId);
    // Not before it is known to `close`.
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
    await abandon(open);
  }

  /** A finalized package by its id or its manifest digest. */
  async getPackage(idOrDigest: string): Promise<PackageSummary> {
    const [column, value] = keyOf(idOrDigest);
    const row = await this.#db.selectFrom('packages').selectAll().where(column, '=', value).executeTakeFirst();
    if (row) return toSummary(row);
    const tombstone = await this.#findTombstone(idOrDigest);
    throw new ArchiveError(
      'NOT_FOUND',
      tombstone
        ? `Package "${idOrDigest}" was disposed of at ${tombstone.disposed_at}: ${tombstone.reason}; archive it again from another copy.`
        : `There is no package "${idOrDigest}" in the store; list what there is.`,
    );
  }

  /** The disposal certificate of a package, by its id or its manifest digest; undefined when it was not disposed of. */
  async getTombstone(idOrDigest: string): Promise<Tombstone | undefined> {
    const row = await this.#findTombstone(idOrDigest);
    return row && toTombstone(row);
  }

  /** All disposal certificates, oldest first. */
  async listTombstones(): Promise<Tombstone[]> {
    const query = this.#db.selectFrom('tombstones').selectAll().orderBy('disposed_at').orderBy('id');
    return (await query.execute()).map(toTombstone);
  }

  /** Finalized packages, oldest first. */
  async listPackages(filter: { subject?: string } = {}): Promise<PackageSummary[]> {
    const query = this.#db.selectFrom('packages').selectAll().orderBy('created_at').orderBy('id');
    const rows = await (filter.subject === undefined ? query : query.where('subject', '=', filter.subject)).execute();
    return rows.map(toSummary);
  }

  /** The newest finalized package of a subject, or the one that came so many before it. */
  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    const row = await this.#db
      .selectFrom('packages')
      .selectAll()
      .where('subject', '=', subject)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .offset(before)
      .executeTakeFirst();
    return row && toSummary(row);
  }

  /** A package's manifest as stored: canonical CBOR, or its JSON view (RFC 8785). */
  async getManifestBytes(packageId: string, format: 'cbor' | 'json'): Promise<Uint8Array> {
    const { cbor, manifest } = await this.#readManifest(packageId);
    return format === 'cbor' ? cbor : Buffer.from(encodeManifestJson(manifest));
  }

  async getManifest(packageId: string): Promise<Manifest> {
    return (await this.#readManifest(packageId)).manifest;
  }

  /** One file of a package, in pieces. Its last piece arrives only when the whole was found sound. */
  async *getFile(packageId: string, path: string): AsyncIterable<Uint8Array> {
    const { files } = await this.getManifest(packageId);
    const entry = files.find((candidate) => candidate.path === path);
    if (entry === undefined || !isContentEntry(entry)) {
      throw new ArchiveError(
        'NOT_FOUND',
        `Package "${packageId}" has no file ${JSON.stringify(path)}; show its files.`,
      );
    }
    yield* readContent(this.#readerParts, entry);
  }

  /**
   * Writes files of a package below a folder that has their parent folders and none of them.
   *
   * @throws ArchiveError `INTEGRITY` at the first that is not what was stored.
   */
  async extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: (progress: Progress) => void,
  ): Promise<void> {
    await writeFiles(this.#readerParts, entries, directory, onProgress);
  }

  /** The contents of entries of a package, in their order and all in memory: for few or small files. */
  loadFiles(entries: readonly ContentEntry[]): Promise<Buffer[]> {
    return loadContents(this.#readerParts, entries);
  }

  /**
   * Writes a package into one new file that holds all of it and needs no store to be read; `docs/format.md` has its
   * layout, `openBag` reads it.
   */
  async exportPackage(packageId: string, file: string, onProgress?: (progress: Progress) => void): Promise<void> {
    const manifest = await this.getManifestBytes(packageId, 'cbor');
    const { writeBag } = await import('./bag/write-bag.ts');
    await writeBag(file, manifest, (entries, directory) => this.extractFiles(entries, directory, onProgress));
  }

  /**
   * Reads every byte of the packages, or of a sample, from storage and compares all digests. Contents they share are read
   * once. A package that is disposed of meanwhile is passed over.
   *
   * @throws ArchiveError `USAGE` for a sample that is none.
   */
  async *verifyPackages(
    packageIds: Iterable<string>,
    onProgress?: (progress: Progress) => void,
    { record: isRecorded = false, sample = 1 }: VerifyOptions = {},
  ): AsyncIterable<VerifiedPackage> {
    const checked: Checked = new Map();
    const isChosen = chooseContents(sample);
    const startedAt = this.#now();
    let unrecorded: ArchiveError | undefined;
    for (const id of packageIds) {
      const found = await this.#verify(id, isChosen, checked, onProgress).catch(async (error: unknown) => {
        if (!(await this.#wasDisposedSince(id, startedAt))) throw error;
      });
      if (found === undefined) continue;
      const { contents, ...verified } = found;
      const read = { files: contents.length, bytes: contents.reduce((sum, { size }) => sum + size, 0) };
      if (isRecorded) {
        const payload = { ...read, damaged: verified.damage.length };
        unrecorded ??= await this.#recordVerified(id, payload, contents, checked);
      }
      yield { ...verified, ...(sample < 1 && { read }), ...(unrecorded && { unrecorded }) };
    }
  }

  /** What the store holds, and what that costs. */
  stats(): Promise<StoreStats> {
    return storeStats(this.#db);
  }

  /** Requests sent to storage so far; undefined where they cost nothing. */
  get requests(): Readonly<RequestCounts> | undefined {
    return this.#options.storage.requests;
  }

  listRetentionClasses(): readonly RetentionClass[] {
    return this.#options.retentionClasses;
  }

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
   */
  async applyHold(packageId: string, reason: string, until: Date | null = null): Promise<string> {
    this.#checkReason(reason);
    const id = uuidv7();
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
    return found.map(toSummary);
  }

  /** Disposes of eligible packages and reclaims what nothing needs; see {@link GarbageOptions}. */
  async collectGarbage(options: GarbageOptions): Promise<GarbageReport> {
    const { collectGarbage } = await import('./garbage/collect.ts');
    return collectGarbage({ ...this.#logParts, workers: this.#workers }, options);
  }

  /** The newest event: whoever knows it can tell later whether the log before it was changed. */
  async eventHead(): Promise<{ sequence: number; digest: ContentAddress }> {
    const head = await this.#db.selectFrom('event_head').selectAll().executeTakeFirstOrThrow();
    return { sequence: head.sequence, digest: formatContentAddress(Buffer.from(head.digest)) };
  }

  /** The events after a sequence number, oldest first. */
  tailEvents(after = 0): AsyncIterable<RecordedEvent> {
    return readEvents(this.#db, after);
  }

  /**
   * Checks the event log from end to end.
   *
   * @returns the number of events.
   * @throws ArchiveError `INTEGRITY` naming the first sequence that was changed.
   */
  verifyEvents(): Promise<number> {
    return verifyEvents(this.#db);
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
    const { database, storage, actor } = this.#options;
    return { database, storage, actor, now: this.#now };
  }

  get #readerParts() {
    return { db: this.#db, storage: this.#options.storage, workers: this.#workers };
  }

  #openPackage(packageId: string): OpenPackage {
    const open = this.#open.get(packageId);
    if (open) return open;
    throw new ArchiveError('NOT_FOUND', `Package "${packageId}" is not open for adding; create a new one.`);
  }

  async #finalize(open: OpenPackage): Promise<FinalizedPackage> {
    try {
      return toFinalizedPackage(open, await finalize(this.#logParts, open));
    } catch (error) {
      this.#open.set(open.package.id, open);
      throw error;
    }
  }

  async #verify(
    id: string,
    isChosen: (entry: ContentEntry) => boolean,
    checked: Checked,
    onProgress: ((progress: Progress) => void) | undefined,
  ): Promise<VerifiedPackage & { contents: ContentEntry[] }> {
    const { fileCount: files, totalBytes: bytes } = await this.getPackage(id);
    let contents: ContentEntry[] = [];
    try {
      contents = (await this.getManifest(id)).files.filter(isContentEntry).filter(isChosen);
      return { id, files, bytes, damage: await checkFiles(this.#readerParts, contents, checked, onProgress), contents };
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      return { id, files, bytes, damage: [{ path: undefined, error }], contents };
    }
  }

  async #wasDisposedSince(id: string, time: Date): Promise<boolean> {
    const tombstone = await this.#findTombstone(id);
    return tombstone !== undefined && tombstone.disposed_at >= time.toISOString();
  }

  /** @returns why it could not be recorded: a store that is read-only can be verified too. */
  async #recordVerified(
    id: string,
    payload: { files: number; bytes: number; damaged: number },
    contents: readonly ContentEntry[],
    checked: Checked,
  ): Promise<ArchiveError | undefined> {
    try {
      await record(this.#logParts, async (tx) => [
        { type: 'v1.storage.verified', subjectKind: 'package', subjectId: id, payload },
        ...(await findingsOf(tx, contents, checked)),
      ]);
      return undefined;
    } catch (error) {
      if (error instanceof ArchiveError) return error;
      throw error;
    }
  }

  #findTombstone(idOrDigest: string): Promise<TombstoneTable | undefined> {
    const [column, value] = keyOf(idOrDigest);
    return this.#db.selectFrom('tombstones').selectAll().where(column, '=', value).executeTakeFirst();
  }

  #checkReason(reason: string): void {
    checkText(reason, 'the reason', this.#options.secrets);
  }

  async #readManifest(packageId: string): Promise<{ cbor: Buffer; manifest: Manifest }> {
    const { id, manifestDigest } = await this.getPackage(packageId);
    const found = await fetchManifest(this.#options.storage, parseContentAddress(manifestDigest));
    if (found.manifest.package.id === id) return found;
    throw new ArchiveError(
      'INTEGRITY',
      `The manifest of package "${id}" is that of another one; restore the registry from a backup.`,
    );
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
    const sentence = `The event log was changed at sequence ${event.sequence}; compare it with a backup of the registry.`;
    throw new ArchiveError('INTEGRITY', sentence, error);
  }
}

/** @throws ArchiveError `USAGE` for what is neither id nor digest. */
function keyOf(idOrDigest: string): ['id', string] | ['manifest_digest', Uint8Array] {
  if (isUuid(idOrDigest)) return ['id', idOrDigest.toLowerCase()];
  if (isContentAddress(idOrDigest)) return ['manifest_digest', parseContentAddress(idOrDigest)];
  throw new ArchiveError(
    'USAGE',
    `"${idOrDigest}" is neither a package id nor a manifest digest; list the packages to see theirs.`,
  );
}

function toTombstone({ disposed_at, disposed_by, reason, ...row }: TombstoneTable): Tombstone {
  return { ...toSummary(row), disposedAt: disposed_at, disposedBy: disposed_by, reason };
}

function toSummary(row: Omit<PackageTable, 'finalized_at' | 'expired_at'>): PackageSummary {
  return {
    id: row.id,
    producer: row.producer,
    subject: row.subject,
    createdAt: row.created_at,
    retentionClass: row.retention_class,
    expiresAt: row.expires_at,
    manifestDigest: formatContentAddress(row.manifest_digest),
    contentDigest: formatContentAddress(row.content_digest),
    fileCount: row.file_count,
    totalBytes: row.total_bytes,
  };
}

function toFinalizedPackage(open: OpenPackage, { ingested, ...finalized }: Finalized): FinalizedPackage {
  return {
    id: finalized.id,
    producer: open.package.producer,
    subject: open.package.subject,
    createdAt: open.package.created_at,
    retentionClass: open.retention_summary.retention_class,
    expiresAt: open.retention_summary.expires_at,
    manifestDigest: formatContentAddress(finalized.manifestDigest),
    contentDigest: formatContentAddress(finalized.contentDigest),
    fileCount: finalized.fileCount,
    totalBytes: finalized.totalBytes,
    storedBytes: finalized.storedBytes,
    ...ingested.reuse,
  };
}
