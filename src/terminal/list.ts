import { ArchiveError } from '../artifact-store/errors.ts';
import type { ArchiveRecord } from '../infospace/index-file.ts';
import type { AnnotatedRecord } from '../infospace/list.ts';
import { warn } from './errors.ts';
import { formatBytes } from './format.ts';
import { printJson } from './json.ts';
import { retentionHoldJson, retentionWord } from './retention.ts';
import type { Column } from './table.ts';

export interface ListFlags {
  withRetention?: boolean | undefined;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
}

/** Prints the archives of an infospace, oldest first. */
export async function listAndPrint(root: string, { withRetention, storeRoot, json }: ListFlags): Promise<void> {
  const { listArchives } = await import('../infospace/list.ts');
  const records = await listArchives(root);
  const annotated = withRetention && records.length > 0 ? await annotate(root, records, storeRoot) : undefined;
  if (json) printJson(annotated?.map(annotatedJson) ?? records);
  else if (records.length === 0) process.stdout.write('No archives yet.\n');
  else process.stdout.write(await renderTable(records, annotated));
}

/** Undefined when the registry cannot be reached, which the user is told. */
async function annotate(
  root: string,
  records: ArchiveRecord[],
  storeRoot: string | undefined,
): Promise<AnnotatedRecord[] | undefined> {
  const { annotateRetention } = await import('../infospace/list.ts');
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  try {
    const registry = await openRegistry(root, { storeRoot }, 'read');
    try {
      return await annotateRetention(records, registry);
    } finally {
      await registry.close();
    }
  } catch (error) {
    if (!(error instanceof ArchiveError) || (error.code !== 'STORE_UNAVAILABLE' && error.code !== 'NOT_FOUND'))
      throw error;
    warn(`the registry cannot be reached, so retention is not shown: ${error.message}`);
    return undefined;
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

async function renderTable(
  records: readonly ArchiveRecord[],
  annotated: readonly AnnotatedRecord[] | undefined,
): Promise<string> {
  const { formatTable } = await import('./table.ts');
  const columns: Column[] = [
    { title: 'CREATED' },
    { title: 'PACKAGE' },
    { title: 'FILES', align: 'right' },
    { title: 'SIZE', align: 'right' },
    ...(annotated ? [{ title: 'EXPIRES' }, { title: 'STATE' }] : [{ title: 'CLASS' }]),
    { title: 'NOTE', flexible: true },
  ];
  const rows = records.map((record, i) => [
    record.created_at.slice(0, 16).replace('T', ' '),
    record.package_id,
    // Records of other tools may lack these, or have a number for a note.
    String(record.file_count ?? ''),
    record.total_bytes === undefined ? '' : formatBytes(record.total_bytes),
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
