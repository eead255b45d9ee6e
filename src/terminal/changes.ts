import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import { type Change, countChanges, pathOf } from '../infospace/compare.ts';
import type { ArchiveComparison, Compared, FilePatch } from '../infospace/diff.ts';
import type { ArchiveChange } from '../infospace/list.ts';
import { formatBytes, formatCount, formatNumber } from './format.ts';
import { quoted } from './patch.ts';

/** A line as in `git diff --name-status`. Renames are always `R100`: only equal contents count as renamed. */
export function nameStatusLine(change: Change): string {
  if (change.status === 'renamed') return `R100\t${shownPath(change.before)}\t${shownPath(change.after)}\n`;
  if (change.status === 'added') return `A\t${shownPath(change.after)}\n`;
  if (change.status === 'removed') return `D\t${shownPath(change.before)}\n`;
  return `${change.before.kind === change.after.kind ? 'M' : 'T'}\t${shownPath(change.after)}\n`;
}

function shownPath({ path, kind }: FileEntry): string {
  return quoted(kind === 'directory' ? `${path}/` : path);
}

/** The line counts of one change. */
export interface StatRow {
  change: Change;
  /** Lines added and removed, or why they were not counted. */
  lines: { added: number; removed: number } | 'binary' | 'large';
}

export function statRow({ change, hunks }: FilePatch): StatRow {
  if (typeof hunks === 'string') return { change, lines: hunks };
  const lines = hunks?.flatMap((hunk) => hunk.lines) ?? [];
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  return { change, lines: { added: count('+'), removed: count('-') } };
}

/** A table of the changes and a line with the totals. */
export async function renderStat(rows: readonly StatRow[]): Promise<string> {
  const { formatTable } = await import('./table.ts');
  const table = formatTable(
    [{ title: 'CHANGE' }, { title: 'LINES' }, { title: 'SIZE', align: 'right' }, { title: 'PATH', flexible: true }],
    rows.map(({ change, lines }) => [change.status, linesText(lines), sizeText(sizeDelta(change)), pathsText(change)]),
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  const total = { added: 0, removed: 0 };
  for (const { lines } of rows) {
    if (typeof lines === 'string') continue;
    total.added += lines.added;
    total.removed += lines.removed;
  }
  const bytes = rows.reduce((sum, { change }) => sum + sizeDelta(change), 0);
  const counts = statusCounts(rows.map(({ change }) => change));
  return `${table}${counts}; lines: ${linesText(total) || 'the same'}; bytes: ${sizeText(bytes) || 'as many'}\n`;
}

/** `1 added, 2 changed`; empty without changes. */
export function statusCounts(changes: readonly Change[]): string {
  return Object.entries(countChanges(changes))
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${formatNumber(count)} ${status}`)
    .join(', ');
}

function linesText(lines: StatRow['lines']): string {
  if (typeof lines === 'string') return lines;
  return [lines.added > 0 ? `+${lines.added}` : '', lines.removed > 0 ? `−${lines.removed}` : '']
    .filter((part) => part !== '')
    .join(' ');
}

function sizeDelta(change: Change): number {
  const size = (entry: FileEntry) => (isContentEntry(entry) ? entry.size : 0);
  return ('after' in change ? size(change.after) : 0) - ('before' in change ? size(change.before) : 0);
}

/** A difference in bytes with its sign; empty for none. */
function sizeText(delta: number): string {
  if (delta === 0) return '';
  return `${delta > 0 ? '+' : '−'}${formatBytes(Math.abs(delta))}`;
}

function pathsText(change: Change): string {
  const path = pathOf(change);
  return change.status === 'renamed' ? `${change.before.path} → ${path}` : path;
}

/** How an archive differs from its predecessor, for a table cell; empty for the first archive. */
export function changeText(
  change: ArchiveChange | undefined,
  unit: 'files and bytes' | 'bytes' = 'files and bytes',
): string {
  if (change === undefined) return '';
  if (change.sameContent) return 'same';
  const { fileCount, totalBytes, entries } = change;
  if (entries) return countsText(entries);
  if (unit === 'bytes') return sizeText(totalBytes) || 'changed';
  const files = fileCount === 0 ? '' : `${fileCount > 0 ? '+' : '−'}${formatCount(Math.abs(fileCount), 'file')}`;
  return [files, sizeText(totalBytes)].filter((part) => part !== '').join(', ') || 'changed';
}

export function changeJson(change: ArchiveChange | undefined): object | null {
  if (change === undefined) return null;
  const { sameContent, fileCount, totalBytes, entries } = change;
  return { same_content: sameContent, file_count: fileCount, total_bytes: totalBytes, ...entries };
}

function countsText({ added, removed, changed, renamed }: NonNullable<ArchiveChange['entries']>): string {
  const parts: [mark: string, count: number][] = [
    ['+', added],
    ['−', removed],
    ['~', changed],
    ['→', renamed],
  ];
  return parts
    .filter(([, count]) => count > 0)
    .map(([mark, count]) => mark + count)
    .join(' ');
}

/** For `printJson`. */
export function comparisonJson({ before, after, changes, unchanged }: ArchiveComparison): object {
  return {
    before: comparedJson(before),
    after: comparedJson(after),
    summary: { ...countChanges(changes), unchanged },
    changes: changesJson(changes),
  };
}

/** A generator, since the objects of very many changes would take much memory. */
function* changesJson(changes: readonly Change[]): Iterable<object> {
  for (const change of changes) {
    yield {
      status: change.status,
      path: pathOf(change),
      before: 'before' in change ? entryJson(change.before) : null,
      after: 'after' in change ? entryJson(change.after) : null,
    };
  }
}

function comparedJson(compared: Compared): object {
  if ('folder' in compared) return compared;
  const { id, subject, createdAt, manifestDigest, contentDigest } = compared.package;
  return {
    package_id: id,
    subject,
    created_at: createdAt,
    manifest_digest: manifestDigest,
    content_digest: contentDigest,
  };
}

/** An entry as in the manifest's JSON view. */
export function entryJson(entry: FileEntry): object {
  if (!isContentEntry(entry)) return entry;
  const { blake3, sha256, ...rest } = entry;
  return { ...rest, blake3: Buffer.from(blake3).toString('hex'), sha256: Buffer.from(sha256).toString('hex') };
}
