import { ArchiveError } from '../artifact-store/errors.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { ArchiveRecord } from '../infospace/index-file.ts';
import type { AnnotatedRecord, ArchiveChange } from '../infospace/list.ts';
import { changeJson, changeText } from './changes.ts';
import { warn } from './errors.ts';
import { formatBytes } from './format.ts';
import { printJson } from './json.ts';
import { retentionHoldJson, retentionWord } from './retention.ts';
import type { Column } from './table.ts';

export interface ListFlags {
  withRetention?: boolean | undefined;
  /** Counts what was added, removed, changed and renamed, from the manifests in the store. */
  changes?: boolean | undefined;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
}

/** What is told of archives, each list in their order. */
interface Listing {
  records: readonly ArchiveRecord[];
  changes: readonly (ArchiveChange | undefined)[];
  annotated: readonly AnnotatedRecord[] | undefined;
}

/** Prints the archives of an infospace, oldest first. */
export async function listAndPrint(root: string, flags: ListFlags): Promise<void> {
  const { changesInIndex, listArchives } = await import('../infospace/list.ts');
  const records = await listArchives(root);
  const isAsked = (flags.withRetention || flags.changes) && records.length > 0;
  const known = isAsked ? await askRegistry(root, records, flags) : undefined;
  const listing: Listing = { records, changes: changesInIndex(records), annotated: undefined, ...known };
  if (flags.json) printJson(listingJson(listing));
  else if (records.length === 0) process.stdout.write('No archives yet.\n');
  else process.stdout.write(await renderTable(listing));
}

/** Undefined when the registry cannot be reached, which the user is told. */
async function askRegistry(
  root: string,
  records: readonly ArchiveRecord[],
  { withRetention, changes, storeRoot }: ListFlags,
): Promise<Partial<Listing> | undefined> {
  const { annotateRetention, countedChanges } = await import('../infospace/list.ts');
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  let registry: Registry | undefined;
  try {
    registry = await openRegistry(root, { storeRoot }, 'read');
    return {
      ...(withRetention && { annotated: await annotateRetention(records, registry) }),
      ...(changes && { changes: await countedChanges(records, registry) }),
    };
  } catch (error) {
    if (!(error instanceof ArchiveError) || (error.code !== 'STORE_UNAVAILABLE' && error.code !== 'NOT_FOUND'))
      throw error;
    const what = [withRetention ? 'retention' : '', changes ? 'counts of changes' : ''].filter((part) => part !== '');
    warn(`the registry cannot be reached, so ${what.join(' and ')} cannot be shown: ${error.message}`);
    return undefined;
  } finally {
    await registry?.close();
  }
}

function* listingJson({ records, changes, annotated }: Listing): Iterable<object> {
  for (const [i, record] of records.entries()) {
    const shown = annotated ? annotatedJson(annotated[i]!) : record;
    yield { ...shown, change: changeJson(changes[i]) };
  }
}

function annotatedJson({ retention, disposal, ...record }: AnnotatedRecord): object {
  return {
    ...record,
    retention: retention && {
      expires_at: retention.expiresAt,
      expired_at: retention.expiredAt,
      holds: retention.holds.map(retentionHoldJson),
      eligible: retention.eligible,
    },
    disposal: disposal && {
      disposed_at: disposal.disposedAt,
      disposed_by: disposal.disposedBy,
      reason: disposal.reason,
    },
  };
}

async function renderTable({ records, changes, annotated }: Listing): Promise<string> {
  const { formatTable } = await import('./table.ts');
  const columns: Column[] = [
    { title: 'CREATED' },
    { title: 'PACKAGE' },
    { title: 'FILES', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'CHANGE' },
    ...(annotated ? [{ title: 'EXPIRES' }, { title: 'STATE' }] : [{ title: 'CLASS' }]),
    { title: 'NOTE', flexible: true },
  ];
  const rows = records.map((record, i) => [
    record.created_at.slice(0, 16).replace('T', ' '),
    record.package_id,
    // Records of other tools may lack these, or have a number for a note.
    String(record.file_count ?? ''),
    record.total_bytes === undefined ? '' : formatBytes(record.total_bytes),
    changeText(changes[i]),
    ...(annotated ? retentionCells(annotated[i]!) : [record.retention_class]),
    String(record.note ?? ''),
  ]);
  return formatTable(columns, rows, process.stdout.columns ?? Number.POSITIVE_INFINITY);
}

function retentionCells({ retention, disposal }: AnnotatedRecord): string[] {
  if (disposal) return ['', `disposed ${disposal.disposedAt.slice(0, 10)}: ${disposal.reason}`];
  if (retention === null) return ['?', 'not in this registry'];
  return [retention.expiresAt?.slice(0, 10) ?? 'never', retentionWord(retention)];
}
