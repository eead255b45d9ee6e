import type { ArchiveOptions, ArchivePlan, ArchiveResult } from '../infospace/archive.ts';
import { entryLine } from '../infospace/index-record.ts';
import { warn } from './errors.ts';
import { formatBytes, formatCount, formatFields, formatLeftOut, printable, untilText } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';
import { restoreCommandLine } from './restore-command.ts';

export interface ArchiveFlags extends Omit<ArchiveOptions, 'registry' | 'onProgress'> {
  /** Lists what would be archived and changes nothing. */
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Archives an infospace, or with `dryRun` lists what would be archived, and prints the result.
 *
 * @returns the JSON view, which `json` prints.
 * @throws ArchiveError as `archiveInfospace` does.
 */
export async function archiveAndPrint(
  root: string,
  { dryRun, json, quiet, ...options }: ArchiveFlags,
): Promise<object> {
  const { archiveInfospace, planArchive } = await import('../infospace/archive.ts');
  if (dryRun) {
    const plan = await planArchive(root, options);
    for (const warning of plan.warnings) warn(warning);
    const view = planJson(plan);
    if (json) printJson(view);
    else if (!quiet) process.stdout.write(renderPlan(plan));
    return view;
  }
  const progress = startProgress('archiving', !quiet && !json);
  let result: ArchiveResult;
  try {
    result = await archiveInfospace(root, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  for (const warning of result.warnings) warn(warning);
  const view = resultJson(result);
  if (json) printJson(view);
  else if (!quiet)
    process.stdout.write(
      renderResult(
        result,
        restoreCommandLine(result.record.package_id, { root, storeRoot: options.storeRoot }, '<dir>'),
      ),
    );
  return view;
}

function resultJson(result: ArchiveResult): object {
  return {
    ...result.record,
    changed: result.changed,
    expires_at: result.expiresAt,
    stored_bytes: result.storedBytes,
    reused_files: result.reusedFiles,
    reused_bytes: result.reusedBytes,
    unread_files: result.unreadFiles,
    left_out: leftOutJson(result.leftOut),
    requests: result.requests,
    warnings: result.warnings,
  };
}

function planJson(plan: ArchivePlan): object {
  return {
    dry_run: true,
    subject: plan.subject,
    included_paths: plan.includedPaths,
    file_count: plan.paths.length,
    total_bytes: plan.totalBytes,
    left_out: leftOutJson(plan.leftOut),
    paths: plan.paths,
    warnings: plan.warnings,
  };
}

function leftOutJson({ excluded, notIncluded, special }: ArchivePlan['leftOut']): unknown {
  return { excluded, not_included: notIncluded, special };
}

function renderPlan(plan: ArchivePlan): string {
  const list = plan.paths.map((path) => `${printable(path)}\n`).join('');
  const total = `${formatCount(plan.paths.length, 'entry', 'entries')}, ${formatBytes(plan.totalBytes)}`;
  return `${list}Would archive ${total} of ${printable(plan.subject)}; left out ${formatLeftOut(plan.leftOut)}.\n`;
}

function renderResult(result: ArchiveResult, restore: string): string {
  const { record } = result;
  const headline = result.changed
    ? `Archived ${printable(record.subject)}`
    : `Nothing has changed in ${printable(record.subject)}; its newest package is`;
  const total = `${formatCount(record.file_count, 'entry', 'entries')}, ${formatBytes(record.total_bytes)}`;
  const reused = `${formatCount(result.reusedFiles, 'file')} (${formatBytes(result.reusedBytes)}) share a content that is stored`;
  return `${headline}\n${formatFields([
    ['package', record.package_id],
    ['manifest', record.manifest_digest],
    ['content', record.content_digest],
    ['contains', total],
    ['stored', `${formatBytes(result.storedBytes)} new; ${reused}`],
    ['left out', formatLeftOut(result.leftOut)],
    ['kept', `${record.retention_class}, ${untilText(result.expiresAt)}`],
    ['restore', restore],
  ])}${result.recorded ? '' : `Its record, a line for the index:\n${entryLine(record)}\n`}`;
}
