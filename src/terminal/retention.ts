import { resolve } from 'node:path';
import type { PackageSummary } from '../artifact-store/registry.ts';
import type { Hold, RetentionState } from '../artifact-store/retention/state.ts';
import { formatCount, formatFields, printable } from './format.ts';
import { printJson } from './json.ts';
import { localTime } from './local-time.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface RetentionFlags extends StoreFlags {
  json?: boolean | undefined;
}

/** A new expiry, null for never; or a number of days to add. */
export type Extension = { until: Date | null } | { days: number };

const DAY_MS = 86_400_000;

/**
 * Extends the expiry of a package and prints its retention.
 *
 * @throws ArchiveError `NOT_FOUND`; `STATE_CONFLICT` for an earlier expiry; `USAGE` without a reason.
 */
export async function extendAndPrint(
  reference: string,
  extension: Extension,
  flags: RetentionFlags & { reason: string },
): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const state = await withRegistry(flags, 'change', async (registry) => {
    const { id, expiresAt } = await findPackage(reference, registry, { root: flags.from, subject: flags.subject });
    await registry.extendRetention(id, expiryAfter(extension, expiresAt), flags.reason);
    return registry.getRetentionState(id);
  });
  printState(state, flags);
}

/** Prints how long and why a package is kept. */
export async function showRetentionAndPrint(reference: string, flags: RetentionFlags): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const state = await withRegistry(flags, 'read', async (registry) => {
    const { id } = await findPackage(reference, registry, { root: flags.from, subject: flags.subject });
    return registry.getRetentionState(id);
  });
  printState(state, flags);
}

/** Records which packages have expired, and prints the newly recorded ones. */
export async function sweepAndPrint(flags: RetentionFlags): Promise<void> {
  const expired = await withRegistry(flags, 'change', (registry) => registry.sweepRetention());
  if (flags.json) printJson(expired.map(expiredJson));
  else process.stdout.write(renderExpired(expired));
}

/** Prints the retention classes of a store; the store need not exist. */
export async function classesAndPrint({ from, storeRoot, json }: RetentionFlags): Promise<void> {
  const { DEFAULT_RETENTION_CLASS } = await import('../artifact-store/retention/classes.ts');
  const { storeOf } = await import('../infospace/infospace-store.ts');
  const classes = storeOf(resolve(from), { storeRoot }).retentionClasses.map(({ name, days }) => ({
    name,
    days,
    default: name === DEFAULT_RETENTION_CLASS,
  }));
  if (json) {
    printJson(classes);
    return;
  }
  const { formatTable } = await import('./table.ts');
  const rows = classes.map(({ name, days, default: isDefault }) => [
    isDefault ? `${name} (default)` : name,
    days === null ? 'forever' : formatCount(days, 'day'),
  ]);
  process.stdout.write(
    formatTable([{ title: 'CLASS' }, { title: 'KEPT' }], rows, process.stdout.columns ?? Number.POSITIVE_INFINITY),
  );
}

/** Counts the days from the expiry, or from now if that has passed: the new expiry must lie in the future. */
function expiryAfter(extension: Extension, expiresAt: string | null): Date | null {
  if ('until' in extension) return extension.until;
  if (expiresAt === null) return null;
  return new Date(Math.max(Date.parse(expiresAt), Date.now()) + extension.days * DAY_MS);
}

function printState(state: RetentionState, { json }: RetentionFlags): void {
  if (json) printJson(stateJson(state));
  else process.stdout.write(renderState(state));
}

function stateJson({ packageId, retentionClass, expiresAt, expiredAt, holds, eligible }: RetentionState): object {
  return {
    package_id: packageId,
    retention_class: retentionClass,
    expires_at: expiresAt,
    expired_at: expiredAt,
    holds: holds.map(retentionHoldJson),
    eligible,
  };
}

/** A hold in force, as part of its package's JSON. */
export function retentionHoldJson({ id, reason, actor, appliedAt, until }: Hold): object {
  return { id, reason, actor, applied_at: appliedAt, until };
}

/** In a word or two, whether a package may be disposed of. */
export function retentionWord({
  holds,
  expiredAt,
  eligible,
}: Omit<RetentionState, 'packageId' | 'retentionClass'>): string {
  if (holds.length > 0) return 'on hold';
  if (!eligible) return 'kept';
  return expiredAt === null ? 'eligible' : 'expired';
}

function renderState(state: RetentionState): string {
  const { packageId, retentionClass, expiresAt, expiredAt, holds } = state;
  return `Package ${packageId}\n${formatFields([
    ['class', retentionClass],
    ['expires', expiresAt === null ? 'never' : localTime(expiresAt)],
    ...(expiredAt === null ? [] : [['swept', localTime(expiredAt)] as const]),
    ['state', retentionWord(state)],
    ...holds.map(
      ({ id, reason, actor, until }) =>
        [
          'hold',
          `${id} by ${actor}, until ${until === null ? 'it is released' : localTime(until)}: ${reason}`,
        ] as const,
    ),
  ])}`;
}

function expiredJson({ id, subject, retentionClass, expiresAt }: PackageSummary): object {
  return { package_id: id, subject, retention_class: retentionClass, expires_at: expiresAt };
}

function renderExpired(expired: readonly PackageSummary[]): string {
  if (expired.length === 0) return 'No package has expired since the last sweep.\n';
  const lines = expired.map(
    ({ id, subject, retentionClass, expiresAt }) =>
      `  ${id}  ${printable(subject)}, ${retentionClass}, ${localTime(expiresAt!)}\n`,
  );
  return `${formatCount(expired.length, 'package')} expired:\n${lines.join('')}`;
}
