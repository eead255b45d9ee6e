import { existsSync, realpathSync } from 'node:fs';
import { checkSource } from '../artifact-store/check-source.ts';
import { ArchiveError, LeftStoreError } from '../artifact-store/errors.ts';
import type { SymlinkEntry } from '../artifact-store/manifest/model.ts';
import { checkNewPackage, type NewPackage } from '../artifact-store/new-package.ts';
import type { OnProgress, PackageSummary, Registry, RequestCounts } from '../artifact-store/registry.ts';
import { DEFAULT_RETENTION_CLASS } from '../artifact-store/retention/classes.ts';
import { DEFAULT_PRODUCER } from './contract.ts';
import { appendToIndex, isReadOnly, readIndex, readNewest, recording, requireUsableIndex } from './index-file.ts';
import { readPins, requirePins } from './index-pins.ts';
import { type ArchiveRecord, recordOf } from './index-record.ts';
import { type Infospace, openInfospace } from './infospace-file.ts';
import { isEmbedded, namesStore, openRegistry, storeOf } from './infospace-store.ts';
import { describeStrays, type LinkPolicy, treatLinks } from './links.ts';
import { checkNewStore, type StoreToAddTo } from './new-store.ts';
import { findSecretFiles } from './secret-files.ts';
import { compileExclude, compileInclude } from './selection.ts';
import { type LeftOut, type Walked, walk } from './walk.ts';

export interface SelectionOptions {
  /** Paths and globs relative to the root; by default those of the infospace contract. */
  include?: readonly string[] | undefined;
  /** Patterns in gitignore syntax, after those of `.infospaceignore`. */
  exclude?: readonly string[] | undefined;
}

/** What to archive, into which store, and the metadata of the package. */
export interface ArchiveOptions extends SelectionOptions, StoreToAddTo {
  /** `release-evidence` by default. */
  retentionClass?: string | undefined;
  /** Why this state is kept; in the manifest and the index. */
  note?: string | undefined;
  /** `infospace-bench` by default. */
  producer?: string | undefined;
  /** The infospace's slug by default. */
  subject?: string | undefined;
  /** Creates no package when the newest one of the subject has the same content and retention class. */
  skipUnchanged?: boolean | undefined;
  /** How to treat links whose target is not in the package; `keep` by default. */
  links?: LinkPolicy | undefined;
  /** Throws instead of warning when files that commonly contain secrets would be archived. */
  refuseSecrets?: boolean | undefined;
  /** False reads every file, even those that look unchanged since the last archive. */
  statCache?: boolean | undefined;
  /** Where the package was made, for the manifest. Must contain no secrets. */
  provenance?: Record<string, string> | undefined;
  /** Called from time to time with the number of files and bytes read. */
  onProgress?: OnProgress | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** What was archived, and what it added to the store. */
export interface ArchiveResult {
  /** The index record, even when it could not be written. */
  record: ArchiveRecord;
  /** False when the infospace is not writable, so that its index lacks the record. */
  recorded: boolean;
  /** False when `skipUnchanged` found nothing new; the record is then that of the existing package. */
  changed: boolean;
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  /** Bytes added to the store. */
  storedBytes: number;
  /** Files whose contents were already in the store or occur twice in this archive. */
  reusedFiles: number;
  /** Total size of these files. */
  reusedBytes: number;
  /** Files that were not read because they are unchanged since the last archive. */
  unreadFiles: number;
  leftOut: LeftOut;
  /** Requests sent to storage; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
  /** Warnings to show: files that commonly contain secrets, a folder without `infospace.yaml`. */
  warnings: string[];
}

/** What an archive would contain. */
export interface ArchivePlan {
  /** Absolute, with links resolved. */
  root: string;
  subject: string;
  /** The include patterns that match something. */
  includedPaths: string[];
  /** Files, links and empty folders. */
  paths: string[];
  /** Total size of the files. */
  totalBytes: number;
  leftOut: LeftOut;
  warnings: string[];
}

/**
 * Archives the state of an infospace as a package and records it in `output/archives/index.yaml`.
 * When it throws, the index is unchanged, and no package exists unless the error names one. An abort undoes what was begun; once the
 * package is visible, the call ignores the abort, records the package and returns.
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `SECRETS_REFUSED`, `PATH_INVALID`, `FILE_CHANGED`,
 * `FILE_UNREADABLE`, `STORE_UNAVAILABLE`; `INTEGRITY` when the store is not the one that the index was written with.
 */
export async function archiveInfospace(root: string, options: ArchiveOptions = {}): Promise<ArchiveResult> {
  options.signal?.throwIfAborted();
  const infospace = await openInfospace(root);
  // Bad input is refused before the store is opened, so that a refusal leaves no new store and no package behind.
  const recorded = isStoreInside(infospace.root, options) || !(await isReadOnly(infospace.root));
  if (recorded) await requireUsableIndex(infospace.root);
  const prepared = { ...(await prepare(infospace, options)), recorded };
  if (!recorded) prepared.warnings.push(NOT_RECORDED);
  if (options.registry) {
    await requirePins(infospace.root, await readPins(infospace.root), options.registry);
    return archiveInto(options.registry, infospace, prepared, options);
  }
  const beginning = await checkNewStore(infospace.root, options);
  if (beginning !== undefined) prepared.warnings.push(beginning);
  if (prepared.isNew) await checkSource(infospace.root, prepared.walked.entries, prepared.walked.doubtful, options);
  const registry = await openRegistry(infospace.root, options, 'write');
  try {
    return await archiveInto(registry, infospace, prepared, options);
  } finally {
    await registry.close();
  }
}

/**
 * Lists what an archive would contain. Changes nothing, and reads files only to look for secrets.
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `SECRETS_REFUSED`, `PATH_INVALID`, `FILE_UNREADABLE`.
 */
export async function planArchive(root: string, options: ArchiveOptions = {}): Promise<ArchivePlan> {
  const infospace = await openInfospace(root);
  const { asked, walked, warnings } = await prepare(infospace, options);
  await checkSource(infospace.root, walked.entries, walked.doubtful, options);
  const { entries, includedPaths, leftOut } = walked;
  return {
    root: infospace.root,
    subject: asked.subject,
    includedPaths,
    paths: entries.map(({ path }) => path),
    totalBytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.stamp.size : 0), 0),
    leftOut,
    warnings,
  };
}

interface Prepared {
  asked: NewPackage;
  walked: Walked;
  /** Whether the archive would create a store. */
  isNew: boolean;
  warnings: string[];
}

/** Checks the options and lists the files, as far as possible without the store. */
async function prepare(infospace: Infospace, options: ArchiveOptions): Promise<Prepared> {
  const asked: NewPackage = {
    producer: options.producer ?? DEFAULT_PRODUCER,
    subject: options.subject ?? infospace.slug,
    retentionClass: options.retentionClass ?? DEFAULT_RETENTION_CLASS,
    metadata: options.note === undefined ? {} : { note: options.note },
    provenance: options.provenance ?? {},
  };
  const config = options.registry ? undefined : storeOf(infospace.root, options);
  // With an open registry, the registry checks this when the package is created.
  if (config) checkNewPackage(asked, config);
  const storePaths = (options.registry ?? config)?.localPaths ?? [];
  const include = compileInclude(options.include);
  const exclude = compileExclude(infospace.root, options.exclude ?? []);
  const reserved = storePaths.filter((path) => existsSync(path)).map((path) => realpathSync(path));
  const listed = await walk(infospace.root, { include, exclude, reserved, signal: options.signal });
  const links = treatLinks(infospace.root, listed.entries, { policy: options.links ?? 'keep', exclude, reserved });
  const walked = { ...listed, entries: links.entries };
  const secrets = findSecretFiles(infospace.root, walked.entries);
  if (options.refuseSecrets && secrets.length > 0) {
    throw new ArchiveError('SECRETS_REFUSED', `${holdSecrets(secrets)}; remove them, or exclude them with --exclude.`);
  }
  const isNew = config?.database.kind === 'sqlite' && !existsSync(config.database.path);
  return { asked, walked, isNew, warnings: warningsOf(infospace, walked, secrets, links.strays) };
}

/** A further attempt is needed only after a concurrent garbage collection. */
const MAX_ATTEMPTS = 3;

/** Archives. If contents to be reused have left the store before the commit, their files are read again. */
async function archiveInto(
  registry: Registry,
  infospace: Infospace,
  prepared: Prepared & { recorded: boolean },
  options: ArchiveOptions,
): Promise<ArchiveResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToArchive(registry, infospace, prepared, options);
    } catch (error) {
      if (!(error instanceof LeftStoreError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function tryToArchive(
  registry: Registry,
  infospace: Infospace,
  { asked, walked: { entries, includedPaths, leftOut }, warnings, recorded }: Prepared & { recorded: boolean },
  { note, skipUnchanged, statCache, onProgress, signal }: ArchiveOptions,
): Promise<ArchiveResult> {
  const same = skipUnchanged ? await latestLike(registry, asked) : undefined;
  const id = await registry.createPackage(asked, { signal });
  try {
    await registry.ingestFiles(id, infospace.root, entries, { statCache, onProgress });
    const preview = same && registry.previewPackage(id);
    const isSame = same && preview && registry.isSameContent(same, preview.contentDigest);
    // A writer cannot read this record of an encrypted store, so the index decides.
    const isKnown = same?.subject === asked.subject || (same && (await findRecord(infospace.root, same.id)));
    const unchanged = isSame && isKnown ? preview : undefined;
    const made = same && unchanged ? { ...same, ...unchanged, storedBytes: 0 } : await registry.finalizePackage(id);
    if (unchanged) await registry.abandonPackage(id);
    const newRecord = async () => {
      const place = { log: await registry.logHead(), embedded: isEmbedded(infospace.root, registry) };
      return recordOf(made, includedPaths, note ?? null, place);
    };
    const record = unchanged
      ? ((await findRecord(infospace.root, made.id)) ?? (await newRecord()))
      : await recording(made.id, 'was made', async () => {
          const added = await newRecord();
          if (recorded) await appendToIndex(infospace.root, added, signal);
          return added;
        });
    return {
      record,
      recorded,
      changed: unchanged === undefined,
      expiresAt: made.expiresAt,
      storedBytes: made.storedBytes,
      reusedFiles: made.reusedFiles,
      reusedBytes: made.reusedBytes,
      unreadFiles: made.unreadFiles,
      leftOut,
      requests: registry.requests && { ...registry.requests },
      warnings: [...warnings, ...clockWarning(registry), ...((await registry.hostedSize())?.warnings ?? [])],
    };
  } catch (error) {
    if (registry.isOpen(id)) await registry.abandonPackage(id);
    throw error;
  }
}

const NOT_RECORDED =
  'The infospace is not writable, so its index lacks this archive. The package is in the store; "list" of the store shows it.';

/** Whether the store lies in the infospace, which must then be writable. */
function isStoreInside(root: string, options: ArchiveOptions): boolean {
  return options.registry ? isEmbedded(root, options.registry) : !namesStore(options);
}

/** A larger difference between the clocks makes expiries and holds visibly early or late. */
const MAX_SKEW_MS = 5 * 60 * 1000;

function clockWarning({ clockSkewMs = 0 }: Registry): string[] {
  const minutes = Math.round(Math.abs(clockSkewMs) / 60_000);
  if (Math.abs(clockSkewMs) <= MAX_SKEW_MS) return [];
  const direction = clockSkewMs > 0 ? 'behind' : 'ahead of';
  return [`The clock of this machine is ${minutes} minutes ${direction} that of the storage; correct the wrong one.`];
}

/** The newest package of the subject, unless a new one would be kept for longer. */
async function latestLike(
  registry: Registry,
  { subject, retentionClass }: NewPackage,
): Promise<PackageSummary | undefined> {
  const latest = await registry.latestPackage(subject);
  if (latest?.retentionClass !== retentionClass) return undefined;
  return (await registry.getRetentionState(latest.id)).eligible ? undefined : latest;
}

async function findRecord(root: string, packageId: string): Promise<ArchiveRecord | undefined> {
  const { records: newest, isWhole } = readNewest(root);
  const found = newest.findLast((record) => record.package_id === packageId);
  return found || isWhole ? found : (await readIndex(root)).findLast((record) => record.package_id === packageId);
}

function warningsOf(
  infospace: Infospace,
  { leftOut: { special }, stores, restricted }: Walked,
  secrets: readonly string[],
  strays: readonly SymlinkEntry[],
): string[] {
  const warnings = [...infospace.warnings];
  if (special > 0)
    warnings.push(
      `Sockets, pipes or devices were left out (${special}); a package contains only files, links and folders.`,
    );
  if (secrets.length > 0) {
    warnings.push(`${holdSecrets(secrets)}; exclude them ("refuse-secrets" makes this an error).`);
  }
  if (strays.length > 0) {
    warnings.push(
      `${describeStrays(strays)}; only the links were archived (--links=follow-inside archives their targets inside the infospace).`,
    );
  }
  if (stores.length > 0) {
    warnings.push(`Package stores were left out: ${namesOf(stores)}; name one with --include to archive it.`);
  }
  if (restricted.length > 0) {
    warnings.push(
      `Only the owner may read ${namesOf(restricted)}; a package does not store permissions, so restored files get the default ones.`,
    );
  }
  return warnings;
}

/** A longer list is not useful. */
const NAMED_PATHS = 10;

function holdSecrets(paths: readonly string[]): string {
  return `Files that commonly contain secrets are about to be archived: ${namesOf(paths)}`;
}

function namesOf(paths: readonly string[]): string {
  const named = paths.slice(0, NAMED_PATHS).map((path) => JSON.stringify(path));
  const others = paths.length - named.length;
  return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
