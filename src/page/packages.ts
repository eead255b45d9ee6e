import type { Hold, PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { disposalOf } from '../infospace/index-record.ts';
import type { Annotation } from '../infospace/list.ts';
import { storedAndDisposed } from '../infospace/listing.ts';
import { holdState } from '../terminal/hold.ts';

/** A package with its label, note and retention. */
export interface ShownPackage extends Annotation {
  about: PackageSummary;
  note: string | undefined;
  labels: string[];
}

const STATES = ['kept', 'on hold', 'expired', 'disposed of'] as const;
export type State = (typeof STATES)[number];

/** Which packages to show, and in which order. */
export interface PackageFilter {
  text?: string | undefined;
  subject?: string | undefined;
  retentionClass?: string | undefined;
  state?: State | undefined;
  sort?: Sort | undefined;
}

/** Sorts behind all others. */
const LAST = '\uffff';

/** By log position or by a value. */
const ORDERS = {
  newest: () => 0,
  oldest: () => 0,
  largest: (a: ShownPackage, b: ShownPackage) => b.about.totalBytes - a.about.totalBytes,
  'most entries': (a: ShownPackage, b: ShownPackage) => b.about.fileCount - a.about.fileCount,
  'expires first': (a: ShownPackage, b: ShownPackage) => compared(a.about.expiresAt ?? LAST, b.about.expiresAt ?? LAST),
  note: (a: ShownPackage, b: ShownPackage) => compared(a.note ?? LAST, b.note ?? LAST),
} satisfies Record<string, (a: ShownPackage, b: ShownPackage) => number>;
export type Sort = keyof typeof ORDERS;

export const PACKAGE_STATES: readonly State[] = STATES;
export const PACKAGE_SORTS = Object.keys(ORDERS) as readonly Sort[];

/** All packages that the store has or had, newest first; takes a few queries, however many there are. */
export async function listShown(registry: Registry, now: string): Promise<ShownPackage[]> {
  const annotations = await annotationsOf(registry);
  return (await storedAndDisposed(registry)).map((about) => shown(about, annotations, now)).reverse();
}

/** One package as in {@link listShown}. */
export async function shownPackage(
  about: PackageSummary | Tombstone,
  registry: Registry,
  now: string,
): Promise<ShownPackage> {
  return shown(about, await annotationsOf(registry, about), now);
}

export function chosen(packages: readonly ShownPackage[], filter: PackageFilter): ShownPackage[] {
  const { subject, retentionClass, state, sort = 'newest' } = filter;
  const text = filter.text?.toLowerCase() ?? '';
  const found = packages.filter(
    (candidate) =>
      (subject === undefined || candidate.about.subject === subject) &&
      (retentionClass === undefined || candidate.about.retentionClass === retentionClass) &&
      (state === undefined || stateOf(candidate) === state) &&
      (text === '' || textsOf(candidate).some((value) => value.toLowerCase().includes(text))),
  );
  return sort === 'oldest' ? found.reverse() : found.sort(ORDERS[sort]);
}

function stateOf({ retention, disposal }: ShownPackage): State {
  if (disposal !== null) return 'disposed of';
  if (retention !== null && retention.holds.length > 0) return 'on hold';
  return retention?.eligible ? 'expired' : 'kept';
}

function textsOf({ about, note = '', labels }: ShownPackage): string[] {
  const { id, subject, producer, manifestDigest, contentDigest, createdAt } = about;
  return [note, subject, producer, id, manifestDigest, contentDigest, createdAt, ...labels];
}

interface Annotations {
  notes: ReadonlyMap<string, string>;
  labels: ReadonlyMap<string, readonly { label: string }[]>;
  holds: ReadonlyMap<string, readonly Hold[]>;
}

/** For one package, or for all. */
async function annotationsOf(registry: Registry, about?: PackageSummary): Promise<Annotations> {
  return {
    notes: new Map((await registry.listNotes(about?.id)).map(({ packageId, note }) => [packageId, note])),
    labels: Map.groupBy(await registry.listLabels(about?.subject), ({ packageId }) => packageId),
    holds: Map.groupBy(await registry.listHolds(about?.id), ({ packageId }) => packageId),
  };
}

function shown(about: PackageSummary | Tombstone, { notes, labels, holds }: Annotations, now: string): ShownPackage {
  const described = { note: notes.get(about.id), labels: (labels.get(about.id) ?? []).map(({ label }) => label) };
  if ('disposedAt' in about) return { about, ...described, retention: null, disposal: disposalOf(about) };
  const inForce = (holds.get(about.id) ?? []).filter((hold) => holdState(hold, now) === 'in force');
  const { expiresAt } = about;
  const isOver = expiresAt !== null && expiresAt <= now;
  const retention = {
    expiresAt,
    expiredAt: isOver ? expiresAt : null,
    holds: inForce,
    eligible: isOver && inForce.length === 0,
  };
  return { about, ...described, retention, disposal: null };
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
