import type { Registry } from '../artifact-store/registry.ts';
import type { Hold } from '../artifact-store/retention/state.ts';
import { formatFields } from './format.ts';
import { printJson } from './json.ts';
import { localDay, localTime } from './local-time.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface ReleaseFlags extends StoreFlags {
  reason: string;
  json?: boolean | undefined;
}

export interface ApplyFlags extends ReleaseFlags {
  /** When the hold lapses without a release. */
  until?: Date | undefined;
}

export interface HoldListFlags extends StoreFlags {
  /** Also lists holds that were released or have lapsed. */
  all?: boolean | undefined;
  json?: boolean | undefined;
}

/**
 * Puts a hold on a package and prints it.
 *
 * @throws ArchiveError `NOT_FOUND` for an unknown package; `USAGE` without a reason, or for an end in the past.
 */
export async function applyAndPrint(reference: string, flags: ApplyFlags): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  await withRegistry(flags, 'change', async (registry) => {
    const { id } = await findPackage(reference, registry, { root: flags.from, subject: flags.subject });
    const holdId = await registry.applyHold(id, flags.reason, flags.until);
    await printHold(holdId, registry, flags);
  });
}

/**
 * Ends a hold and prints it.
 *
 * @throws ArchiveError `NOT_FOUND` for an unknown hold; `STATE_CONFLICT` if it was already released.
 */
export async function releaseAndPrint(holdId: string, flags: ReleaseFlags): Promise<void> {
  await withRegistry(flags, 'change', async (registry) => {
    await registry.releaseHold(holdId, flags.reason);
    await printHold(holdId, registry, flags);
  });
}

/** Prints the holds in force, of one package or of all. */
export async function listHoldsAndPrint(reference: string | undefined, flags: HoldListFlags): Promise<void> {
  const { findPackageOrTombstone } = await import('../infospace/find-package.ts');
  const holds = await withRegistry(flags, 'read', async (registry) => {
    if (reference === undefined) return registry.listHolds();
    return registry.listHolds(
      (await findPackageOrTombstone(reference, registry, { root: flags.from, subject: flags.subject })).id,
    );
  });
  const shown = flags.all ? holds : holds.filter((hold) => holdState(hold) === 'in force');
  if (flags.json) printJson(shown.map(holdJson));
  else if (shown.length === 0) process.stdout.write(`${noHolds(flags.all)}\n`);
  else process.stdout.write(await renderTable(shown));
}

/** What to print instead of an empty list. */
export function noHolds(all: boolean | undefined): string {
  return all ? 'No holds yet.' : 'No holds in force.';
}

async function printHold(holdId: string, registry: Registry, { json }: ReleaseFlags): Promise<void> {
  const hold = (await registry.listHolds()).find(({ id }) => id === holdId)!;
  if (json) printJson(holdJson(hold));
  else process.stdout.write(renderHold(hold));
}

/** The state of a hold at a time (RFC 3339). */
export function holdState(
  { until, releasedAt }: Hold,
  time: string = new Date().toISOString(),
): 'in force' | 'released' | 'lapsed' {
  if (releasedAt !== null) return 'released';
  return until === null || Date.parse(until) > Date.parse(time) ? 'in force' : 'lapsed';
}

export function holdJson(hold: Hold): object {
  return {
    id: hold.id,
    package_id: hold.packageId,
    reason: hold.reason,
    actor: hold.actor,
    applied_at: hold.appliedAt,
    until: hold.until,
    released_at: hold.releasedAt,
    state: holdState(hold),
  };
}

function renderHold(hold: Hold): string {
  return `Hold ${hold.id}\n${formatFields([
    ['package', hold.packageId],
    ['reason', hold.reason],
    ['applied', `${localTime(hold.appliedAt)} by ${hold.actor}`],
    hold.releasedAt === null
      ? ['until', hold.until === null ? 'it is released' : localTime(hold.until)]
      : ['released', localTime(hold.releasedAt)],
  ])}`;
}

async function renderTable(holds: readonly Hold[]): Promise<string> {
  const { formatTable } = await import('./table.ts');
  return formatTable(
    [
      { title: 'HOLD' },
      { title: 'PACKAGE' },
      { title: 'APPLIED' },
      { title: 'BY' },
      { title: 'UNTIL' },
      { title: 'STATE' },
      { title: 'REASON', flexible: true },
    ],
    holds.map((hold) => [
      hold.id,
      hold.packageId,
      localDay(hold.appliedAt),
      hold.actor,
      hold.until === null ? 'release' : localDay(hold.until),
      holdState(hold),
      hold.reason,
    ]),
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}
