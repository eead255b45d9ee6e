import { existsSync, realpathSync } from 'node:fs';
import type { NewPackage, PackageSummary, Registry } from '../artifact-store/registry.ts';
import { DEFAULT_RETENTION_CLASS } from '../artifact-store/retention/classes.ts';
import { DEFAULT_PRODUCER } from './contract.ts';
import { type ArchiveRecord, appendToIndex, readIndex } from './index-file.ts';
import { type Infospace, openInfospace } from './infospace-file.ts';
import { openRegistry, type StoreLocation, storeOf } from './infospace-store.ts';
import { compileExclude, compileInclude } from './selection.ts';
import { type LeftOut, type Walked, walk } from './walk.ts';

export interface SelectionOptions {
  /** Paths and globs relative to the root; those of the infospace contract by default. */
  include?: readonly string[] | undefined;
  /** Patterns in gitignore syntax, after those of `.infospaceignore`. */
  exclude?: readonly string[] | undefined;
}

export interface ArchiveOptions extends SelectionOptions, StoreLocation {
  /** `release-evidence` by default. */
  retentionClass?: string | undefined;
  note?: string | undefined;
  /** `infospace-bench` by default. */
  producer?: string | undefined;
  /** The infospace's slug by default. */
  subject?: string | undefined;
  /** Makes no package when the newest one of the subject has the same content and retention class. */
  skipUnchanged?: boolean | undefined;
  /** False reads every file, whatever is known of it. */
  statCache?: boolean | undefined;
  /** Where this was made, for the manifest; nothing secret. */
  provenance?: Record<string, string> | undefined;
  onProgress?: ((progress: { files: number; bytes: number }) => void) | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

export interface ArchiveResult {
  /** As it stands in the index. */
  record: ArchiveRecord;
  /** False when `skipUnchanged` found nothing new; the record is then that of the package there is. */
  changed: boolean;
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  /** Bytes added to the store. */
  storedBytes: number;
  /** Files whose contents the store had already, or that came twice. */
  reusedFiles: number;
  reusedBytes: number;
  /** Files that were not read, being unchanged since the last archive. */
  unreadFiles: number;
  leftOut: LeftOut;
  warnings: string[];
}

/** What an archive would take in. */
export interface ArchivePlan {
  root: string;
  subject: string;
  includedPaths: string[];
  paths: string[];
  totalBytes: number;
  leftOut: LeftOut;
  warnings: string[];
}

/**
 * Preserves the state of an infospace as a package and records it in `output/archives/index.yaml`.
 *
 * When it throws, the index is as before and no package was made.
 *
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `PATH_INVALID`, `FILE_CHANGED`,
 * `FILE_UNREADABLE`, `STORE_UNAVAILABLE`.
 */
export async function archiveInfospace(root: string, options: ArchiveOptions = {}): Promise<ArchiveResult> {
  const infospace = await openInfospace(root);
  // A broken index is refused now rather than after the package is made.
  await readIndex(infospace.root);
  // All that can be refused without the store is, so that a refusal leaves no new store behind.
  const walked = list(infospace, options);
  if (options.registry) return archiveInto(options.registry, infospace, walked, options);
  const registry = await openRegistry(infospace.root, options, 'write');
  try {
    return await archiveInto(registry, infospace, walked, options);
  } finally {
    await registry.close();
  }
}

/** Lists what an archive would take in; reads no file and changes nothing. */
export async function planArchive(root: string, options: ArchiveOptions = {}): Promise<ArchivePlan> {
  const infospace = await openInfospace(root);
  const { entries, includedPaths, leftOut } = list(infospace, options);
  return {
    root: infospace.root,
    subject: options.subject ?? infospace.slug,
    includedPaths,
    paths: entries.map(({ path }) => path),
    totalBytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.stamp.size : 0), 0),
    leftOut,
    warnings: warningsOf(infospace, leftOut),
  };
}

function list({ root }: Infospace, options: ArchiveOptions): Walked {
  const storePaths = options.registry?.localPaths ?? storeOf(root, options).localPaths;
  return walk(root, {
    include: compileInclude(options.include),
    exclude: compileExclude(root, options.exclude ?? []),
    reserved: storePaths.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
  });
}

async function archiveInto(
  registry: Registry,
  infospace: Infospace,
  { entries, includedPaths, leftOut }: Walked,
  options: ArchiveOptions,
): Promise<ArchiveResult> {
  const { note = null, statCache, onProgress } = options;
  const asked: NewPackage = {
    producer: options.producer ?? DEFAULT_PRODUCER,
    subject: options.subject ?? infospace.slug,
    retentionClass: options.retentionClass ?? DEFAULT_RETENTION_CLASS,
    metadata: note === null ? {} : { note },
    provenance: options.provenance ?? {},
  };
  const same = options.skipUnchanged ? await latestLike(registry, asked) : undefined;
  const id = await registry.createPackage(asked);
  try {
    await registry.ingestFiles(id, infospace.root, entries, { statCache, onProgress });
    const preview = registry.previewPackage(id);
    const changed = same?.contentDigest !== preview.contentDigest;
    if (!changed) await registry.abandonPackage(id);
    const made = changed ? await registry.finalizePackage(id) : { ...same, ...preview, storedBytes: 0 };
    const record = recordOf(made, includedPaths, note);
    if (changed) await appendToIndex(infospace.root, record);
    return {
      record: changed ? record : ((await findRecord(infospace.root, made.id)) ?? record),
      changed,
      expiresAt: made.expiresAt,
      storedBytes: made.storedBytes,
      reusedFiles: made.reusedFiles,
      reusedBytes: made.reusedBytes,
      unreadFiles: made.unreadFiles,
      leftOut,
      warnings: warningsOf(infospace, leftOut),
    };
  } catch (error) {
    if (registry.isOpen(id)) await registry.abandonPackage(id);
    throw error;
  }
}

/** The newest package of the subject, if a new one would be kept no longer than it. */
async function latestLike(
  registry: Registry,
  { subject, retentionClass }: NewPackage,
): Promise<PackageSummary | undefined> {
  const latest = await registry.latestPackage(subject);
  if (latest?.retentionClass !== retentionClass) return undefined;
  return (await registry.getRetentionState(latest.id)).eligible ? undefined : latest;
}

async function findRecord(root: string, packageId: string): Promise<ArchiveRecord | undefined> {
  return (await readIndex(root)).findLast((record) => record.package_id === packageId);
}

function recordOf(made: PackageSummary, includedPaths: string[], note: string | null): ArchiveRecord {
  return {
    package_id: made.id,
    manifest_digest: made.manifestDigest,
    content_digest: made.contentDigest,
    retention_class: made.retentionClass,
    created_at: made.createdAt,
    included_paths: includedPaths,
    file_count: made.fileCount,
    total_bytes: made.totalBytes,
    note,
    producer: made.producer,
    subject: made.subject,
  };
}

function warningsOf({ warning }: Infospace, { special }: LeftOut): string[] {
  const warnings = warning === undefined ? [] : [warning];
  if (special > 0)
    warnings.push(`${special} sockets, pipes or devices were left out; a package holds files, links and folders.`);
  return warnings;
}
