import { ArchiveError } from '../artifact-store/errors.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { RetentionState } from '../artifact-store/retention/state.ts';
import { type ArchiveRecord, readIndex } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';

/** A record with what the registry says of its package now. */
export interface AnnotatedRecord extends ArchiveRecord {
  /** Null when the registry does not know the package. */
  retention: Pick<RetentionState, 'expiresAt' | 'holds' | 'eligible'> | null;
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
 * Adds expiry, holds and eligibility to records.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the registry cannot be reached.
 */
export async function annotateRetention(
  records: readonly ArchiveRecord[],
  registry: Registry,
): Promise<AnnotatedRecord[]> {
  const annotated: AnnotatedRecord[] = [];
  for (const record of records)
    annotated.push({ ...record, retention: await retentionOf(record.package_id, registry) });
  return annotated;
}

async function retentionOf(packageId: string, registry: Registry): Promise<AnnotatedRecord['retention']> {
  try {
    const { expiresAt, holds, eligible } = await registry.getRetentionState(packageId);
    return { expiresAt, holds, eligible };
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
