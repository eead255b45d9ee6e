import type { GarbageReport, KeepRules, PackageSummary } from '../artifact-store/registry.ts';
import { confirm, isAsked } from './confirm.ts';
import { warn } from './errors.ts';
import { formatBytes, formatCount, formatFields, printable } from './format.ts';
import { printJson } from './json.ts';
import { localTime } from './local-time.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface GarbageFlags extends StoreFlags, KeepRules {
  /** Milliseconds. */
  grace: number;
  dryRun?: boolean | undefined;
  /** Does not ask for confirmation. */
  yes?: boolean | undefined;
  json?: boolean | undefined;
}

/**
 * Disposes of packages and reclaims bytes, or with `dryRun` only lists them, and prints the result. On a terminal it asks
 * before it disposes of packages.
 */
export async function collectAndPrint(flags: GarbageFlags): Promise<void> {
  const { grace: graceMs, dryRun = false, keepLast, includeLast, yes, json, signal } = flags;
  await withRegistry(flags, dryRun ? 'read' : 'change', async (registry) => {
    const disposable = await registry.listDisposable({ keepLast, includeLast });
    if (!dryRun && !yes && isAsked() && !(await isConfirmed(disposable.leaving, signal))) {
      process.stdout.write('Nothing was disposed of.\n');
      return;
    }
    const report = await registry.collectGarbage({ graceMs, dryRun, keepLast, includeLast, signal });
    for (const warning of report.warnings ?? []) warn(warning);
    const versioned = versionedWarning(report);
    if (versioned) warn(versioned);
    if (json) {
      printJson(reportJson(report, dryRun));
      return;
    }
    const disposed = new Set(report.disposed);
    const gone = dryRun ? disposable.leaving : (await registry.listTombstones()).filter(({ id }) => disposed.has(id));
    process.stdout.write(renderReport(report, gone, disposable.spared, dryRun));
  });
}

async function isConfirmed(leaving: readonly PackageSummary[], signal: AbortSignal | undefined): Promise<boolean> {
  if (leaving.length === 0) return true;
  process.stderr.write(renderPackages(leaving));
  return confirm(`Dispose of ${leaving.length === 1 ? 'this package' : `these ${leaving.length} packages`}?`, {
    signal,
  });
}

const VERSIONED =
  'the bucket keeps removed objects as noncurrent versions, so no space is freed yet; let a lifecycle rule expire them (NoncurrentVersionExpiration)';

/** A warning, since deleting objects in a versioned bucket frees nothing. */
export function versionedWarning(report: GarbageReport): string | undefined {
  return report.keepsVersions && removedBytes(report) > 0 ? VERSIONED : undefined;
}

export function reclaimedBytes(report: GarbageReport): number {
  return report.keepsVersions ? 0 : removedBytes(report);
}

function reportJson(report: GarbageReport, dryRun: boolean): object {
  const { disposed, spared, retired, rewritten, removed, orphans, keepsVersions } = report;
  return {
    dry_run: dryRun,
    disposed,
    spared,
    retired,
    rewritten,
    removed,
    orphans,
    reclaimed_bytes: reclaimedBytes(report),
    ...(keepsVersions && { noncurrent_bytes: removedBytes(report) }),
  };
}

function removedBytes({ removed, orphans }: GarbageReport): number {
  return removed.bytes + orphans.bytes;
}

function renderReport(
  report: GarbageReport,
  gone: readonly PackageSummary[],
  spared: readonly PackageSummary[],
  dryRun: boolean,
): string {
  const { retired, rewritten, removed, orphans } = report;
  const verb = dryRun ? 'Would dispose of' : 'Disposed of';
  const headline = `${verb} ${formatCount(report.disposed.length, 'package')}${gone.length === 0 ? '' : ':'}\n`;
  return `${headline}${renderPackages(gone)}${renderSpared(spared)}${formatFields([
    ['retired', `${formatObjects(retired, 'pack')}, to be removed after the grace period`],
    ['rewritten', formatObjects(rewritten, 'pack')],
    ['removed', `${formatObjects(removed, 'pack')}; ${formatObjects(orphans, 'orphan')}`],
    ['reclaimed', formatBytes(reclaimedBytes(report))],
  ])}`;
}

function renderSpared(spared: readonly PackageSummary[]): string {
  if (spared.length === 0) return '';
  const what = `Expired, but kept as the newest of ${spared.length === 1 ? 'its subject' : 'their subjects'}`;
  return `${what}; --include-last or a smaller --keep-last disposes of ${spared.length === 1 ? 'it' : 'them'} too:\n${renderPackages(spared)}`;
}

/** A line a package: id, subject, size and expiry. */
function renderPackages(packages: readonly PackageSummary[]): string {
  const lines = packages.map(({ id, subject, fileCount, totalBytes, expiresAt }) => {
    const size = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    return `  ${id}  ${printable(subject)}, ${size}, expired ${localTime(expiresAt!)}\n`;
  });
  return lines.join('');
}

function formatObjects({ objects, bytes }: GarbageReport['removed'], what: string): string {
  return `${formatCount(objects, what)}, ${formatBytes(bytes)}`;
}
