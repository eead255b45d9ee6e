import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import type { SymlinkEntry } from '../artifact-store/manifest/model.ts';
import { type SourceEntry, sourceFile } from '../artifact-store/source.ts';
import { readFaultOf, sourceError } from '../artifact-store/source-faults.ts';
import { isRecordKeeping } from './contract.ts';
import type { IgnoreRules } from './ignore-rules.ts';

/**
 * How to treat links whose target is not in the package: `keep` archives them and warns, `refuse` throws, `follow-inside` archives targets
 * inside the infospace in their place.
 */
export type LinkPolicy = 'keep' | 'refuse' | 'follow-inside';

export interface LinkOptions {
  policy: LinkPolicy;
  exclude: IgnoreRules | undefined;
  /** Absolute paths never to enter: the store's own folders. */
  reserved: readonly string[];
}

/** The entries to archive, and the links among them whose target is not archived. */
export interface TreatedLinks {
  entries: SourceEntry[];
  strays: SymlinkEntry[];
}

/** @throws ArchiveError `PATH_INVALID` naming the links when they are refused. */
export function treatLinks(root: string, listed: readonly SourceEntry[], options: LinkOptions): TreatedLinks {
  let entries = [...listed];
  if (!entries.some(({ kind }) => kind === 'symlink')) return { entries, strays: [] };
  let strays = strayLinks(entries);
  if (options.policy === 'follow-inside') {
    const follower = new Follower(root, options);
    const toFollow = new Set(entries.filter((entry) => entry.kind === 'symlink' && !leadsInside(entry)));
    for (const stray of strays) toFollow.add(stray);
    entries = entries.flatMap((entry) => (toFollow.has(entry) ? (follower.follow(entry.path) ?? [entry]) : [entry]));
    strays = strayLinks(entries);
  }
  if (options.policy !== 'refuse' || strays.length === 0) return { entries, strays };
  throw new ArchiveError('PATH_INVALID', `${describeStrays(strays)}; include the targets too, or exclude the links.`);
}

/** A longer list is not useful. */
const NAMED_LINKS = 10;

export function describeStrays(strays: readonly SymlinkEntry[]): string {
  const named = strays.slice(0, NAMED_LINKS).map(({ path, target }) => `"${path}" (to "${target}")`);
  const others = strays.length - named.length;
  return `Links point to targets that are not archived: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** Whether the target text of a link stays inside the package; a package cannot contain other links. */
function leadsInside({ path, target }: SymlinkEntry): boolean {
  if (/^[/\\]|^[a-z]:/i.test(target)) return false;
  let depth = path.split('/').length - 1;
  return target.split('/').every((name) => {
    if (name === '..') depth--;
    else if (name !== '' && name !== '.') depth++;
    return depth >= 0;
  });
}

/** The limit of Linux (MAXSYMLINKS). */
const MAX_HOPS = 40;

function strayLinks(entries: readonly SourceEntry[]): SymlinkEntry[] {
  const kinds = new Map(entries.map((entry) => [entry.path, entry]));
  const folders = new Set(['']);
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const isThere = (link: SymlinkEntry): boolean => {
    const at: string[] = [];
    const rest = link.path.split('/').reverse();
    for (let hops = 0; rest.length > 0; ) {
      const name = rest.pop()!;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at.pop();
        continue;
      }
      const found = kinds.get([...at, name].join('/'));
      if (found?.kind !== 'symlink') at.push(name);
      // A link out of the infospace is reported elsewhere.
      else if (!leadsInside(found)) return true;
      else if (++hops > MAX_HOPS) return false;
      else for (const step of found.target.split('/').reverse()) rest.push(step);
    }
    const path = at.join('/');
    return kinds.has(path) || folders.has(path);
  };
  return entries.filter((entry) => entry.kind === 'symlink').filter((link) => leadsInside(link) && !isThere(link));
}

/** Lists the targets of links inside the infospace, under the paths of the links. */
class Follower {
  readonly #root: string;
  readonly #options: LinkOptions;

  constructor(root: string, options: LinkOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** Undefined for a link to nothing, out of the infospace, into a store or to itself. */
  follow(path: string): SourceEntry[] | undefined {
    return this.#follow(path, join(this.#root, path), []);
  }

  #follow(path: string, absolute: string, above: readonly string[]): SourceEntry[] | undefined {
    const real = this.#realOf(absolute);
    if (real === undefined || above.some((folder) => `${folder}/`.startsWith(`${real}/`))) return undefined;
    return this.#list(path, real, above);
  }

  /** The path below the root; undefined for what must not be followed. */
  #realOf(absolute: string): string | undefined {
    let real: string;
    try {
      real = relative(this.#root, realpathSync(absolute));
    } catch (error) {
      if (['ENOENT', 'ELOOP', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
      throw sourceError(absolute, readFaultOf(error), error);
    }
    if (real === '' || real.startsWith('..') || isAbsolute(real)) return undefined;
    const path = real.replaceAll(sep, '/');
    const isOurs = [...this.#options.reserved].some((own) =>
      `${join(this.#root, real)}${sep}`.startsWith(`${own}${sep}`),
    );
    return isOurs || isRecordKeeping(path) ? undefined : path;
  }

  #list(path: string, real: string, above: readonly string[]): SourceEntry[] {
    const absolute = join(this.#root, real);
    try {
      const stat = lstatSync(absolute, { bigint: true });
      if (stat.isFile()) return [sourceFile(path, stat, real)];
      if (stat.isSymbolicLink()) {
        const kept: SymlinkEntry = { path, kind: 'symlink', target: readlinkSync(absolute) };
        return this.#follow(path, absolute, above) ?? [kept];
      }
      if (!stat.isDirectory()) return [];
      const names = readdirSync(absolute).sort();
      if (names.length === 0) return [{ path, kind: 'directory' }];
      return names.flatMap((name) => this.#listChild(`${path}/${name}`, `${real}/${name}`, [...above, real]));
    } catch (error) {
      if (error instanceof ArchiveError) throw error;
      throw sourceError(path, readFaultOf(error), error);
    }
  }

  #listChild(path: string, real: string, above: readonly string[]): SourceEntry[] {
    const absolute = join(this.#root, real);
    if (isRecordKeeping(real) || this.#options.reserved.includes(absolute)) return [];
    const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
    return this.#options.exclude?.ignores(path, isFolder) ? [] : this.#list(path, real, above);
  }
}
