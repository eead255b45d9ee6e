import { isArchiveError } from '../artifact-store/errors.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { ArchiveRecord } from '../infospace/index-record.ts';
import type { Annotation, ArchiveChange } from '../infospace/list.ts';
import type { ListedArchive } from '../infospace/listing.ts';
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

type Annotated = Omit<ListedArchive, 'disposal'> & Annotation;

/** What is told of archives, each list in their order. */
interface Listing {
  archives: readonly ListedArchive[];
  changes: readonly (ArchiveChange | undefined)[];
  annotated: readonly Annotated[] | undefined;
}

/** Prints the archives of an infospace, oldest first; of a store that is named, what it has of them, or all that it has. */
export async function listAndPrint(root: string | undefined, flags: ListFlags): Promise<void> {
  const { openInfospace } = await import('../infospace/infospace-file.ts');
  const { readIndex } = await import('../infospace/index-file.ts');
  const { noInfospace } = await import('../infospace/find-infospace.ts');
  const { namesStore } = await import('../infospace/infospace-store.ts');
  const infospace = root === undefined ? undefined : await openInfospace(root);
  const records = infospace ? await readIndex(infospace.root) : [];
  let listing: Listing;
  if (namesStore(flags)) {
    const { storedArchives } = await import('../infospace/listing.ts');
    const of = infospace && { subject: infospace.slug, records };
    listing = await withStore(infospace?.root, flags, async (registry) =>
      describe(await storedArchives(registry, of), registry, flags),
    );
  } else if (infospace) listing = await ofIndex(infospace.root, records, flags);
  else throw noInfospace();
  if (flags.json) printJson(listingJson(listing));
  else if (listing.archives.length === 0) process.stdout.write('No archives yet.\n');
  else process.stdout.write(await renderTable(listing, root === undefined));
}

/** What the index records, with what the embedded store says of it, as far as there is one. */
async function ofIndex(root: string, records: readonly ArchiveRecord[], flags: ListFlags): Promise<Listing> {
  const { changesInIndex } = await import('../infospace/list.ts');
  const { marked, markedRecords } = await import('../infospace/listing.ts');
  if (records.length === 0) return { archives: [], changes: [], annotated: undefined };
  try {
    return await withStore(root, flags, async (registry) =>
      describe(await markedRecords(records, registry), registry, flags),
    );
  } catch (error) {
    const isMissing = isArchiveError(error, 'NOT_FOUND');
    if (!isMissing && !isArchiveError(error, 'STORE_UNAVAILABLE')) throw error;
    const { withRetention, changes } = flags;
    const what = [withRetention ? 'retention' : '', changes ? 'counts of changes' : ''].filter((part) => part !== '');
    const unknown = what.length > 0 ? what.join(' and ') : 'what is left of the archives';
    warn(`the registry cannot be reached, so ${unknown} cannot be shown: ${error.message}`);
    const archives = isMissing ? records.map((record) => marked(record)) : records;
    return { archives, changes: changesInIndex(records), annotated: undefined };
  }
}

async function withStore<T>(
  root: string | undefined,
  { storeRoot }: ListFlags,
  action: (registry: Registry) => Promise<T>,
): Promise<T> {
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const registry = await openRegistry(root ?? '.', { storeRoot }, 'read');
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}

async function describe(
  archives: readonly ListedArchive[],
  registry: Registry,
  { withRetention, changes }: ListFlags,
): Promise<Listing> {
  const { annotateRetention, changesInIndex, countedChanges } = await import('../infospace/list.ts');
  return {
    archives,
    changes: changes ? await countedChanges(archives, registry) : changesInIndex(archives),
    annotated: withRetention ? await annotateRetention(archives, registry) : undefined,
  };
}

function* listingJson({ archives, changes, annotated }: Listing): Iterable<object> {
  for (const [i, archive] of archives.entries()) {
    const shown = annotated ? annotatedJson(annotated[i]!) : archiveJson(archive);
    yield { ...shown, change: changeJson(changes[i]) };
  }
}

function archiveJson({ disposal, ...archive }: ListedArchive): object {
  return { ...archive, ...(disposal && { disposal: disposalJson(disposal) }) };
}

/** Whether it is stored is said by its retention. */
function annotatedJson({ retention, disposal, stored: _, ...archive }: Annotated): object {
  return {
    ...archive,
    retention: retention && {
      expires_at: retention.expiresAt,
      expired_at: retention.expiredAt,
      holds: retention.holds.map(retentionHoldJson),
      eligible: retention.eligible,
    },
    disposal: disposal && disposalJson(disposal),
  };
}

function disposalJson({ disposedAt, disposedBy, reason }: NonNullable<Annotation['disposal']>): object {
  return { disposed_at: disposedAt, disposed_by: disposedBy, reason };
}

async function renderTable({ archives, changes, annotated }: Listing, hasSubjects: boolean): Promise<string> {
  const { formatTable } = await import('./table.ts');
  // Said only where it is not what one expects.
  const hasGone = archives.some(({ disposal, stored }) => disposal !== undefined || stored === false);
  const columns: Column[] = [
    { title: 'CREATED' },
    { title: 'PACKAGE' },
    ...(hasSubjects ? [{ title: 'SUBJECT' }] : []),
    { title: 'FILES', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'CHANGE' },
    ...(annotated ? [{ title: 'EXPIRES' }, { title: 'STATE' }] : [{ title: 'CLASS' }]),
    ...(hasGone && !annotated ? [{ title: 'STATE' }] : []),
    { title: 'NOTE', flexible: true },
  ];
  const rows = archives.map((archive, i) => [
    archive.created_at.slice(0, 16).replace('T', ' '),
    archive.package_id,
    ...(hasSubjects ? [archive.subject] : []),
    // Records of other tools may lack these, or have a number for a note.
    String(archive.file_count ?? ''),
    archive.total_bytes === undefined ? '' : formatBytes(archive.total_bytes),
    changeText(changes[i]),
    ...(annotated ? retentionCells(annotated[i]!) : [archive.retention_class]),
    ...(hasGone && !annotated ? [goneCell(archive)] : []),
    String(archive.note ?? ''),
  ]);
  return formatTable(columns, rows, process.stdout.columns ?? Number.POSITIVE_INFINITY);
}

function goneCell({ disposal, stored }: ListedArchive): string {
  if (disposal) return `disposed ${disposal.disposedAt.slice(0, 10)}`;
  return stored === false ? 'not in this store' : '';
}

function retentionCells({ retention, disposal }: Annotated): string[] {
  if (disposal) return ['', `disposed ${disposal.disposedAt.slice(0, 10)}: ${disposal.reason}`];
  if (retention === null) return ['?', 'not in this registry'];
  return [retention.expiresAt?.slice(0, 10) ?? 'never', retentionWord(retention)];
}
