import type { GarbageReport, PackageSummary } from '../artifact-store/registry.ts';
import { warn } from './errors.ts';
import { formatBytes, formatCount, formatFields, printable } from './format.ts';
import { printJson } from './json.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface GarbageFlags extends StoreFlags {
  /** Milliseconds. */
  grace: number;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

/** Disposes of packages, reclaims bytes, or with `dryRun` neither, and prints what was done. */
export async function collectAndPrint(flags: GarbageFlags): Promise<void> {
  const { grace: graceMs, dryRun = false, json, signal } = flags;
  await withRegistry(flags, dryRun ? 'read' : 'change', async (registry) => {
    const report = await registry.collectGarbage({ graceMs, dryRun, signal });
    for (const warning of report.warnings ?? []) warn(warning);
    if (report.keepsVersions && removedBytes(report) > 0) warn(VERSIONED);
    if (json) {
      printJson(reportJson(report, dryRun));
      return;
    }
    const about = dryRun ? await registry.listPackages() : await registry.listTombstones();
    const disposed = new Set(report.disposed);
    process.stdout.write(
      renderReport(
        report,
        about.filter(({ id }) => disposed.has(id)),
        dryRun,
      ),
    );
  });
}

const VERSIONED =
  'the bucket keeps what was removed as noncurrent versions, so no byte is free yet; let a lifecycle rule expire them (NoncurrentVersionExpiration)';

function reportJson(report: GarbageReport, dryRun: boolean): object {
  const { disposed, retired, rewritten, removed, orphans, keepsVersions } = report;
  return {
    dry_run: dryRun,
    disposed,
    retired,
    rewritten,
    removed,
    orphans,
    reclaimed_bytes: keepsVersions ? 0 : removedBytes(report),
    ...(keepsVersions && { noncurrent_bytes: removedBytes(report) }),
  };
}

function removedBytes({ removed, orphans }: GarbageReport): number {
  return removed.bytes + orphans.bytes;
}

function renderReport(report: GarbageReport, disposed: readonly PackageSummary[], dryRun: boolean): string {
  const { retired, rewritten, removed, orphans, keepsVersions } = report;
  const verb = dryRun ? 'Would dispose of' : 'Disposed of';
  const headline = `${verb} ${formatCount(report.disposed.length, 'package')}${disposed.length === 0 ? '' : ':'}\n`;
  const lines = disposed.map(({ id, subject, fileCount, totalBytes, expiresAt }) => {
    const size = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    return `  ${id}  ${printable(subject)}, ${size}, expired ${expiresAt}\n`;
  });
  return `${headline}${lines.join('')}${formatFields([
    ['retired', `${formatObjects(retired, 'pack')}, to be removed after the grace period`],
    ['rewritten', formatObjects(rewritten, 'pack')],
    ['removed', `${formatObjects(removed, 'pack')}; ${formatObjects(orphans, 'orphan')}`],
    ['reclaimed', formatBytes(keepsVersions ? 0 : removedBytes(report))],
  ])}`;
}

function formatObjects({ objects, bytes }: GarbageReport['removed'], what: string): string {
  return `${formatCount(objects, what)}, ${formatBytes(bytes)}`;
}
