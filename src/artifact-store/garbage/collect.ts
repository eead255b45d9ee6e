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
  /** Milliseconds for which bytes that nothing needs are kept, so that no reader and no archive under way misses them. */
  graceMs: number;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
}

/** What was disposed of, retired and removed; of a dry run, what would be. */
export interface GarbageReport {
  /** Ids of the packages that were disposed of. */
  disposed: string[];
  /** Ids of the packages that have expired and stay, as the newest of their subject. */
  spared: string[];
  /** Packs that no package needs; they are removed after the grace period. */
  retired: ObjectTotals;
  /** Packs of which what is needed was copied into new ones; they are removed after the grace period too. */
  rewritten: ObjectTotals;
  /** Packs that were removed. */
  removed: ObjectTotals;
  /** Other objects that were removed: those of writers that were killed, manifests, and checkpoints. */
  orphans: ObjectTotals;
  /**
   * Set where the storage keeps deleted objects as older versions: the bytes of what was removed are reclaimed only when a
   * lifecycle rule of the bucket expires these (`NoncurrentVersionExpiration`).
   */
  keepsVersions?: true;
  /** What the storage could not do, or does later, a sentence each; absent when there is nothing. */
  warnings?: string[];
}

/** Disposed of in one transaction. */
const BATCH_PACKAGES = 100;

/**
 * Disposes of the packages that may go and reclaims the bytes that nothing needs, in two phases: a pack that is not needed is
 * retired, and removed when it has been retired for the grace period. Runs beside archives, restores and itself. What was
 * disposed of or removed when it is aborted stays so.
 *
 * @throws ArchiveError `USAGE` for a grace period that is no time; `STATE_CONFLICT` when this machine's clock is wrong;
 * `INTEGRITY`, before anything is changed, when it cannot be told what a package needs.
 */
export async function collectGarbage(
  of: Omit<RewriteParts, 'signal'>,
  { graceMs, dryRun = false, signal, ...rules }: GarbageOptions,
): Promise<GarbageReport> {
  if (!(graceMs >= 0)) throw new ArchiveError('USAGE', `"${graceMs}" is no grace period; give milliseconds, or 0.`);
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
  // Without a grace period, what is retired goes at once, and with a package its manifest.
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
