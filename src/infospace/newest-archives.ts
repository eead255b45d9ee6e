import { isArchiveError } from '../artifact-store/errors.ts';
import { isPackageId } from '../artifact-store/outside-fields.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { type ArchiveState, archiveStates, statesOf } from './archive-states.ts';
import { readNewest } from './index-file.ts';
import type { ArchiveRecord } from './index-record.ts';
import { type ListedArchive, marked } from './listing.ts';

/**
 * The newest archives of a long index, read from its end alone.
 * @returns undefined where the end is not enough: if the index is short or merged from branches, if the end has too few records, or if it
 * lacks the previous record of the first one's subject.
 */
export async function newestArchives(
  root: string,
  count: number,
  registry: Registry,
): Promise<ArchiveState[] | undefined> {
  const { records, isWhole } = readNewest(root);
  if (isWhole) return undefined;
  const expiries = await registry.listExpiries(records.length);
  const archives = await newestInStoreOrder(records, [...expiries.keys()], registry);
  const shown = archives.slice(-count);
  const before = archives.slice(0, -count);
  const hasPredecessor = ({ subject }: ListedArchive, i: number) =>
    [...before, ...shown.slice(0, i)].some((archive) => archive.subject === subject);
  if (shown.length < count || !shown.every(hasPredecessor)) return undefined;
  const state = await statesOf(
    registry,
    expiries,
    shown.map(({ package_id }) => package_id),
  );
  return [...archiveStates(archives, state)].slice(-count);
}

/**
 * Those of the last records of an index that certainly follow all others in log order.
 * @param newest the newest packages of the store, as many as there are records.
 */
async function newestInStoreOrder(
  records: readonly ArchiveRecord[],
  newest: readonly string[],
  registry: Registry,
): Promise<ListedArchive[]> {
  const recorded = new Set(records.map((record) => record.package_id));
  // Records farther up may precede only these.
  const first = newest.findLastIndex((id) => !recorded.has(id)) + 1;
  const places = new Map(newest.slice(first).map((id, place) => [id, place]));
  const placed: { archive: ListedArchive; place: number }[] = [];
  let last: number | undefined;
  for (const record of records) {
    const place = places.get(record.package_id);
    const archive = place === undefined ? await unlessKept(record, registry) : record;
    last = archive === undefined ? undefined : (place ?? last);
    if (archive !== undefined && last !== undefined) placed.push({ archive, place: last });
  }
  return placed.sort((a, b) => a.place - b.place).map(({ archive }) => archive);
}

/** The marked record if its package was disposed of or is in another store; undefined when the store keeps it. */
async function unlessKept(record: ArchiveRecord, registry: Registry): Promise<ListedArchive | undefined> {
  if (!isPackageId(record.package_id)) return record;
  const tombstone = await registry.getTombstone(record.package_id);
  if (tombstone !== undefined) return marked(record, tombstone);
  try {
    await registry.getPackage(record.package_id);
    return undefined;
  } catch (error) {
    if (isArchiveError(error, 'NOT_FOUND')) return marked(record);
    throw error;
  }
}
