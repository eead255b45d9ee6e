import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import type { FileEntry, Manifest } from '../artifact-store/manifest/model.ts';
import { isCount } from '../artifact-store/outside-fields.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { RetentionState } from '../artifact-store/retention/state.ts';
import { compareEntries, countChanges } from './compare.ts';
import { readIndex } from './index-file.ts';
import { type ArchiveRecord, type Disposal, disposalOf } from './index-record.ts';
import { openInfospace } from './infospace-file.ts';

/** The current state of a package according to the registry. */
export interface Annotation {
  /** Null when the registry does not have the package. */
  retention: Pick<RetentionState, 'expiresAt' | 'expiredAt' | 'holds' | 'eligible'> | null;
  /** When, by whom and why the package was disposed of; null when it was not. */
  disposal: Disposal | null;
}

/** A record with the current state of its package. */
export type AnnotatedRecord = ArchiveRecord & Annotation;

/**
 * The archives of an infospace, oldest first, as its index records them.
 *
 * @throws ArchiveError `NOT_FOUND` without the folder; `CONFIG_INVALID` when the index is broken.
 */
export async function listArchives(root: string, { signal }: Abortable = {}): Promise<ArchiveRecord[]> {
  signal?.throwIfAborted();
  const { root: path } = await openInfospace(root);
  return untilAborted(signal, readIndex(path));
}

/** How an archive differs from the previous one of its subject. */
export interface ArchiveChange {
  sameContent: boolean;
  /** Difference in entries and bytes; negative for fewer. */
  fileCount: number;
  totalBytes: number;
  /** Numbers of changed entries by kind; only when both manifests were read. */
  entries?: ReturnType<typeof countChanges> | undefined;
}

/**
 * How each archive differs from the previous one of its subject, from the index alone; undefined for the first of a subject, and where a
 * record lacks the needed fields.
 */
export function changesInIndex(records: readonly IndexedTotals[]): (ArchiveChange | undefined)[] {
  return records.map(changeFollower());
}

/** Returns a function that compares each archive with the previous one of its subject that was passed to it. */
export function changeFollower(): (record: IndexedTotals) => ArchiveChange | undefined {
  const last = new Map<string, IndexedTotals>();
  return ({ subject, content_digest, file_count, total_bytes }) => {
    const before = last.get(subject);
    const after = { subject, content_digest, file_count, total_bytes };
    last.set(subject, after);
    return before && changeBetween(before, after);
  };
}

type IndexedTotals = Pick<ArchiveRecord, 'subject' | 'content_digest' | 'file_count' | 'total_bytes'>;

function changeBetween(before: IndexedTotals, after: IndexedTotals): ArchiveChange | undefined {
  const isKnown = (record: IndexedTotals) =>
    record.content_digest !== undefined && isCount(record.file_count) && isCount(record.total_bytes);
  if (![before, after].every(isKnown)) return undefined;
  return {
    sameContent: before.content_digest === after.content_digest,
    fileCount: after.file_count - before.file_count,
    totalBytes: after.total_bytes - before.total_bytes,
  };
}

/**
 * {@link changesInIndex} plus the numbers of added, removed, changed and renamed entries, where the store has both packages. Reads the
 * manifest of every package whose content differs from the previous one's.
 * @throws ArchiveError `STORE_UNAVAILABLE`, `INTEGRITY`.
 */
export async function countedChanges(
  records: readonly (IndexedTotals & Pick<ArchiveRecord, 'package_id'>)[],
  registry: Registry,
  { signal }: Abortable = {},
): Promise<(ArchiveChange | undefined)[]> {
  const getManifest = registry.manifestReader();
  const last = new Map<string, { id: string; files: readonly FileEntry[] | undefined }>();
  const counted: (ArchiveChange | undefined)[] = [];
  for (const [i, change] of changesInIndex(records).entries()) {
    signal?.throwIfAborted();
    const { package_id: id, subject } = records[i]!;
    const before = last.get(subject);
    if (change === undefined || change.sameContent || before === undefined) {
      counted.push(change && { ...change, entries: countChanges([]) });
      // Equal content has equal entries, so the manifest read before serves both.
      last.set(subject, { id, files: change?.sameContent ? before?.files : undefined });
      continue;
    }
    const old = before.files ?? (await filesOf(before.id, getManifest));
    const files = await filesOf(id, getManifest);
    counted.push(old && files ? { ...change, entries: countChanges(compareEntries(old, files).changes) } : change);
    last.set(subject, { id, files });
  }
  return counted;
}

/** Undefined for a package that is not in the store. */
async function filesOf(
  packageId: string,
  getManifest: (packageId: string) => Promise<Manifest>,
): Promise<readonly FileEntry[] | undefined> {
  try {
    return (await getManifest(packageId)).files;
  } catch (error) {
    // Records of other tools have ids of their own.
    if (isArchiveError(error, 'NOT_FOUND') || isArchiveError(error, 'USAGE')) return undefined;
    throw error;
  }
}

/**
 * Adds expiry, holds, eligibility and disposal to records.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the registry cannot be reached.
 */
export async function annotateRetention<R extends Pick<ArchiveRecord, 'package_id'>>(
  records: readonly R[],
  registry: Registry,
  { signal }: Abortable = {},
): Promise<(Omit<R, 'disposal'> & Annotation)[]> {
  signal?.throwIfAborted();
  const tombstones = new Map((await registry.listTombstones()).map((tombstone) => [tombstone.id, tombstone]));
  const annotated: (Omit<R, 'disposal'> & Annotation)[] = [];
  for (const record of records) {
    signal?.throwIfAborted();
    const tombstone = tombstones.get(record.package_id);
    annotated.push(
      tombstone
        ? { ...record, retention: null, disposal: disposalOf(tombstone) }
        : { ...record, retention: await retentionOf(record.package_id, registry), disposal: null },
    );
  }
  return annotated;
}

async function retentionOf(packageId: string, registry: Registry): Promise<Annotation['retention']> {
  try {
    const { expiresAt, expiredAt, holds, eligible } = await registry.getRetentionState(packageId);
    return { expiresAt, expiredAt, holds, eligible };
  } catch (error) {
    if (isArchiveError(error, 'NOT_FOUND')) return null;
    throw error;
  }
}
