import { type Abortable, failingWithReason, untilAborted } from '../abort.ts';
import { ArchiveError } from '../errors.ts';
import { record } from '../events/log.ts';
import { disposed, eligiblePackages } from '../retention/state.ts';
import { LiveContents } from './live-contents.ts';
import { type ContentTotals, markDoomed } from './mark.ts';
import { removeOrphans } from './orphans.ts';
import { type RewriteParts, rewritePacks } from './rewrite.ts';
import { type ObjectTotals, sweepPacks } from './sweep.ts';

/** How to collect garbage. */
export interface GarbageOptions extends Abortable {
  /** Milliseconds for which bytes that nothing needs are kept, so that no reader and no archive under way misses them. */
  graceMs: number;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
}

/** What was disposed of, marked and removed; of a dry run, what would be. */
export interface GarbageReport {
  /** Ids of the packages that were disposed of. */
  disposed: string[];
  /** Contents that no package needs since now. */
  doomed: ContentTotals;
  /** Packs that were rewritten, as they were before. */
  rewritten: ObjectTotals;
  /** Packs that were removed. */
  removed: ObjectTotals;
  /** Other objects that were removed: those of writers that were killed, and manifests. */
  orphans: ObjectTotals;
  /**
   * Set where the storage keeps deleted objects as older versions: the bytes of what was removed are reclaimed only when a
   * lifecycle rule of the bucket expires these (`NoncurrentVersionExpiration`).
   */
  keepsVersions?: true;
  /** What the storage could not do, a sentence each; absent when there is nothing. */
  warnings?: string[];
}

/** Disposed of in one transaction. */
const BATCH_PACKAGES = 100;

/**
 * Disposes of the packages that may go and reclaims the bytes that nothing needs, in two phases: what is not needed is
 * marked, and removed when it has been marked for the grace period. Runs beside archives, restores and itself. What was
 * disposed of or removed when it is aborted stays so.
 *
 * @throws ArchiveError `USAGE` for a grace period that is no time; `INTEGRITY`, before anything is changed, when it cannot be
 * told what a package needs.
 */
export async function collectGarbage(
  of: Omit<RewriteParts, 'signal'>,
  { graceMs, dryRun = false, signal }: GarbageOptions,
): Promise<GarbageReport> {
  if (!(graceMs >= 0)) throw new ArchiveError('USAGE', `"${graceMs}" is no grace period; give milliseconds, or 0.`);
  const parts = { ...of, signal };
  return failingWithReason(signal, () => collect(parts, graceMs, dryRun));
}

async function collect(parts: RewriteParts, graceMs: number, dryRun: boolean): Promise<GarbageReport> {
  const eligible = (await eligiblePackages(parts.database.db, parts.now())).map(({ id }) => id);
  const live = new LiveContents(parts.storage);
  await untilAborted(parts.signal, live.add(parts.database.db, new Set(eligible)));
  const gone = dryRun ? eligible : await dispose(parts);
  const doomed = await markDoomed(parts, live, dryRun);
  const cutoff = new Date(Math.max(0, parts.now().getTime() - graceMs));
  const rewritten = await rewritePacks(parts, cutoff.toISOString(), dryRun);
  const removed = await sweepPacks(parts, cutoff.toISOString(), dryRun);
  const orphans = await removeOrphans(parts, live, cutoff, dryRun);
  const warning = dryRun ? undefined : await parts.storage.removeUnfinished?.(cutoff);
  const keepsVersions = (await parts.storage.keepsVersions?.()) === true;
  return {
    disposed: gone,
    doomed,
    rewritten,
    removed,
    orphans,
    ...(keepsVersions && { keepsVersions }),
    ...(warning !== undefined && { warnings: [warning] }),
  };
}

async function dispose(parts: RewriteParts): Promise<string[]> {
  const gone: string[] = [];
  for (let size = BATCH_PACKAGES; size === BATCH_PACKAGES; ) {
    let batch: Awaited<ReturnType<typeof eligiblePackages>> = [];
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      batch = (await eligiblePackages(tx, parts.now())).slice(0, BATCH_PACKAGES);
      return batch.flatMap((row) => disposed(row, `expired at ${row.expires_at} as ${row.retention_class}`));
    });
    size = batch.length;
    for (const { id } of batch) gone.push(id);
  }
  return gone;
}
