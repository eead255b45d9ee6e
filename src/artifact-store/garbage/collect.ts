import { type Abortable, failingWithReason } from '../abort.ts';
import { record } from '../commit/record.ts';
import { ArchiveError } from '../errors.ts';
import { disposablePackages, disposed, expired, type KeepRules } from '../retention/state.ts';
import { removeCheckpoints } from './checkpoints.ts';
import { storageClock } from './clock.ts';
import { learnNeeds } from './needs.ts';
import { removeOrphans } from './orphans.ts';
import { retirePacks } from './retire.ts';
import { type RewriteParts, rewritePacks } from './rewrite.ts';
import { type ObjectTotals, sweepPacks } from './sweep.ts';

/** How to collect garbage. */
export interface GarbageOptions extends KeepRules, Abortable {
  /** Milliseconds for which unneeded bytes are kept, so that running readers and archives can still use them. */
  graceMs: number;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
}

/** What was disposed of, retired and removed; for a dry run, what would be. */
export interface GarbageReport {
  /** Ids of the packages that were disposed of. */
  disposed: string[];
  /** Ids of expired packages that stay as the newest of their subject. */
  spared: string[];
  /** Packs that no package needs; they are removed after the grace period. */
  retired: ObjectTotals;
  /** Packs whose needed contents were copied into new ones; they too are removed after the grace period. */
  rewritten: ObjectTotals;
  /** Packs that were removed. */
  removed: ObjectTotals;
  /** Other removed objects: those of killed writers, manifests, and checkpoints. */
  orphans: ObjectTotals;
  /**
   * Set if the storage keeps deleted objects as older versions: the bytes are reclaimed only when a lifecycle rule of the bucket expires
   * these (`NoncurrentVersionExpiration`).
   */
  keepsVersions?: true;
  /** One sentence each for what the storage could not do, or does later; absent when there is nothing. */
  warnings?: string[];
}

/** Packages per transaction. */
const BATCH_PACKAGES = 100;

/**
 * Disposes of eligible packages and reclaims unneeded bytes, in two phases: an unneeded pack is retired, and removed after the grace
 * period. May run concurrently with archives, restores and itself. An abort undoes nothing.
 * @throws ArchiveError `USAGE` for an invalid grace period; `STATE_CONFLICT` when this machine's clock is wrong; `INTEGRITY`, before
 * anything is changed, when the needs of a package cannot be determined.
 */
export async function collectGarbage(
  of: Omit<RewriteParts, 'signal'>,
  { graceMs, dryRun = false, signal, ...rules }: GarbageOptions,
): Promise<GarbageReport> {
  if (!(graceMs >= 0)) throw new ArchiveError('USAGE', `"${graceMs}" is not a grace period; give milliseconds, or 0.`);
  const parts = { ...of, signal };
  return failingWithReason(signal, () => collect(parts, graceMs, dryRun, rules));
}

async function collect(
  given: RewriteParts,
  graceMs: number,
  dryRun: boolean,
  rules: KeepRules,
): Promise<GarbageReport> {
  const parts = { ...given, now: dryRun ? given.now : await storageClock(given) };
  const { db } = parts.database;
  const expected = await disposablePackages(db, parts.now(), rules);
  const expectedIds = expected.leaving.map(({ id }) => id);
  await learnNeeds(parts, new Set(expectedIds));
  const gone = dryRun ? expectedIds : await dispose(parts, rules);
  const leaving = new Set(gone);
  const retired = await retirePacks(parts, leaving, dryRun);
  const rewritten = await rewritePacks(parts, leaving, dryRun);
  const cutoff = new Date(Math.max(0, parts.now().getTime() - graceMs));
  const swept = await sweepPacks(parts, cutoff, dryRun);
  // Without a grace period, retired packs are removed at once, and the manifest with its package.
  const isAtOnce = dryRun && graceMs === 0;
  const removed = isAtOnce ? [swept, retired, rewritten].reduce(sumOf) : swept;
  const unnamed = await removeOrphans(parts, cutoff, dryRun, isAtOnce ? leaving : new Set());
  const orphans = sumOf(unnamed, await removeCheckpoints(parts, cutoff, dryRun));
  const warnings = [
    dryRun ? undefined : await parts.storage.removeUnfinished?.(cutoff),
    !dryRun && removed.objects + orphans.objects > 0 ? parts.storage.freedLater : undefined,
  ].filter((warning) => warning !== undefined);
  const keepsVersions = (await parts.storage.keepsVersions?.()) === true;
  return {
    disposed: gone,
    spared: expected.spared.map(({ id }) => id),
    retired,
    rewritten,
    removed,
    orphans,
    ...(keepsVersions && { keepsVersions }),
    ...(warnings.length > 0 && { warnings }),
  };
}

function sumOf(a: ObjectTotals, b: ObjectTotals): ObjectTotals {
  return { objects: a.objects + b.objects, bytes: a.bytes + b.bytes };
}

async function dispose(parts: RewriteParts, rules: KeepRules): Promise<string[]> {
  const gone: string[] = [];
  for (let size = BATCH_PACKAGES; size === BATCH_PACKAGES; ) {
    let batch: Awaited<ReturnType<typeof disposablePackages>>['leaving'] = [];
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      batch = (await disposablePackages(tx, parts.now(), rules)).leaving.slice(0, BATCH_PACKAGES);
      return batch.flatMap((row) => [
        ...(row.expired_at === null ? [expired(row)] : []),
        disposed(row, `expired at ${row.expires_at} as ${row.retention_class}`),
      ]);
    });
    size = batch.length;
    for (const { id } of batch) gone.push(id);
  }
  return gone;
}
