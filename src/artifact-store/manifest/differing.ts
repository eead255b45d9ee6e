import { compareUtf8 } from '../encoding/utf8.ts';
import type { StreamedEntries } from './codec.ts';
import { isSameAt, pathAt } from './encoded.ts';
import { countOf, entriesBetween, locatedOf } from './lookup.ts';
import type { FileEntry } from './model.ts';

/** Entries that differ between two manifests; a changed one is in both lists. */
export interface DifferingEntries {
  removed: FileEntry[];
  added: FileEntry[];
  unchanged: number;
}

/** Compares the bytes of the entries and decodes only those that differ: decoding all takes several times as long. */
export function differingEntries(before: StreamedEntries, after: StreamedEntries): DifferingEntries {
  const [old, now] = [locatedOf(before), locatedOf(after)];
  const [oldCount, nowCount] = [countOf(old), countOf(now)];
  const [removed, added]: [FileEntry[], FileEntry[]] = [[], []];
  let unchanged = 0;
  let [i, j] = [0, 0];
  while (i < oldCount && j < nowCount) {
    if (isSameAt(old, i, now, j)) {
      unchanged++;
      i++;
      j++;
      continue;
    }
    const order = compareUtf8(pathAt(old, i), pathAt(now, j));
    if (order <= 0) take(removed, entriesBetween(old, i, ++i));
    if (order >= 0) take(added, entriesBetween(now, j, ++j));
  }
  take(removed, entriesBetween(old, i, oldCount));
  take(added, entriesBetween(now, j, nowCount));
  return { removed, added, unchanged };
}

function take(into: FileEntry[], entries: Iterable<FileEntry>): void {
  for (const entry of entries) into.push(entry);
}
