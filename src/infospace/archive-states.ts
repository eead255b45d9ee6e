import type { Hold, Label, Note, Registry } from '../artifact-store/registry.ts';
import { type ArchiveChange, changeFollower } from './list.ts';
import { type ListedArchive, type StorePackages, storePackages } from './listing.ts';

/** An archive with what a list shows of it. */
export interface ArchiveState {
  /** With its current note. */
  archive: ListedArchive;
  change: ArchiveChange | undefined;
  labels: readonly string[];
  /** Undefined without a store, or when the store does not have the package. */
  kept: Kept | undefined;
}

/** The retention of a package. */
export interface Kept {
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  isOnHold: boolean;
}

/** Which archives to list; all by default. */
export interface ListFilter {
  /** Only this many of the newest, after all other filters. */
  last?: number | undefined;
  since?: Date | undefined;
  retentionClass?: string | undefined;
  label?: string | undefined;
  /** Text in the note, ignoring case. */
  grep?: string | undefined;
}

const NO_LABELS: readonly string[] = [];

/** The state of a store's packages. */
export interface StoreState extends StorePackages {
  notes: ReadonlyMap<string, Note>;
  labels: ReadonlyMap<string, readonly string[]>;
  /** Ids of packages on hold. */
  held: ReadonlySet<string>;
}

/** Takes a few queries, regardless of the number of archives. */
export async function storeState(registry: Registry): Promise<StoreState> {
  const packages = await storePackages(registry);
  const notes = new Map((await registry.listNotes()).map((note) => [note.packageId, note]));
  const labels = labelsByPackage(await registry.listLabels());
  const held = new Set((await registry.listHolds()).filter(isInForce).map(({ packageId }) => packageId));
  return { ...packages, notes, labels, held };
}

/** The state of a few packages, by queries for each. */
export async function statesOf(
  registry: Registry,
  expiries: StoreState['expiries'],
  ids: readonly string[],
): Promise<Omit<StoreState, 'tombstones'>> {
  const notes = (await Promise.all(ids.map((id) => registry.listNotes(id)))).flat();
  const holds = (await Promise.all(ids.map((id) => registry.listHolds(id)))).flat();
  return {
    expiries,
    notes: new Map(notes.map((note) => [note.packageId, note])),
    labels: labelsByPackage(await registry.listLabels()),
    held: new Set(holds.filter(isInForce).map(({ packageId }) => packageId)),
  };
}

function labelsByPackage(labels: readonly Label[]): ReadonlyMap<string, readonly string[]> {
  const byPackage = new Map<string, string[]>();
  for (const { packageId, label } of labels) byPackage.set(packageId, [...(byPackage.get(packageId) ?? []), label]);
  return byPackage;
}

/**
 * Combines archives with their state, one by one.
 * @param said state of the store; undefined without a store.
 * @param changes by position; undefined to use those from the records.
 */
export function* archiveStates(
  archives: Iterable<ListedArchive>,
  state: Omit<StoreState, 'tombstones'> | undefined,
  changes?: readonly (ArchiveChange | undefined)[],
): Iterable<ArchiveState> {
  const changeOf = changeFollower();
  let i = 0;
  for (const archive of archives) {
    const id = archive.package_id;
    const note = state?.notes.get(id);
    const isNewer = note !== undefined && (note.amendedAt !== null || archive.note === null);
    const expiresAt = state?.expiries.get(id);
    yield {
      archive: isNewer ? { ...archive, note: note.note } : archive,
      change: changes ? changes[i++] : changeOf(archive),
      labels: state?.labels.get(id) ?? NO_LABELS,
      kept: expiresAt === undefined ? undefined : { expiresAt, isOnHold: state!.held.has(id) },
    };
  }
}

/** By this machine's clock. */
function isInForce({ until, releasedAt }: Hold): boolean {
  return releasedAt === null && (until === null || Date.parse(until) > Date.now());
}

/** The archives that pass a filter, one by one; at most the newest N. */
export function* filtered(states: Iterable<ArchiveState>, filter: ListFilter): Iterable<ArchiveState> {
  const wants = wanted(filter);
  const { last } = filter;
  let newest: ArchiveState[] = [];
  for (const one of states) {
    if (!wants(one)) continue;
    if (last === undefined) yield one;
    else if (newest.push(one) >= 2 * last) newest = newest.slice(-last);
  }
  if (last !== undefined) yield* newest.slice(-last);
}

function wanted({ since, retentionClass, label, grep }: ListFilter): (one: ArchiveState) => boolean {
  const text = grep?.toLowerCase();
  return ({ archive, labels }) =>
    (since === undefined || Date.parse(archive.created_at) >= since.getTime()) &&
    (retentionClass === undefined || archive.retention_class === retentionClass) &&
    (label === undefined || labels.includes(label)) &&
    (text === undefined ||
      String(archive.note ?? '')
        .toLowerCase()
        .includes(text));
}
