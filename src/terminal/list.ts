import { type ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { ListFilter } from '../infospace/archive-states.ts';
import type { ArchiveRecord } from '../infospace/index-record.ts';
import type { Annotation } from '../infospace/list.ts';
import type { ListedArchive, StorePackages } from '../infospace/listing.ts';
import type { RecordTexts } from '../infospace/record-texts.ts';
import { changeJson } from './changes.ts';
import { warn } from './errors.ts';
import { growHeapSlowly } from './heap.ts';
import { printJson } from './json.ts';
import type { Listing } from './list-table.ts';
import { writeEach } from './output.ts';
import { retentionHoldJson } from './retention.ts';

export interface ListFlags extends ListFilter {
  withRetention?: boolean | undefined;
  /** Counts what was added, removed, changed and renamed, from the manifests in the store. */
  changes?: boolean | undefined;
  /** Lists this subject of the store; by default what the index records, or the infospace's subject of a named store. */
  subject?: string | undefined;
  /** Lists every package of the store. */
  allSubjects?: boolean | undefined;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
}

/**
 * Prints the archives of an infospace, oldest first. For a named store, prints the infospace's packages in it, or
 * without an infospace all of them.
 *
 * @throws ArchiveError `NOT_FOUND` for a named store that does not exist; `USAGE` for both a subject and all subjects.
 */
export async function listAndPrint(root: string | undefined, flags: ListFlags): Promise<void> {
  const { openInfospace } = await import('../infospace/infospace-file.ts');
  const { isLongIndex, readRecordTexts } = await import('../infospace/index-file.ts');
  const { noInfospace } = await import('../infospace/find-infospace.ts');
  const { namesStore } = await import('../infospace/infospace-store.ts');
  const { subject, allSubjects } = flags;
  const infospace = root === undefined ? undefined : await openInfospace(root);
  if (infospace && isLongIndex(infospace.root)) growHeapSlowly();
  let listing: Listing;
  if (namesStore(flags) || subject !== undefined || allSubjects) {
    const records = infospace && (await readRecordTexts(infospace.root));
    const ofOne = subject ?? (allSubjects ? undefined : infospace?.slug);
    listing = await withStore(infospace?.root, flags, (registry) =>
      ofStore(registry, [...(records ?? [])], ofOne, flags),
    );
  } else if (infospace) {
    const newest = await ofIndexEnd(infospace.root, flags);
    listing = newest ?? (await ofIndex(infospace.root, await readRecordTexts(infospace.root), flags));
  } else throw noInfospace();
  if (flags.json) return printJson(listingJson(listing));
  const { renderArchives } = await import('./list-table.ts');
  await writeEach(await renderArchives(listing, root === undefined || allSubjects === true));
}

/** The packages of a store, of one subject or of all, together with the records of the index. */
async function ofStore(
  registry: Registry,
  records: readonly ArchiveRecord[],
  subject: string | undefined,
  flags: ListFlags,
): Promise<Listing> {
  const { storedArchives } = await import('../infospace/listing.ts');
  const recorded = flags.subject === undefined ? records : records.filter((record) => record.subject === subject);
  const archives = await storedArchives(registry, { subject, records: recorded });
  return describe(() => archives, registry, flags);
}

/** Reads only the end of a long index, when nothing but the newest archives is asked for; undefined otherwise. */
async function ofIndexEnd(root: string, { last, ...rest }: ListFlags): Promise<Listing | undefined> {
  const { since, retentionClass, label, grep, changes, withRetention } = rest;
  if (last === undefined || [since, retentionClass, label, grep, changes].some((asked) => asked !== undefined))
    return undefined;
  const { newestArchives } = await import('../infospace/newest-archives.ts');
  const { annotateRetention } = await import('../infospace/list.ts');
  try {
    return await withStore(root, rest, async (registry) => {
      const listed = await newestArchives(root, last, registry);
      if (listed === undefined) return undefined;
      const shown = listed.map(({ archive }) => archive);
      return { listed, annotated: withRetention ? await annotateRetention(shown, registry) : undefined };
    });
  } catch (error) {
    if (isUnreachable(error)) return undefined;
    throw error;
  }
}

/** The records of the index, with their retention from the embedded store if it can be reached. */
async function ofIndex(root: string, records: RecordTexts, flags: ListFlags): Promise<Listing> {
  const { inStoreOrder, marked } = await import('../infospace/listing.ts');
  const { filtered, archiveStates } = await import('../infospace/archive-states.ts');
  if (records.ids.length === 0) return { listed: [], annotated: undefined };
  try {
    return await withStore(root, flags, (registry) =>
      describe((packages) => inStoreOrder(records, packages), registry, flags),
    );
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const isMissing = error.code === 'NOT_FOUND';
    const { withRetention, changes: areCounted } = flags;
    const what = [withRetention ? 'retention' : '', areCounted ? 'counts of changes' : ''].filter(
      (part) => part !== '',
    );
    const unknown = what.length > 0 ? what.join(' and ') : 'the state of the archives';
    warn(`the registry cannot be reached, so ${unknown} cannot be shown: ${error.message}`);
    const archives = isMissing ? mapped(records, (record) => marked(record)) : records;
    return { listed: filtered(archiveStates(archives, undefined), flags), annotated: undefined };
  }
}

/** The store does not exist, or cannot be reached now. */
function isUnreachable(error: unknown): error is ArchiveError {
  return isArchiveError(error, 'NOT_FOUND') || isArchiveError(error, 'STORE_UNAVAILABLE');
}

function* mapped<T, R>(items: Iterable<T>, map: (item: T) => R): Iterable<R> {
  for (const item of items) yield map(item);
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
  archivesIn: (packages: StorePackages) => Iterable<ListedArchive>,
  registry: Registry,
  flags: ListFlags,
): Promise<Listing> {
  const { filtered, storeState, archiveStates } = await import('../infospace/archive-states.ts');
  const state = await storeState(registry);
  const archives = archivesIn(state);
  if (!flags.changes && !flags.withRetention) {
    return { listed: filtered(archiveStates(archives, state), flags), annotated: undefined };
  }
  const { annotateRetention, countedChanges } = await import('../infospace/list.ts');
  const all = [...archives];
  const changes = flags.changes ? await countedChanges(all, registry) : undefined;
  const listed = [...filtered(archiveStates(all, state, changes), flags)];
  const shown = listed.map(({ archive }) => archive);
  return { listed, annotated: flags.withRetention ? await annotateRetention(shown, registry) : undefined };
}

function* listingJson({ listed, annotated }: Listing): Iterable<object> {
  let i = 0;
  for (const { archive, change, labels } of listed) {
    const shown = annotated ? annotatedJson(archive, annotated[i++]!) : archiveJson(archive);
    yield { ...shown, ...(labels.length > 0 && { labels }), change: changeJson(change) };
  }
}

function archiveJson({ disposal, ...archive }: ListedArchive): object {
  return { ...archive, ...(disposal && { disposal: disposalJson(disposal) }) };
}

/** Leaves out `stored`: a null retention says the same. */
function annotatedJson({ stored: _, ...archive }: ListedArchive, { retention, disposal }: Annotation): object {
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
