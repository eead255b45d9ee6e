import type { GarbageReport, KeepRules, PackageSummary } from '../artifact-store/registry.ts';
import { DEFAULT_GRACE, parseDuration } from '../infospace/durations.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { reclaimedBytes, versionedWarning } from '../terminal/gc.ts';
import { about, type Inputs } from './inputs.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { say, warn } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs, withStore } from './store-inputs.ts';
import { code, firstOf, list, table, writeSummary } from './summary.ts';

/** Limit for listed packages. */
const MAX_LISTED = 50;

/** Disposes of packages that have expired and reclaims their bytes. */
export async function gc({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readStoreInputs(inputs, env);
  const rules = readRules(inputs);
  const dryRun = inputs.flag('dry-run', false);
  const graceMs = await about('grace', () => parseDuration(inputs.text('grace') ?? DEFAULT_GRACE));
  const { report, leaving } = await withStore(asked, dryRun ? 'read' : 'change', signal, async (registry) => {
    const disposable = await registry.listDisposable(rules);
    return {
      leaving: disposable.leaving,
      report: await registry.collectGarbage({ graceMs, dryRun, ...rules, signal }),
    };
  });
  for (const warning of report.warnings ?? []) warn(warning);
  const versioned = versionedWarning(report);
  if (versioned) warn(versioned);
  const bytes = reclaimedBytes(report);
  const verb = dryRun ? 'Would dispose of' : 'Disposed of';
  const disposed = new Set(report.disposed);
  const gone = leaving.filter(({ id }) => disposed.has(id));
  for (const found of gone) say(`${verb} ${found.subject} ${found.id}`);
  say(`${verb} ${formatCount(report.disposed.length, 'package')}; reclaimed ${formatBytes(bytes)}`);
  setOutputs({
    disposed: jsonText(report.disposed),
    disposed_count: report.disposed.length,
    spared: jsonText(report.spared),
    reclaimed_bytes: bytes,
  });
  if (asked.summary) await summarize(report, gone, { verb, bytes });
}

function readRules(inputs: Inputs): KeepRules {
  const keepLast = inputs.count('keep-last', { min: 1, max: Number.MAX_SAFE_INTEGER });
  return { keepLast, includeLast: inputs.flag('include-last', false) };
}

async function summarize(
  { disposed, spared, removed, orphans }: GarbageReport,
  gone: readonly PackageSummary[],
  { verb, bytes }: { verb: string; bytes: number },
): Promise<void> {
  await writeSummary([
    `### ${verb} ${formatCount(disposed.length, 'package')}`,
    list(firstOf(gone, MAX_LISTED, ({ id, subject }) => `${code(subject)} ${code(id)}`)),
    table([
      ['Kept as the last of a subject', String(spared.length)],
      ['Removed', `${formatCount(removed.objects, 'pack')}, ${formatCount(orphans.objects, 'orphan')}`],
      ['Reclaimed', formatBytes(bytes)],
    ]),
  ]);
}
