import { type Abortable, failingWithReason } from './abort.ts';
import type { BagTarget } from './bag/write-bag.ts';
import type { LogPin, StorePin } from './commit/pins.ts';
import { record } from './commit/record.ts';
import type { WriteTransaction } from './database/database.ts';
import type { PackageTable } from './database/schema.ts';
import type { SessionKey } from './encryption/session-key.ts';
import { sealedText } from './encryption/store-keys.ts';
import { ArchiveError } from './errors.ts';
import { abandon, finalize, isImported } from './finalize.ts';
import { findPackage } from './find-packages.ts';
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
  listNotes,
  type Note,
  noteAmended,
} from './labels.ts';
import type { EventDraft, PackageOrigin } from './log/model.ts';
import type { StreamedManifest } from './manifest/codec.ts';
import type { FileEntry } from './manifest/model.ts';
import { checkNewPackage, checkNote, checkReason, checkText, type NewPackage } from './new-package.ts';
import type { Finalized, OpenPackage } from './open-package.ts';
import { extendedElsewhere } from './package-events.ts';
import type { PackageReader } from './package-reader.ts';
import { type PackageSummary, type Tombstone, toSummary } from './package-summary.ts';
import { Ingest, type Reuse } from './packs/ingest.ts';
import type { ReadFiles } from './packs/ordered-reader.ts';
import type { OnProgress } from './packs/progress.ts';
import { StatCache } from './packs/stat-cache.ts';
import { expiryOf } from './retention/classes.ts';
import {
  eligiblePackages,
  expired,
  extension,
  findHold,
  type Hold,
  holdApplied,
  holdReleased,
  type KeepRules,
  retentionState,
} from './retention/state.ts';
import { revealedLabel } from './sealed-package.ts';
import type { SourceEntry } from './source.ts';
import type { StoreStats } from './stats.ts';
import type { ByteRange, RequestCounts } from './storage/backend.ts';
import { StoreReader, type StoreReaderOptions } from './store-reader.ts';
import { type VerifiedPackage, type VerifyOptions, verifyPackages } from './verify-packages.ts';

export interface RegistryOptions extends StoreReaderOptions {
  /** Folder for stat caches; without one every file is read. */
  statCacheDirectory?: string | undefined;
}

/** What a package would be, and how much it could reuse. */
export interface PackagePreview extends Reuse {
  contentDigest: ContentAddress;
}

/** How much a new package added to the store, and how much it could reuse. */
export interface FinalizedPackage extends PackageSummary, Reuse {
  /** Bytes added to storage. */
  storedBytes: number;
}

/** How much an imported package added to the store. */
export interface ImportedPackage extends FinalizedPackage {
  /** False when the store already had it, and nothing was added. */
  isNew: boolean;
}

export type { OnProgress, Progress } from './packs/progress.ts';
export type {
  BagTarget,
  ByteRange,
  GarbageOptions,
  GarbageReport,
  Hold,
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
 * The artifact store: packages of files that are immutable, have a retention, and are read back byte for byte. It behaves the same with
 * every database and storage.
 * Every method throws `ArchiveError`: `NOT_FOUND` for a package that does not exist, `STORE_UNAVAILABLE` when database or storage fail,
 * `INTEGRITY` when stored bytes were changed or lost.
 */
export class Registry extends StoreReader {
  readonly #statCacheDirectory: string | undefined;
  readonly #open = new Map<string, OpenPackage>();
  readonly #finalizing = new Set<Promise<ImportedPackage>>();

  constructor({ statCacheDirectory, ...options }: RegistryOptions) {
    super(options);
    this.#statCacheDirectory = statCacheDirectory;
  }

  /**
   * Begins a package, which stays invisible to others until it is finalized. The signal aborts all work on it until then.
   * @returns its id.
   * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or a value that contains a secret.
   */
  async createPackage(asked: NewPackage, { signal }: Abortable = {}): Promise<string> {
    signal?.throwIfAborted();
    const found = checkNewPackage(asked, this.options);
    const { producer, subject, metadata = {}, provenance = {}, origin } = asked;
    const id = newUuid();
    const createdAt = this.now();
    const session = this.keys?.beginSession();
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
   * Adds entries that are below a folder.
   * @throws ArchiveError `PATH_INVALID`, before anything is read, for names that a package cannot contain; `FILE_CHANGED` or
   * `FILE_UNREADABLE` naming the file. The caller must then abandon the package.
   */
  async ingestFiles(
    packageId: string,
    base: string,
    entries: Iterable<SourceEntry>,
    options: { statCache?: boolean | undefined; onProgress?: OnProgress | undefined } = {},
  ): Promise<void> {
    const { ingest, signal } = this.#openPackage(packageId);
    const directory = options.statCache === false ? undefined : this.#statCacheDirectory;
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
   * Adds entries with contents from a bag or another store; contents that this store already has are not read.
   * @throws ArchiveError `PATH_INVALID` for names that a package cannot contain, and what `readFiles` throws. The caller must then abandon
   * the package.
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
   * Imports a package from a bag or another store, with its id and its manifest. Contents that this store already has are not read there.
   * An extended expiry is extended here too. Holds are not copied.
   * @throws ArchiveError `STATE_CONFLICT` when this store disposed of it, or has a different package with its id; `INTEGRITY` when it does
   * not match its digests; `USAGE` when it contains the value of a configured secret. The reason of the signal when it is aborted before
   * the package is visible; nothing remains of it then.
   */
  async importPackage(
    reader: PackageReader,
    packageId: string,
    origin: PackageOrigin,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<ImportedPackage> {
    signal?.throwIfAborted();
    const { open, summary } = await importedPackage(reader, packageId, origin, this.options.secrets);
    const { id } = open.package;
    const digest = this.names.digest(parseContentAddress(summary.manifestDigest));
    if (await isImported(this.db, id, digest)) return this.#keepLonger(summary, digest);
    if (this.#open.has(id))
      throw new ArchiveError(
        'STATE_CONFLICT',
        `Package "${id}" is being imported by this process; wait until that is done.`,
        undefined,
        {
          packageId: id,
        },
      );
    const session = this.keys?.beginSession();
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

  /** What the package would be if it were finalized now. */
  previewPackage(packageId: string): PackagePreview {
    const { entries, reuse } = this.#openPackage(packageId).ingest;
    return { contentDigest: formatContentAddress(entries.contentDigest()), ...reuse };
  }

  /** Makes the package durable, then visible. If this throws, the package is still open. */
  async finalizePackage(packageId: string): Promise<ImportedPackage> {
    const open = this.#openPackage(packageId);
    // Its contents may be visible from now on, so nothing may undo it meanwhile.
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

  /** Undoes a package that is not finalized; the store is left as before. */
  async abandonPackage(packageId: string): Promise<void> {
    const open = this.#openPackage(packageId);
    this.#open.delete(packageId);
    await abandon(open, this.options.storage);
  }

  /**
   * Reads every byte of the packages, or of a sample, from storage and compares all digests. Shared contents are read once. A package
   * disposed of meanwhile is skipped.
   * @throws ArchiveError `USAGE` for an invalid sample.
   */
  verifyPackages(
    packageIds: Iterable<string>,
    onProgress?: OnProgress,
    options: VerifyOptions = {},
  ): AsyncIterable<VerifiedPackage> {
    return verifyPackages({ ...this.logParts, ...this.readerParts(options.signal) }, packageIds, onProgress, options);
  }

  /**
   * Moves the expiry to a later time, null for never.
   * @throws ArchiveError `STATE_CONFLICT` for an earlier one; `USAGE` without a reason.
   */
  async extendRetention(packageId: string, expiresAt: Date | null, reason: string): Promise<void> {
    this.#checkReason(reason);
    await this.#record(async (tx) => extension(await retentionState(tx, packageId, this.now()), expiresAt, reason));
  }

  /**
   * Keeps the package, regardless of its expiry, until the hold is released or lapses.
   * @returns the hold's id.
   * @throws ArchiveError `USAGE` without a reason, or when it would end in the past.
   */
  async applyHold(packageId: string, reason: string, until: Date | null = null): Promise<string> {
    this.#checkReason(reason);
    const id = newUuid();
    await this.#record(async (tx) => {
      await retentionState(tx, packageId, this.now());
      return holdApplied({ id, packageId, reason, until }, this.now());
    });
    return id;
  }

  /** @throws ArchiveError `STATE_CONFLICT` when it was released before. */
  async releaseHold(holdId: string, reason: string): Promise<void> {
    this.#checkReason(reason);
    await this.#record(async (tx) => holdReleased(await findHold(tx, holdId), reason));
  }

  /**
   * Gives a package a label, which is unique within its subject. Does nothing if the package has it already.
   * @returns the current label.
   * @throws ArchiveError `USAGE` for an invalid label; `STATE_CONFLICT` when another package has it.
   */
  async addLabel(packageId: string, label: string): Promise<Label> {
    checkText(label, 'the label', this.options.secrets);
    return this.#changeLabel(packageId, label, labelAdded);
  }

  /**
   * Moves a label to another package of the same subject.
   * @returns the current label.
   * @throws ArchiveError `USAGE` without a reason; `NOT_FOUND` for a label that does not exist.
   */
  async moveLabel(packageId: string, label: string, reason: string): Promise<Label> {
    this.#checkReason(reason);
    return this.#changeLabel(packageId, label, (found, name, current) => labelMoved(found, name, current, reason));
  }

  async #changeLabel(packageId: string, label: string, change: typeof labelAdded): Promise<Label> {
    let subject = '';
    await record(this.logParts, async (tx) => {
      const found = await findPackage(tx, this.names.packageName(packageId), packageId);
      subject = found.subject;
      return change(found, label, await findLabel(tx, subject, label));
    });
    return revealedLabel(this.db, this.keys, (await findLabel(this.db, subject, label))!);
  }

  /** @throws ArchiveError `NOT_FOUND` for a label that does not exist. */
  async removeLabel(subject: string, label: string, reason?: string): Promise<void> {
    if (reason !== undefined) this.#checkReason(reason);
    const named = this.names.subject(subject);
    await record(this.logParts, async (tx) => labelRemoved(named, label, await findLabel(tx, named, label), reason));
  }

  /** Amends the note of a package; its manifest keeps the original one. */
  async amendNote(packageId: string, note: string): Promise<void> {
    checkNote(note, this.options.secrets);
    const { id } = await this.getPackage(packageId);
    if (this.keys?.mayRead) {
      // A text is sealed to different bytes each time, so it is compared here, with the newest note.
      await this.refresh();
      if ((await this.listNotes(id))[0]?.note === note) return;
    }
    const session = this.keys?.beginSession();
    if (session) await this.keys?.storeSession(session);
    const stored = session ? sealedText(session, { kind: 'note', packageId: id }, note) : note;
    await record(this.logParts, async (tx) => {
      await findPackage(tx, id);
      return noteAmended(id, stored, (await listNotes(tx, id))[0]);
    });
  }

  /**
   * Records the expiry of every package that became eligible for disposal.
   * @returns those packages.
   */
  async sweepRetention(): Promise<PackageSummary[]> {
    let found: PackageTable[] = [];
    await record(this.logParts, async (tx) => {
      found = (await eligiblePackages(tx, this.now())).filter(({ expired_at }) => expired_at === null);
      return found.map(expired);
    });
    return this.names.revealAll(found.map(toSummary));
  }

  /**
   * Disposes of a package before its expiry; only its disposal certificate remains, with the reason. `collectGarbage` removes its bytes
   * after the grace period, unless another package needs them.
   * @throws ArchiveError `STATE_CONFLICT` when a hold keeps it; `USAGE` without a reason.
   */
  async purgePackage(packageId: string, reason: string): Promise<Tombstone> {
    this.#checkReason(reason);
    const { id } = await this.getPackage(packageId);
    const { purge } = await import('./garbage/purge.ts');
    await purge(this.logParts, id, reason);
    return (await this.getTombstone(id))!;
  }

  /** Disposes of eligible packages and reclaims what nothing needs; see {@link GarbageOptions}. */
  async collectGarbage(options: GarbageOptions): Promise<GarbageReport> {
    const { collectGarbage } = await import('./garbage/collect.ts');
    return collectGarbage({ ...this.logParts, workers: this.workers }, options);
  }

  /** Closes threads and connections; open packages are undone. */
  override async close(): Promise<void> {
    await Promise.allSettled(this.#finalizing);
    try {
      for (const id of [...this.#open.keys()]) await this.abandonPackage(id);
    } finally {
      await super.close();
    }
  }

  #newIngest(signal: AbortSignal | undefined, session: SessionKey | undefined): Ingest {
    const { database, storage } = this.options;
    const parts = { database, storage, workers: this.workers, now: this.now, signal };
    return new Ingest({ ...parts, keys: this.keys, session });
  }

  /** For a package that this store already has: extends its expiry if needed. */
  async #keepLonger({ id, expiresAt }: PackageSummary, digest: Uint8Array): Promise<ImportedPackage> {
    const isLonger = (here: string | null) => here !== null && (expiresAt === null || expiresAt > here);
    await record(this.logParts, async (tx) => {
      // Another writer may have disposed of it since the log was followed.
      await isImported(tx, id, digest);
      return isLonger((await retentionState(tx, id, this.now())).expiresAt) ? [extendedElsewhere(id, expiresAt)] : [];
    });
    const reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0, storedBytes: 0 };
    return { ...(await this.getPackage(id)), ...reuse, isNew: false };
  }

  #openPackage(packageId: string): OpenPackage {
    const open = this.#open.get(packageId);
    if (open) return open;
    throw new ArchiveError('NOT_FOUND', `Package "${packageId}" is not open; create a new one.`, undefined, {
      packageId,
    });
  }

  async #finalize(open: OpenPackage): Promise<ImportedPackage> {
    try {
      return toFinalizedPackage(open, await finalize(this.logParts, open));
    } catch (error) {
      this.#open.set(open.package.id, open);
      throw error;
    }
  }

  #checkReason(reason: string): void {
    checkReason(reason, this.options.secrets);
  }

  /** Decides on an event under the lock of the log, and records it. */
  #record(decide: (tx: WriteTransaction) => Promise<EventDraft>): Promise<void> {
    return record(this.logParts, async (tx) => [await decide(tx)]);
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
