import { isPackageId } from '../artifact-store/outside-fields.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { type ArchiveRecord, type Disposal, disposalOf, summaryRecord } from './index-record.ts';
import type { Records } from './record-texts.ts';

/** An archive as a list has it; `included_paths` are known of those that an index records. */
export interface ListedArchive extends Omit<ArchiveRecord, 'included_paths'> {
  included_paths?: string[];
  /** When, by whom and why the package was disposed of. */
  disposal?: Disposal;
  /** False when the store that was asked does not have the package, and has not disposed of it. */
  stored?: false;
}

/** Which packages a store has, in the order of its log, and which it has disposed of. */
export interface Standing {
  /** Until when they are kept, by their ids. */
  expiries: ReadonlyMap<string, string | null>;
  tombstones: ReadonlyMap<string, Tombstone>;
}

export async function standingIn(registry: Registry): Promise<Standing> {
  const expiries = await registry.listExpiries();
  return { expiries, tombstones: new Map((await registry.listTombstones()).map((gone) => [gone.id, gone])) };
}

/** The records of an index as {@link inStoreOrder} has them. */
export async function markedRecords(records: readonly ArchiveRecord[], registry: Registry): Promise<ListedArchive[]> {
  const ids = records.map((record) => record.package_id);
  return [...inStoreOrder({ ids, at: (i) => records[i]! }, await standingIn(registry))];
}

/**
 * Orders the records of an index as the log of the store has their packages, and marks those whose package is gone from the
 * store or in another one. What the store does not have stays behind the record that it stands behind.
 */
export function* inStoreOrder(records: Records, { expiries, tombstones }: Standing): Iterable<ListedArchive> {
  for (const i of storeOrder(records.ids, expiries)) {
    const record = records.at(i);
    const { package_id: id } = record;
    yield expiries.has(id) ? record : marked(record, tombstones.get(id));
  }
}

function storeOrder(ids: readonly string[], expiries: Standing['expiries']): Iterable<number> {
  const positions = new Map<string, number>();
  for (const id of expiries.keys()) positions.set(id, positions.size);
  let last = -1;
  const places = Float64Array.from(ids, (id) => (last = positions.get(id) ?? last));
  // Of equal ones the order stays.
  return Uint32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b);
}

/** Marks the records of an index whose store is not there. Other tools, whose ids are others, have stores of their own. */
export function marked(record: ArchiveRecord, tombstone?: Tombstone): ListedArchive {
  if (tombstone) return { ...record, disposal: disposalOf(tombstone) };
  return isPackageId(record.package_id) ? { ...record, stored: false } : record;
}

/**
 * What a store has, in the order of its log, and what it has disposed of, by its time.
 *
 * @param of an infospace whose packages are wanted: those of its subject, and those that its index names. All there are
 * without a subject.
 */
export async function storedArchives(
  registry: Registry,
  of?: { subject: string | undefined; records: readonly ArchiveRecord[] },
): Promise<ListedArchive[]> {
  const recorded = new Map(of?.records.map((record) => [record.package_id, record]));
  const isWanted = ({ id, subject }: PackageSummary) =>
    of?.subject === undefined || subject === of.subject || recorded.has(id);
  return (await storedAndDisposed(registry)).filter(isWanted).map((found) => ({
    ...withRecord(found, recorded),
    ...('disposedAt' in found && { disposal: disposalOf(found) }),
  }));
}

/** All that a store has, in the order of its log, and what it has disposed of, by its time. */
export async function storedAndDisposed(registry: Registry): Promise<(PackageSummary | Tombstone)[]> {
  const disposed = (await registry.listTombstones()).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const merged: (PackageSummary | Tombstone)[] = [];
  for (const found of await registry.listPackages()) {
    while (disposed.length > 0 && disposed.at(-1)!.createdAt < found.createdAt) merged.push(disposed.pop()!);
    merged.push(found);
  }
  return [...merged, ...disposed.reverse()];
}

/** The index knows what was asked for and why, if it tells of the same package. */
function withRecord(found: PackageSummary, recorded: ReadonlyMap<string, ArchiveRecord>): ListedArchive {
  const { included_paths: _, ...about } = summaryRecord(found);
  const record = recorded.get(found.id);
  return record?.manifest_digest === found.manifestDigest ? { ...record, ...about, note: record.note } : about;
}
