import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';

/**
 * What a path has in one state: a file, an executable file, a link or an empty folder; its bytes; and a number that equal contents share.
 */
export type HistoricContent = readonly [
  kind: 'file' | 'executable' | 'symlink' | 'directory',
  size: number,
  same: number,
];

/** Path and content numbers, as triples: path, content before, content after; {@link NOTHING} where there is none. */
export type Differences = ArrayLike<number>;

export const NOTHING = -1;

export interface HistoricChange {
  status: 'added' | 'removed' | 'changed' | 'renamed';
  path: number;
  /** The old path of a renamed file. */
  from: number;
  before: number;
  after: number;
}

export interface AddedState {
  /** Against the state before; null for the first. */
  changes: Record<HistoricChange['status'], number> | null;
  /** Bytes of contents that no earlier state has. */
  newBytes: number;
}

/** Stores the file list of each package as its difference from the previous one, to save memory. */
export class FileHistory {
  readonly paths: string[] = [];
  readonly contents: HistoricContent[] = [];
  /** One per state; the first is the difference from no files at all. */
  readonly differences: Int32Array[] = [];
  readonly #pathNumbers = new Map<string, number>();
  readonly #contentNumbers = new Map<string, number>();
  readonly #sameNumbers = new Map<string, number>();
  #latest = new Map<number, number>();

  add(entries: readonly FileEntry[]): AddedState {
    let newBytes = 0;
    const state = new Map<number, number>();
    for (const entry of entries) {
      const seen = this.#sameNumbers.size;
      state.set(this.#pathNumber(entry.path), this.#contentNumber(entry));
      if (isContentEntry(entry) && this.#sameNumbers.size > seen) newBytes += entry.size;
    }
    const differences = Int32Array.from(differencesOf(this.#latest, state));
    const isFirst = this.differences.push(differences) === 1;
    this.#latest = state;
    return { newBytes, changes: isFirst ? null : this.#count(differences) };
  }

  #count(differences: Differences): Record<HistoricChange['status'], number> {
    const counts = { added: 0, removed: 0, changed: 0, renamed: 0 };
    for (const { status } of changesOf(differences, this.paths, this.contents)) counts[status]++;
    return counts;
  }

  #pathNumber(path: string): number {
    const number = numberOf(path, this.#pathNumbers);
    if (number === this.paths.length) this.paths.push(path);
    return number;
  }

  #contentNumber(entry: FileEntry): number {
    const kind = isContentEntry(entry) && entry.executable ? 'executable' : entry.kind;
    const same = numberOf(bytesOf(entry), this.#sameNumbers);
    const number = numberOf(`${kind}:${same}`, this.#contentNumbers);
    if (number === this.contents.length) this.contents.push([kind, isContentEntry(entry) ? entry.size : 0, same]);
    return number;
  }
}

function bytesOf(entry: FileEntry): string {
  if (isContentEntry(entry)) return `file:${Buffer.from(entry.blake3).toString('latin1')}`;
  return entry.kind === 'symlink' ? `symlink:${entry.target}` : entry.kind;
}

function numberOf(key: string, numbers: Map<string, number>): number {
  const known = numbers.get(key) ?? numbers.size;
  if (known === numbers.size) numbers.set(key, known);
  return known;
}

// The report page contains the source text of the functions below, so they must be self-contained.

/** Differences between two states, each a map from path to content. */
export function differencesOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number[] {
  const found: number[] = [];
  for (const [path, content] of after) {
    const was = before.get(path) ?? -1;
    if (was !== content) found.push(path, was, content);
  }
  for (const [path, content] of before) if (!after.has(path)) found.push(path, content, -1);
  return found;
}

/** Turns the state before into the state after. */
export function applyDifferences(state: Map<number, number>, differences: Differences): void {
  for (let i = 0; i < differences.length; i += 3) {
    const after = differences[i + 2]!;
    if (after === -1) state.delete(differences[i]!);
    else state.set(differences[i]!, after);
  }
}

/**
 * Pairs removed and added files of the same content as renamed: first those with the same name, then those with the same executable bit,
 * then by the lowest path numbers. The result does not depend on how the states were computed.
 */
export function changesOf(
  differences: Differences,
  paths: readonly string[],
  contents: readonly HistoricContent[],
): HistoricChange[] {
  const changes: HistoricChange[] = [];
  const removed = new Set<HistoricChange>();
  const added = new Set<HistoricChange>();
  const starts = Array.from({ length: differences.length / 3 }, (_, i) => 3 * i);
  for (const i of starts.sort((a, b) => differences[a]! - differences[b]!)) {
    const [path, before, after] = [differences[i]!, differences[i + 1]!, differences[i + 2]!];
    if (before === -1) added.add({ status: 'added', path, from: path, before, after });
    else if (after === -1) removed.add({ status: 'removed', path, from: path, before, after });
    else changes.push({ status: 'changed', path, from: path, before, after });
  }
  const nameOf = (path: number) => paths[path]!.slice(paths[path]!.lastIndexOf('/') + 1);
  const kept: ((path: number, content: number) => string)[] = [
    (path) => nameOf(path),
    (_, content) => contents[content]![0],
    () => '',
  ];
  for (const keptOf of kept) {
    const keyOf = (path: number, content: number) => `${contents[content]![2]}:${keptOf(path, content)}`;
    const sources = new Map<string, HistoricChange[]>();
    for (const change of removed) {
      // Two empty files are not evidence of a rename; links and folders have no bytes either.
      if (contents[change.before]![1] === 0) continue;
      const key = keyOf(change.path, change.before);
      const same = sources.get(key);
      if (same) same.push(change);
      else sources.set(key, [change]);
    }
    // Reversed, since pop() is cheaper than shift() on a long list.
    for (const same of sources.values()) same.reverse();
    for (const change of added) {
      const source = sources.get(keyOf(change.path, change.after))?.pop();
      if (source === undefined) continue;
      removed.delete(source);
      added.delete(change);
      changes.push({ ...change, status: 'renamed', from: source.path, before: source.before });
    }
  }
  return [...changes, ...added, ...removed];
}
