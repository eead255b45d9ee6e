import { isPackageId } from '../artifact-store/outside-fields.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { type ArchiveRecord, type Disposal, disposalOf, summaryRecord } from './index-record.ts';
import type { Records } from './record-texts.ts';

/** An archive in a list; `included_paths` are known only for archives recorded in an index. */
export interface ListedArchive extends Omit<ArchiveRecord, 'included_paths'> {
  included_paths?: string[];
  /** When, by whom and why the package was disposed of. */
  disposal?: Disposal;
  /** False when the store does not have the package and has not disposed of it. */
  stored?: false;
}

/** The packages of a store, in log order, and the disposed ones. */
export interface StorePackages {
  /** Expiries by package id. */
  expiries: ReadonlyMap<string, string | null>;
  tombstones: ReadonlyMap<string, Tombstone>;
}

export async function storePackages(registry: Registry): Promise<StorePackages> {
  const expiries = await registry.listExpiries();
  return { expiries, tombstones: new Map((await registry.listTombstones()).map((gone) => [gone.id, gone])) };
}

/** The records of an index in the form of {@link inStoreOrder}. */
export async function markedRecords(records: readonly ArchiveRecord[], registry: Registry): Promise<ListedArchive[]> {
  const ids = records.map((record) => record.package_id);
  return [...inStoreOrder({ ids, at: (i) => records[i]! }, await storePackages(registry))];
}

/**
 * Sorts the records of an index into the order of the store's log, and marks those whose package was disposed of or is in another store. A
 * record of another store stays behind the record it follows in the index.
 */
export function* inStoreOrder(records: Records, { expiries, tombstones }: StorePackages): Iterable<ListedArchive> {
  for (const i of storeOrder(records.ids, expiries)) {
    const record = records.at(i);
    const { package_id: id } = record;
    yield expiries.has(id) ? record : marked(record, tombstones.get(id));
  }
}

function storeOrder(ids: readonly string[], expiries: StorePackages['expiries']): Iterable<number> {
  const positions = new Map<string, number>();
  for (const id of expiries.keys()) positions.set(id, positions.size);
  let last = -1;
  const places = Float64Array.from(ids, (id) => (last = positions.get(id) ?? last));
  // Keeps the order of equal places.
  return Uint32Array.from(places.keys()).sort((a, b) => places[a]! - places[b]! || a - b);
}

/** Marks an index record without asking a store. Other tools, with other ids, have their own stores. */
export function marked(record: ArchiveRecord, tombstone?: Tombstone): ListedArchive {
  if (tombstone) return { ...record, disposal: disposalOf(tombstone) };
  return isPackageId(record.package_id) ? { ...record, stored: false } : record;
}

/**
 * The packages of a store in log order, and the disposed ones by time.
 * @param of the infospace to filter by: packages of its subject, and those in its index. Without a subject, all packages.
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

/** All packages of a store in log order, and the disposed ones by time. */
export async function storedAndDisposed(registry: Registry): Promise<(PackageSummary | Tombstone)[]> {
  const disposed = (await registry.listTombstones()).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const merged: (PackageSummary | Tombstone)[] = [];
  for (const found of await registry.listPackages()) {
    while (disposed.length > 0 && disposed.at(-1)!.createdAt < found.createdAt) merged.push(disposed.pop()!);
    merged.push(found);
  }
  return [...merged, ...disposed.reverse()];
}

/** Adds the include patterns and the note from the index, if its record is of the same package. */
function withRecord(found: PackageSummary, recorded: ReadonlyMap<string, ArchiveRecord>): ListedArchive {
  const { included_paths: _, ...about } = summaryRecord(found);
  const record = recorded.get(found.id);
  return record?.manifest_digest === found.manifestDigest ? { ...record, ...about, note: record.note } : about;
}
