import type { FileEntry } from '../manifest/model.ts';
import { type NamedEntry, sortedEntries } from '../manifest/paths.ts';
import { PAYLOAD_FOLDER } from './layout.ts';
import { MAX_FOLLOWED, targetOf } from './payload.ts';
import { SumTable } from './sum-table.ts';
import type { TarEntry } from './tar.ts';

/** Names in paths that are followed for all links through linked folders together. Honest bags have few such links. */
const MAX_STEPS = 1_000_000;

/** The files, links and folders in a bag's payload, by their paths in the bag. */
export class PayloadTable {
  readonly sums: SumTable;
  readonly #sizes: number[] = [];
  readonly #executable = new Set<number>();
  readonly #links = new Map<string, string>();
  readonly #folders = new Set<string>();
  #normalized: Map<string, string> | undefined;

  /** @param algorithms of the bag's manifests. */
  constructor(algorithms: Iterable<string>) {
    this.sums = new SumTable(new Set([...algorithms, 'sha256', 'blake3']));
  }

  get links(): ReadonlyMap<string, string> {
    return this.#links;
  }

  has(path: string): boolean {
    return this.sums.rowOf(path) !== undefined || this.#links.has(path) || this.#folders.has(path);
  }

  /** Not even a payload folder. */
  get isMissing(): boolean {
    return this.sums.size + this.#links.size + this.#folders.size === 0;
  }

  addFolder(path: string): void {
    this.#folders.add(path);
  }

  addLink(path: string, target: string): void {
    this.#links.set(path, target);
  }

  /** Call right after adding the file's sums. */
  addFile({ size, executable }: Pick<TarEntry, 'size' | 'executable'>): void {
    if (executable) this.#executable.add(this.#sizes.length);
    this.#sizes.push(size);
  }

  sizeOf(row: number): number {
    return this.#sizes[row]!;
  }

  /** The row of a file, or of the file that a link leads to. */
  find(path: string): number | undefined {
    return this.sums.rowOf(linkedPath(path, this.#links));
  }

  /**
   * The path of a file or link that a manifest lists. The manifest may use another Unicode normalization form, since file
   * systems of macOS change names (RFC 8493, 6.1.2).
   */
  listed(path: string): string | undefined {
    if (this.find(path) !== undefined) return path;
    this.#normalized ??= new Map(Array.from(this.paths(), (each) => [each.normalize(), each]));
    return this.#normalized.get(path.normalize());
  }

  /** What a validator sees as files: files, and links that lead to one. */
  *paths(): Iterable<string> {
    yield* this.sums.paths;
    for (const path of this.#links.keys()) if (this.find(path) !== undefined) yield path;
  }

  /** Links that lead to neither a file nor a folder. */
  *dangling(): Iterable<string> {
    if (this.#links.size === 0) return;
    const folders = new Set(this.#folders);
    for (const path of this.sums.paths) addFoldersAbove(folders, path);
    for (const path of this.#links.keys()) addFoldersAbove(folders, path);
    const left = { steps: MAX_STEPS };
    for (const path of this.#links.keys()) {
      const isFound = this.find(path) !== undefined || folders.has(linkedPath(path, this.#links));
      if (!isFound && !leadsToFolder(path, this.#links, folders, left)) yield path;
    }
  }

  /**
   * The payload as entries of a package, in the order of its manifest.
   *
   * @throws ArchiveError `PATH_INVALID` when a package may not contain them.
   */
  entries(): FileEntry[] {
    return this.named().map((entry): FileEntry => {
      if (entry.kind !== 'file') return entry;
      const row = this.sums.rowOf(PAYLOAD_FOLDER + entry.path)!;
      const digests = { blake3: this.sums.digest(row, 'blake3'), sha256: this.sums.digest(row, 'sha256') };
      return { ...entry, size: this.sizeOf(row), executable: this.#executable.has(row), ...digests };
    });
  }

  /** The entries without sizes and digests, enough to check whether a package may contain them. @throws as {@link entries}. */
  named(): NamedEntry[] {
    const entries: NamedEntry[] = [];
    for (const path of this.sums.paths) entries.push({ path: inPayload(path), kind: 'file' });
    for (const [path, target] of this.#links) entries.push({ path: inPayload(path), kind: 'symlink', target });
    const above = new Set<string>();
    for (const { path } of entries) addFoldersAbove(above, path);
    for (const path of this.#folders) addFoldersAbove(above, inPayload(path));
    for (const path of this.#folders) {
      const folder = inPayload(path);
      if (folder !== '' && !above.has(folder)) entries.push({ path: folder, kind: 'directory' });
    }
    return sortedEntries(entries);
  }
}

/** The path at the end of a chain of links; one of the links for a cycle, or a chain that Linux does not follow. */
export function linkedPath(path: string, links: ReadonlyMap<string, string>): string {
  let at = path;
  for (let followed = 0; followed < MAX_FOLLOWED; followed++) {
    const target = links.get(at);
    if (target === undefined) break;
    at = targetOf({ path: at, target });
  }
  return at;
}

/** Whether a path leads to a folder through linked folders. False when that takes more steps than are left. */
function leadsToFolder(
  path: string,
  links: ReadonlyMap<string, string>,
  folders: ReadonlySet<string>,
  left: { steps: number },
): boolean {
  const names = path.split('/').reverse();
  let at = '';
  for (let followed = 0; names.length > 0; ) {
    if (left.steps-- <= 0) return false;
    const name = names.pop()!;
    if (name === '..') at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
    if (name === '..' || name === '.' || name === '') continue;
    const next = at === '' ? name : `${at}/${name}`;
    const target = links.get(next);
    if (target !== undefined) {
      if (followed++ === MAX_FOLLOWED) return false;
      for (const step of target.split('/').reverse()) names.push(step);
    } else if (folders.has(next)) at = next;
    else return false;
  }
  return true;
}

/** Turns a path in the bag into one in the package. */
export function inPayload(path: string): string {
  return path.slice(PAYLOAD_FOLDER.length);
}

function addFoldersAbove(above: Set<string>, path: string): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (above.has(folder)) return;
    above.add(folder);
  }
}
