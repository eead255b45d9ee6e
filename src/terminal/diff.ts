import type { ArchiveComparison, DiffOptions } from '../infospace/diff.ts';
import { comparisonJson, nameStatusLine, renderStat, type StatRow, statRow } from './changes.ts';
import { coloured } from './colour.ts';
import { printJson } from './json.ts';
import { writeOut } from './output.ts';
import { formatPatch } from './patch.ts';
import { startProgress } from './progress.ts';

/** Lines written in one string; all lines together may exceed the longest possible string. */
const LINES_AT_ONCE = 10_000;

export interface DiffFlags extends Omit<DiffOptions, 'registry' | 'onProgress'> {
  /** Prints a table of the changes and their sizes instead of a patch. */
  stat?: boolean | undefined;
  /** Prints a letter and a path for each change, as git does. */
  nameStatus?: boolean | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Prints how two packages, or a package and a folder, differ: as a patch, unless the flags ask for less.
 *
 * @returns whether they differ.
 * @throws ArchiveError as `compareArchives` does.
 */
export async function diffAndPrint(before: string, after: string, flags: DiffFlags): Promise<boolean> {
  const { stat, nameStatus, json, quiet, ...options } = flags;
  const { compareArchives, patchArchives } = await import('../infospace/diff.ts');
  const progress = startProgress('reading', !quiet && !json);
  const diffOptions = { ...options, onProgress: progress.update };
  let comparison: ArchiveComparison;
  const rows: StatRow[] = [];
  try {
    if (json || nameStatus || quiet) comparison = await compareArchives(before, after, diffOptions);
    else {
      comparison = await patchArchives(before, after, diffOptions, async (patch) => {
        progress.end();
        if (stat) rows.push(statRow(patch));
        else await writeOut(colouredPatch(formatPatch(patch, process.stdout.isTTY)));
      });
    }
  } finally {
    progress.end();
  }
  if (json) printJson(comparisonJson(comparison));
  else if (nameStatus) {
    const { changes } = comparison;
    for (let i = 0; i < changes.length; i += LINES_AT_ONCE) {
      await writeOut(
        changes
          .slice(i, i + LINES_AT_ONCE)
          .map(nameStatusLine)
          .join(''),
      );
    }
  } else if (rows.length > 0) await writeOut(await renderStat(rows));
  return comparison.changes.length > 0;
}

/** Git's colours, by the start of a patch line; longer prefixes come first. */
const LINE_STYLES = [
  [/^(?:diff|index|---|\+\+\+|new|deleted|old|similarity|rename) /, 'bold'],
  [/^@@/, 'cyan'],
  [/^\+/, 'green'],
  [/^-/, 'red'],
] as const;

function colouredPatch(text: string): string {
  if (!process.stdout.isTTY) return text;
  return text
    .split('\n')
    .map((line) => {
      const style = LINE_STYLES.find(([start]) => start.test(line))?.[1];
      return style === undefined ? line : coloured(style, line);
    })
    .join('\n');
}
