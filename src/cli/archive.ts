import { Command, Option } from 'commander';
import type { ArchiveOptions, ArchivePlan, ArchiveResult } from '../infospace/archive.ts';
import { formatBytes, formatCount, formatFields, formatLeftOut, printable } from '../render/format.ts';
import { warn } from './errors.ts';
import { jsonOption, printJson, quietOption, repeatable, storeRootOption } from './options.ts';
import { startProgress } from './progress.ts';

interface Flags {
  retentionClass?: string;
  include?: string[];
  exclude?: string[];
  note?: string;
  producer?: string;
  subject?: string;
  storeRoot?: string;
  skipUnchanged?: boolean;
  statCache: boolean;
  dryRun?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Include patterns are paths (with all below them) or globs, relative to the root; exclude patterns have gitignore
syntax, as does a file .infospaceignore in the root.

Examples:
  $ infospace-archive archive . --note "after the review"
  $ infospace-archive archive . --retention-class permanent-record --include reports --include "output/**/*.json"
  $ infospace-archive archive . --exclude "*.log" --exclude cache/ --dry-run
  $ infospace-archive archive . --skip-unchanged --json`;

export function archiveCommand(): Command {
  return new Command('archive')
    .description('archive an infospace as a new package and record it in its index')
    .argument('<root>', 'folder of the infospace')
    .option('--retention-class <class>', 'how long it is kept (default: "release-evidence")')
    .addOption(repeatable('--include <pattern>', 'archive only this; may be repeated'))
    .addOption(repeatable('--exclude <pattern>', 'leave this out; may be repeated'))
    .option('--note <text>', 'why this state is kept')
    .option('--producer <name>', 'what made the content (default: "infospace-bench")')
    .option('--subject <name>', "what the content is of (default: the infospace's slug)")
    .addOption(storeRootOption())
    .option('--skip-unchanged', 'make no package when the newest one has the same content and class')
    .addOption(new Option('--no-stat-cache', 'read every file, even if unchanged since the last archive'))
    .option('--dry-run', 'list what would be archived and change nothing')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(root: string, { dryRun, json, quiet, ...flags }: Flags): Promise<void> {
  const { archiveInfospace, planArchive } = await import('../infospace/archive.ts');
  const options: ArchiveOptions = flags;
  if (dryRun) {
    const plan = await planArchive(root, options);
    for (const warning of plan.warnings) warn(warning);
    if (json) printJson(planJson(plan));
    else if (!quiet) process.stdout.write(renderPlan(plan));
    return;
  }
  const progress = startProgress('archiving', !quiet && !json);
  let result: ArchiveResult;
  try {
    result = await archiveInfospace(root, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  for (const warning of result.warnings) warn(warning);
  if (json) printJson(resultJson(result));
  else if (!quiet) process.stdout.write(renderResult(result, restoreCommandLine(result, root, flags)));
}

function resultJson(result: ArchiveResult): unknown {
  return {
    ...result.record,
    changed: result.changed,
    expires_at: result.expiresAt,
    stored_bytes: result.storedBytes,
    reused_files: result.reusedFiles,
    reused_bytes: result.reusedBytes,
    unread_files: result.unreadFiles,
    left_out: leftOutJson(result.leftOut),
    warnings: result.warnings,
  };
}

function planJson(plan: ArchivePlan): unknown {
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
  const reused = `${formatCount(result.reusedFiles, 'file')} (${formatBytes(result.reusedBytes)}) were in the store already`;
  return `${headline}\n${formatFields([
    ['package', record.package_id],
    ['manifest', record.manifest_digest],
    ['content', record.content_digest],
    ['holds', total],
    ['stored', `${formatBytes(result.storedBytes)} new; ${reused}`],
    ['left out', formatLeftOut(result.leftOut)],
    [
      'kept',
      `${record.retention_class}, ${result.expiresAt === null ? 'never expires' : `until ${result.expiresAt.slice(0, 10)}`}`,
    ],
    ['restore', restore],
  ])}`;
}

/** What brings the package back, from the folder this was run in. */
function restoreCommandLine({ record }: ArchiveResult, root: string, { storeRoot }: Pick<Flags, 'storeRoot'>): string {
  const from = storeRoot === undefined ? ['--from', root] : ['--store-root', storeRoot];
  const words = ['infospace-archive', 'restore', record.package_id, ...from].map(shellQuoted);
  return `${words.join(' ')} --target <dir>`;
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
