import { isArchiveError } from '../artifact-store/errors.ts';
import type { Registry, Tombstone } from '../artifact-store/registry.ts';
import type { RetentionState } from '../artifact-store/retention/state.ts';
import { type ArchiveRecord, readIndex } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';

/** A record with what the registry says of its package now. */
export interface AnnotatedRecord extends ArchiveRecord {
  /** Null when the registry does not have the package. */
  retention: Pick<RetentionState, 'expiresAt' | 'expiredAt' | 'holds' | 'eligible'> | null;
  /** When, by whom and why the package was disposed of; null when it was not. */
  disposal: Pick<Tombstone, 'disposedAt' | 'disposedBy' | 'reason'> | null;
}

/**
 * The archives of an infospace, oldest first, as its index records them.
 *
 * @throws ArchiveError `NOT_FOUND` without the folder; `CONFIG_INVALID` when the index is broken.
 */
export async function listArchives(root: string): Promise<ArchiveRecord[]> {
  return readIndex((await openInfospace(root)).root);
}

/**
 * Adds expiry, holds, eligibility and disposal to records.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the registry cannot be reached.
 */
export async function annotateRetention(
  records: readonly ArchiveRecord[],
  registry: Registry,
): Promise<AnnotatedRecord[]> {
  const tombstones = new Map((await registry.listTombstones()).map((tombstone) => [tombstone.id, tombstone]));
  const annotated: AnnotatedRecord[] = [];
  for (const record of records) {
    const tombstone = tombstones.get(record.package_id);
    annotated.push(
      tombstone
        ? { ...record, retention: null, disposal: disposalOf(tombstone) }
        : { ...record, retention: await retentionOf(record.package_id, registry), disposal: null },
    );
  }
  return annotated;
}

function disposalOf({ disposedAt, disposedBy, reason }: Tombstone): AnnotatedRecord['disposal'] {
  return { disposedAt, disposedBy, reason };
}

async function retentionOf(packageId: string, registry: Registry): Promise<AnnotatedRecord['retention']> {
  try {
    const { expiresAt, expiredAt, holds, eligible } = await registry.getRetentionState(packageId);
    return { expiresAt, expiredAt, holds, eligible };
  } catch (error) {
    if (isArchiveError(error, 'NOT_FOUND')) return null;
    throw error;
  }
}
