import type { RestoreOptions, RestorePlan, RestoreResult } from '../infospace/restore.ts';
import type { TargetChanges } from '../infospace/restore-plan.ts';
import { formatBytes, formatCount, formatNumber, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface RestoreFlags extends Omit<RestoreOptions, 'registry' | 'onProgress' | 'onPlan'> {
  /** Lists what would change in the target, and changes nothing. */
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Restores a package and prints the result, and beforehand what it replaces or removes in the target. With `dryRun` it
 * only lists the changes.
 *
 * @throws ArchiveError as `restoreArchive` does.
 */
export async function restoreAndPrint(
  reference: string,
  { dryRun, json, quiet, ...options }: RestoreFlags,
): Promise<void> {
  const { planRestore, restoreArchive } = await import('../infospace/restore.ts');
  if (dryRun) {
    const plan = await planRestore(reference, options);
    if (json) printJson({ dry_run: true, ...packageJson(plan), target: plan.target, ...plan.changes });
    else if (!quiet) process.stdout.write(renderPlan(plan));
    return;
  }
  const progress = startProgress('restoring', !quiet && !json);
  const onPlan = ({ changes }: RestorePlan) => {
    if (!quiet && !json) process.stdout.write(renderLosses(changes));
  };
  let result: RestoreResult;
  try {
    result = await restoreArchive(reference, { ...options, onPlan, onProgress: progress.update });
  } finally {
    progress.end();
  }
  const { package: found, target, fileCount, totalBytes, changes, requests } = result;
  if (json) {
    printJson({
      ...packageJson(result),
      target,
      file_count: fileCount,
      total_bytes: totalBytes,
      requests,
      ...((options.delete || options.overwrite) && changes),
    });
  } else if (!quiet) {
    const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    process.stdout.write(
      `Restored ${printable(found.subject)} (${found.id}) to ${printable(target)}: ${what}, all checked.\n`,
    );
  }
}

function packageJson({ package: found }: Pick<RestorePlan, 'package'>): object {
  return { package_id: found.id, manifest_digest: found.manifestDigest, content_digest: found.contentDigest };
}

/** Each list of changes and the word printed before its paths. */
const WORDS = [
  ['made', 'make'],
  ['replaced', 'replace'],
  ['removed', 'remove'],
  ['left', 'leave'],
] as const satisfies readonly (readonly [list: keyof TargetChanges, word: string])[];

/** What would happen to each path of the target, except for those that equal the package's. */
export function plannedChanges(changes: TargetChanges): (readonly [word: string, path: string])[] {
  return WORDS.flatMap(([list, word]) => changes[list].map((path) => [word, path] as const));
}

function renderPlan({ package: found, target, totalBytes, changes }: RestorePlan): string {
  const lines = plannedChanges(changes).map(([word, path]) => `${word.padEnd(7)}  ${printable(path)}\n`);
  const counts = WORDS.map(([list, word]) => `${word} ${formatNumber(changes[list].length)}`).join(', ');
  const equal = formatCount(changes.unchanged.length, 'entry is', 'entries are');
  return `${lines.join('')}Would restore ${printable(found.subject)} (${found.id}) to ${printable(target)}, ${formatBytes(totalBytes)} to write: ${counts}; ${equal} there already.\n`;
}

/** Nobody would read a longer list. */
const NAMED_LOSSES = 20;

/** What will be replaced or removed in the target. */
function renderLosses({ replaced, removed }: TargetChanges): string {
  return [
    ['Replacing', replaced],
    ['Removing', removed],
  ]
    .map(([word, paths]) => renderLoss(word as string, paths as string[]))
    .join('');
}

function renderLoss(word: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const named = paths.slice(0, NAMED_LOSSES).map((path) => `  ${printable(path)}\n`);
  const others = paths.length - named.length;
  const rest = others > 0 ? `  and ${formatNumber(others)} more, which --dry-run lists\n` : '';
  return `${word} ${formatCount(paths.length, 'entry', 'entries')} of the target:\n${named.join('')}${rest}`;
}
