import { basename } from 'node:path/posix';
import { type ContentEntry, type FileEntry, isContentEntry, sameEntry } from '../artifact-store/manifest/model.ts';

/** How one entry changed between two states. */
export type Change =
  | { status: 'added'; after: FileEntry }
  | { status: 'removed'; before: FileEntry }
  | { status: 'changed'; before: FileEntry; after: FileEntry }
  /** The same content under another path. */
  | { status: 'renamed'; before: ContentEntry; after: ContentEntry };

/** How the entries of two states differ. */
export interface Comparison {
  /** Sorted by path; renamed files by their new path. */
  changes: Change[];
  /** Number of entries that are the same in both. */
  unchanged: number;
}

/** Compares by digests; no content is read. */
export function compareEntries(before: readonly FileEntry[], after: readonly FileEntry[]): Comparison {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const added: FileEntry[] = [];
  const changes: Change[] = [];
  let unchanged = 0;
  for (const entry of after) {
    const was = old.get(entry.path);
    old.delete(entry.path);
    if (was === undefined) added.push(entry);
    else if (sameEntry(was, entry)) unchanged++;
    else changes.push({ status: 'changed', before: was, after: entry });
  }
  const all = [...changes, ...withRenames([...old.values()], added)];
  const keys = new Map(all.map((change) => [change, Buffer.from(pathOf(change))]));
  return { changes: all.sort((a, b) => Buffer.compare(keys.get(a)!, keys.get(b)!)), unchanged };
}

/** The path of a change; of a renamed file the new one. */
export function pathOf(change: Change): string {
  return change.status === 'removed' ? change.before.path : change.after.path;
}

/** Number of changes of each kind. */
export function countChanges(changes: readonly Change[]): Record<Change['status'], number> {
  const counts = { added: 0, removed: 0, changed: 0, renamed: 0 };
  for (const { status } of changes) counts[status]++;
  return counts;
}

/** Ways to match renamed files of the same content, best first: same name, same executable bit, anything. */
const KEPT: readonly ((entry: ContentEntry) => string)[] = [
  ({ path }) => basename(path),
  ({ executable }) => String(executable),
  () => '',
];

/** Pairs removed and added files of the same content. */
function withRenames(removed: readonly FileEntry[], added: readonly FileEntry[]): Change[] {
  const renamed = new Set<FileEntry>();
  const changes: Change[] = [];
  for (const kept of KEPT) {
    const keyOf = (entry: ContentEntry) => contentKey(entry) + kept(entry);
    const sources = Map.groupBy(
      removed.filter(isNotEmpty).filter((entry) => !renamed.has(entry)),
      keyOf,
    );
    // Reversed, since pop() is cheaper than shift() on a long list.
    for (const same of sources.values()) same.reverse();
    for (const after of added.filter(isNotEmpty)) {
      const before = renamed.has(after) ? undefined : sources.get(keyOf(after))?.pop();
      if (before === undefined) continue;
      renamed.add(before).add(after);
      changes.push({ status: 'renamed', before, after });
    }
  }
  for (const before of removed) if (!renamed.has(before)) changes.push({ status: 'removed', before });
  for (const after of added) if (!renamed.has(after)) changes.push({ status: 'added', after });
  return changes;
}

/** Two empty files are not evidence of a rename. */
function isNotEmpty(entry: FileEntry): entry is ContentEntry {
  return isContentEntry(entry) && entry.size > 0;
}

function contentKey({ blake3 }: ContentEntry): string {
  return Buffer.from(blake3.buffer, blake3.byteOffset, blake3.byteLength).toString('latin1');
}

export function sameContent(a: ContentEntry, b: ContentEntry): boolean {
  return Buffer.compare(a.blake3, b.blake3) === 0;
}
