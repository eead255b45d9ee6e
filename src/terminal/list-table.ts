import { isCount } from '../artifact-store/outside-fields.ts';
import { isWholeId, shortId } from '../artifact-store/package-names.ts';
import type { ArchiveState } from '../infospace/archive-states.ts';
import type { Annotation } from '../infospace/list.ts';
import { changeText } from './changes.ts';
import { formatBytes } from './format.ts';
import { localDay, localMinute } from './local-time.ts';
import { retentionWord } from './retention.ts';
import type { Column } from './table.ts';

/** The archives to list, and what is known of each in the same order. `listed` can be iterated only once. */
export interface Listing {
  listed: Iterable<ArchiveState>;
  annotated: readonly Annotation[] | undefined;
}

/** Below this many columns a change is given in bytes alone, so that the note stays visible. */
const WIDE_COLUMNS = 100;

/** The lines of a table of archives, no wider than the terminal. */
export async function renderArchives({ listed, annotated }: Listing, hasSubjects: boolean): Promise<Iterable<string>> {
  const { tableLines } = await import('./table.ts');
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const isWide = width >= WIDE_COLUMNS;
  // Keeps only the cells of each archive, and its class until a store is known to have any of them.
  const rows: string[][] = [];
  const classes: string[] = [];
  let isKnown = annotated !== undefined;
  for (const one of listed) {
    const { archive } = one;
    const kept = annotated ? undefined : keptCell(one);
    isKnown ||= kept !== undefined;
    if (!isKnown) classes.push(archive.retention_class);
    rows.push([
      // Other tools may write records with other ids, without sizes, or with a number as the note.
      isWholeId(archive.package_id) ? shortId(archive.package_id) : archive.package_id,
      localMinute(archive.created_at),
      ...(hasSubjects ? [archive.subject] : []),
      isCount(archive.total_bytes) ? formatBytes(archive.total_bytes) : '',
      changeText(one.change, isWide ? 'files and bytes' : 'bytes'),
      ...(annotated ? retentionCells(annotated[rows.length]!) : [kept ?? '?']),
      noteCell(one),
    ]);
  }
  if (rows.length === 0) return ['No archives found.\n'];
  if (!isKnown) for (const [i, row] of rows.entries()) row[row.length - 2] = classes[i]!;
  const columns: Column[] = [
    { title: 'ID' },
    { title: 'CREATED' },
    ...(hasSubjects ? [{ title: 'SUBJECT' }] : []),
    { title: 'SIZE', align: 'right' },
    { title: 'CHANGE' },
    ...(annotated ? [{ title: 'EXPIRES' }, { title: 'STATE' }] : [{ title: isKnown ? 'KEPT UNTIL' : 'CLASS' }]),
    { title: 'NOTE', flexible: true },
  ];
  return tableLines(columns, rows, width);
}

/** Undefined when no store has anything on this archive. */
function keptCell({ archive: { disposal, stored }, kept }: ArchiveState): string | undefined {
  if (disposal) return 'disposed';
  if (stored === false) return 'not stored';
  if (kept === undefined) return undefined;
  if (kept.isOnHold) return 'on hold';
  if (kept.expiresAt === null) return 'forever';
  return Date.parse(kept.expiresAt) <= Date.now() ? 'expired' : localDay(kept.expiresAt);
}

function noteCell({ labels, archive: { note } }: ArchiveState): string {
  return [...labels.map((label) => `[${label}]`), String(note ?? '')].join(' ').trim();
}

function retentionCells({ retention, disposal }: Annotation): string[] {
  if (disposal) return ['', `disposed ${localDay(disposal.disposedAt)}: ${disposal.reason}`];
  if (retention === null) return ['?', 'not in this registry'];
  return [retention.expiresAt === null ? 'never' : localDay(retention.expiresAt), retentionWord(retention)];
}
