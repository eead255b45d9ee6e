import { isWholeId, shortId } from '../artifact-store/package-names.ts';
import type { Annotation } from '../infospace/list.ts';
import type { ToldArchive } from '../infospace/told-archives.ts';
import { changeText } from './changes.ts';
import { formatBytes } from './format.ts';
import { localDay, localMinute } from './local-time.ts';
import { retentionWord } from './retention.ts';
import type { Column } from './table.ts';

/** What is told of archives, each list in their order. */
export interface Listing {
  told: readonly ToldArchive[];
  annotated: readonly Annotation[] | undefined;
}

/** Below this many columns a change is told in bytes alone, so that the note is in sight. */
const WIDE_COLUMNS = 100;

/** A table of archives that fits the terminal. */
export async function renderArchives({ told, annotated }: Listing, hasSubjects: boolean): Promise<string> {
  const { formatTable } = await import('./table.ts');
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const isWide = width >= WIDE_COLUMNS;
  const isKnown = told.some(({ kept, archive }) => kept ?? archive.disposal ?? archive.stored === false);
  const columns: Column[] = [
    { title: 'ID' },
    { title: 'CREATED' },
    ...(hasSubjects ? [{ title: 'SUBJECT' }] : []),
    { title: 'SIZE', align: 'right' },
    { title: 'CHANGE' },
    ...(annotated ? [{ title: 'EXPIRES' }, { title: 'STATE' }] : [{ title: isKnown ? 'KEPT UNTIL' : 'CLASS' }]),
    { title: 'NOTE', flexible: true },
  ];
  const cellsOf = (one: ToldArchive, i: number): string[] => [
    // Records of other tools have ids of their own; they may lack sizes, or have a number for a note.
    isWholeId(one.archive.package_id) ? shortId(one.archive.package_id) : one.archive.package_id,
    localMinute(one.archive.created_at),
    ...(hasSubjects ? [one.archive.subject] : []),
    one.archive.total_bytes === undefined ? '' : formatBytes(one.archive.total_bytes),
    changeText(one.change, isWide ? 'files and bytes' : 'bytes'),
    ...(annotated ? retentionCells(annotated[i]!) : [isKnown ? keptCell(one) : one.archive.retention_class]),
    noteCell(one),
  ];
  return formatTable(columns, mapped(told, cellsOf), width);
}

function keptCell({ archive: { disposal, stored }, kept }: ToldArchive): string {
  if (disposal) return 'disposed';
  if (stored === false) return 'not stored';
  if (kept === undefined) return '?';
  if (kept.isOnHold) return 'on hold';
  if (kept.expiresAt === null) return 'forever';
  return Date.parse(kept.expiresAt) <= Date.now() ? 'expired' : localDay(kept.expiresAt);
}

function noteCell({ labels, archive: { note } }: ToldArchive): string {
  return [...labels.map((label) => `[${label}]`), String(note ?? '')].join(' ').trim();
}

function retentionCells({ retention, disposal }: Annotation): string[] {
  if (disposal) return ['', `disposed ${localDay(disposal.disposedAt)}: ${disposal.reason}`];
  if (retention === null) return ['?', 'not in this registry'];
  return [retention.expiresAt === null ? 'never' : localDay(retention.expiresAt), retentionWord(retention)];
}

function* mapped<T, R>(items: readonly T[], map: (item: T, i: number) => R): Iterable<R> {
  for (const [i, item] of items.entries()) yield map(item, i);
}
