import {
  applyDifferences,
  type Differences,
  type FileHistory,
  type HistoricContent,
  NOTHING,
} from '../infospace/file-history.ts';
import { embeddedJson } from '../page/html.ts';
import { printable } from '../terminal/format.ts';

/** The newest file lists of a history that fit into a page. */
export interface FileLists {
  /** In manifest order, in which {@link changesOf} pairs renames as `diff` does. */
  paths: string[];
  contents: HistoricContent[];
  /** Differences as triples, each from the previous state; the first from no files at all. */
  differences: number[][];
  /** How many older states were left out. */
  leftOut: number;
}

/** A browser parses this in about a tenth of a second. 200 states of 10,000 files, of which 1 % change, take a third of it. */
const MAX_FILE_LIST_BYTES = 4_000_000;

/** Digits and comma of a number. */
const NUMBER_BYTES = 7;
const TRIPLE_BYTES = 3 * NUMBER_BYTES;

/** Returns as many of the newest states as fit into the limit, in bytes of the page. */
export function chooseFileLists(history: FileHistory, limit: number = MAX_FILE_LIST_BYTES): FileLists {
  const first = firstWithin(history, limit);
  const chosen = history.differences.slice(first).map((found, i) => (i === 0 ? stateAt(history, first) : found));
  const paths = sortedPaths(chosen, history);
  const numbers = { paths: new Map(paths.map((path, i) => [path, i])), contents: new Map<number, number>() };
  const differences = chosen.map((found) => renumbered(found, numbers));
  return {
    paths: paths.map((path) => history.paths[path]!),
    contents: [...numbers.contents.keys()].map((content) => history.contents[content]!),
    differences,
    leftOut: first,
  };
}

/** Walks back from the newest state while there is room. */
function firstWithin({ differences, paths, contents }: FileHistory, limit: number): number {
  const newest = new Map<number, number>();
  for (const found of differences) applyDifferences(newest, found);
  const [seenPaths, seenContents] = [new Set<number>(), new Set<number>()];
  const costOf = (path: number, content: number) => {
    let cost = 0;
    if (!seenPaths.has(path)) cost += Buffer.byteLength(embeddedJson(printable(paths[path]!)).text) + 1;
    if (content !== NOTHING && !seenContents.has(content)) cost += JSON.stringify(contents[content]).length + 1;
    seenPaths.add(path);
    seenContents.add(content);
    return cost;
  };
  let size = 0;
  for (const [path, content] of newest) size += TRIPLE_BYTES + costOf(path, content);
  if (size > limit) return differences.length;
  for (let first = differences.length - 1; first > 0; first--) {
    const found = differences[first]!;
    for (let i = 0; i < found.length; i += 3) size += TRIPLE_BYTES + costOf(found[i]!, found[i + 1]!);
    if (size > limit) return first;
  }
  return 0;
}

function stateAt({ differences }: FileHistory, index: number): number[] {
  const state = new Map<number, number>();
  for (const found of differences.slice(0, index + 1)) applyDifferences(state, found);
  return [...state].flatMap(([path, content]) => [path, NOTHING, content]);
}

/** Sorted by their bytes. */
function sortedPaths(all: readonly Differences[], { paths }: FileHistory): number[] {
  const found = new Set<number>();
  for (const triples of all) for (let i = 0; i < triples.length; i += 3) found.add(triples[i]!);
  const keys = new Map([...found].map((path) => [path, Buffer.from(paths[path]!)]));
  return [...found].sort((a, b) => Buffer.compare(keys.get(a)!, keys.get(b)!));
}

function renumbered(
  triples: Differences,
  { paths, contents }: { paths: Map<number, number>; contents: Map<number, number> },
): number[] {
  return Array.from(triples, (number, i) => {
    if (number === NOTHING) return NOTHING;
    const numbers = i % 3 === 0 ? paths : contents;
    const known = numbers.get(number) ?? numbers.size;
    numbers.set(number, known);
    return known;
  });
}
