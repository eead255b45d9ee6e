import { asBuffer } from '../encoding/as-buffer.ts';
import { CborReader } from '../encoding/cbor-reader.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import type { StreamedEntries } from './codec.ts';
import { type EncodedManifest, locateEntries, pathAt } from './encoded.ts';
import { readEntry } from './entry.ts';
import type { FileEntry } from './model.ts';

/** Entries are sorted by path, so a single one, or those of a folder, are found without decoding the others. */

const known = new WeakMap<StreamedEntries, EncodedManifest>();

/** The positions of the entries, located once per manifest. */
export function locatedOf(entries: StreamedEntries): EncodedManifest {
  const located = known.get(entries) ?? locateEntries(asBuffer(entries.cbor), 'The manifest');
  known.set(entries, located);
  return located;
}

/** An entry, or `folder` if there is a folder of this name. */
export function findEntry(entries: StreamedEntries, path: string): FileEntry | 'folder' | undefined {
  const located = locatedOf(entries);
  const at = placeOf(located, path);
  const [entry] = entriesBetween(located, at, Math.min(at + 1, countOf(located)));
  if (entry?.path === path) return entry;
  const [first, last] = placesBelow(located, path);
  return first < last ? 'folder' : undefined;
}

/** All entries below a folder, and the folder's own if it is empty. */
export function* entriesWithin(entries: StreamedEntries, folder: string): Iterable<FileEntry> {
  const own = findEntry(entries, folder);
  if (own === undefined) return;
  if (own !== 'folder') yield own;
  const located = locatedOf(entries);
  const [first, end] = placesBelow(located, folder);
  yield* entriesBetween(located, first, end);
}

export function countOf({ bounds }: EncodedManifest): number {
  return bounds.length - 1;
}

/** Entries of an index range, without its end. */
export function* entriesBetween({ cbor, bounds }: EncodedManifest, first: number, end: number): Iterable<FileEntry> {
  const reader = new CborReader(cbor.subarray(bounds[first], bounds[end]));
  for (let i = first; i < end; i++) yield readEntry(reader, i);
}

function placesBelow(located: EncodedManifest, folder: string): [first: number, end: number] {
  // "0" is the character after "/".
  return [placeOf(located, `${folder}/`), placeOf(located, `${folder}0`)];
}

/** How many entries sort before a path. */
function placeOf(located: EncodedManifest, path: string): number {
  let from = 0;
  let to = countOf(located);
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compareUtf8(pathAt(located, middle), path) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
