import type { Hold, Registry } from '../artifact-store/registry.ts';
import type { ArchiveChange } from './list.ts';
import type { ListedArchive } from './listing.ts';

/** An archive with what a list tells of it. */
export interface ToldArchive {
  /** With its note as it is now. */
  archive: ListedArchive;
  change: ArchiveChange | undefined;
  labels: readonly string[];
  /** Undefined where no store says it, or the store does not have the package. */
  kept: Kept | undefined;
}

/** Until when a package is kept. */
export interface Kept {
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  isOnHold: boolean;
}

/** Which archives are listed; all by default. */
export interface ListFilter {
  /** So many of the newest of those that the rest leaves. */
  last?: number | undefined;
  since?: Date | undefined;
  retentionClass?: string | undefined;
  label?: string | undefined;
  /** Text in the note, whatever the case of its letters. */
  grep?: string | undefined;
}

const NO_LABELS: readonly string[] = [];

/** What a store says of archives: notes, labels, until when they are kept. Takes a few queries, however many they are. */
export async function tellOf(
  archives: readonly ListedArchive[],
  changes: readonly (ArchiveChange | undefined)[],
  registry: Registry,
): Promise<ToldArchive[]> {
  const notes = new Map((await registry.listNotes()).map((note) => [note.packageId, note]));
  const labels = new Map<string, string[]>();
  for (const { packageId, label } of await registry.listLabels()) {
    labels.set(packageId, [...(labels.get(packageId) ?? []), label]);
  }
  const held = new Set((await registry.listHolds()).filter(isInForce).map(({ packageId }) => packageId));
  const expiries = new Map((await registry.listPackages()).map(({ id, expiresAt }) => [id, expiresAt]));
  return archives.map((archive, i) => {
    const { package_id: id } = archive;
    const note = notes.get(id);
    const isNewer = note !== undefined && (note.amendedAt !== null || archive.note === null);
    const expiresAt = expiries.get(id);
    return {
      archive: isNewer ? { ...archive, note: note.note } : archive,
      change: changes[i],
      labels: labels.get(id) ?? NO_LABELS,
      kept: expiresAt === undefined ? undefined : { expiresAt, isOnHold: held.has(id) },
    };
  });
}

/** By this machine's clock. */
function isInForce({ until, releasedAt }: Hold): boolean {
  return releasedAt === null && (until === null || Date.parse(until) > Date.now());
}

export function filtered(
  told: readonly ToldArchive[],
  { last, since, retentionClass, label, grep }: ListFilter,
): ToldArchive[] {
  const text = grep?.toLowerCase();
  const found = told.filter(
    ({ archive, labels }) =>
      (since === undefined || Date.parse(archive.created_at) >= since.getTime()) &&
      (retentionClass === undefined || archive.retention_class === retentionClass) &&
      (label === undefined || labels.includes(label)) &&
      (text === undefined ||
        String(archive.note ?? '')
          .toLowerCase()
          .includes(text)),
  );
  return last === undefined ? found : found.slice(-last);
}
