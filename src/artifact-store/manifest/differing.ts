import { asBuffer } from '../encoding/as-buffer.ts';
import { CborReader } from '../encoding/cbor-reader.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import type { StreamedEntries } from './codec.ts';
import { type EncodedManifest, entryAt, isSameAt, locateEntries, pathAt } from './encoded.ts';
import { readEntry } from './entry.ts';
import type { FileEntry } from './model.ts';

/** Entries of two manifests that are not the same in both; a changed one is in both lists. */
export interface DifferingEntries {
  removed: FileEntry[];
  added: FileEntry[];
  unchanged: number;
}

/** Compares the bytes of the entries and decodes those that differ: to decode them all takes several times as long. */
export function differingEntries(before: StreamedEntries, after: StreamedEntries): DifferingEntries {
  const [old, now] = [located(before), located(after)];
  const [oldCount, nowCount] = [old.bounds.length - 1, now.bounds.length - 1];
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
    if (order <= 0) removed.push(decoded(old, i++));
    if (order >= 0) added.push(decoded(now, j++));
  }
  while (i < oldCount) removed.push(decoded(old, i++));
  while (j < nowCount) added.push(decoded(now, j++));
  return { removed, added, unchanged };
}

function located({ cbor }: StreamedEntries): EncodedManifest {
  return locateEntries(asBuffer(cbor), 'The manifest');
}

function decoded(manifest: EncodedManifest, index: number): FileEntry {
  return readEntry(new CborReader(entryAt(manifest, index)), index);
}
