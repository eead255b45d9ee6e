import { type BigIntStats, type Dirent, existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { yieldToEventLoop } from '../artifact-store/event-loop.ts';
import { type SourceEntry, sourceFile } from '../artifact-store/source.ts';
import { readFaultOf, sourceError } from '../artifact-store/source-faults.ts';
import { ARCHIVES_FOLDER, isRecordKeeping } from './contract.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { IncludePattern } from './selection.ts';
import { isStore } from './store-mark.ts';

/** How many entries were left out, and why. A folder counts once, with everything below it. */
export interface LeftOut {
  /** Excluded by `.infospaceignore` or an exclude pattern. */
  excluded: number;
  /** At the top of the infospace, and matched by no include pattern. */
  notIncluded: number;
  /** Neither file, link nor folder: sockets, pipes, devices. */
  special: number;
}

export interface Walked {
  entries: SourceEntry[];
  leftOut: LeftOut;
  /** The include patterns that matched something. */
  includedPaths: string[];
  /** Folders of other stores, left out because no include pattern names them. */
  stores: string[];
  /** Files that only their owner may read, although this process creates files that others may read. */
  restricted: string[];
  /** Files whose permissions do not show that this process may read them. */
  doubtful: string[];
}

export interface WalkOptions extends Abortable {
  include: readonly IncludePattern[];
  exclude: IgnoreRules | undefined;
  /** Absolute paths never to enter: the store's own folders. */
  reserved: readonly string[];
}

/**
 * Lists the entries of an infospace to archive. Links are listed, never followed.
 * @throws ArchiveError `NOTHING_TO_ARCHIVE` when a given pattern matches nothing; `FILE_UNREADABLE`, `FILE_CHANGED` or `PATH_INVALID`
 * naming the file.
 */
export async function walk(root: string, options: WalkOptions): Promise<Walked> {
  const walker = new Walker(root, options);
  for (const base of outermost(options.include.map((pattern) => pattern.base))) await walker.visitBase(base);
  const missed = options.include.find((pattern) => !pattern.optional && !walker.matched.has(pattern));
  if (missed) throw missedError(root, missed.text);
  if (walker.entries.length === 0) {
    throw new ArchiveError(
      'NOTHING_TO_ARCHIVE',
      `There is nothing to archive in ${root}; add files or name some with --include.`,
      undefined,
      { path: root },
    );
  }
  return {
    entries: walker.entries,
    leftOut: { ...walker.leftOut, notIncluded: walker.countNotIncluded() },
    stores: walker.stores,
    restricted: walker.restricted,
    doubtful: walker.doubtful,
    includedPaths: options.include.filter((pattern) => walker.matched.has(pattern)).map(({ text }) => text),
  };
}

function missedError(root: string, pattern: string): ArchiveError {
  if (pattern.startsWith('/') && existsSync(pattern)) {
    const sentence = `The pattern "${pattern}" leaves the infospace: patterns begin at its root, ${root}; give a path relative to that.`;
    return new ArchiveError('USAGE', sentence);
  }
  const sentence = `Nothing in ${root} matches the include pattern "${pattern}"; correct or drop it.`;
  return new ArchiveError('NOTHING_TO_ARCHIVE', sentence);
}

/** Entries of a folder listed between two checks for other work. */
const ENTRIES_A_LOOK = 256;

class Walker {
  readonly entries: SourceEntry[] = [];
  readonly leftOut = { excluded: 0, special: 0 };
  readonly matched = new Set<IncludePattern>();
  readonly stores: string[] = [];
  readonly restricted: string[] = [];
  readonly doubtful: string[] = [];
  /** Undefined on Windows. */
  readonly #user: number | undefined = process.geteuid?.();
  /** Permissions of others on new files. */
  readonly #modeForOthers = 0o066n & ~BigInt(process.umask());
  readonly #root: string;
  readonly #options: WalkOptions;
  /** Relative to the infospace. */
  readonly #reserved: ReadonlySet<string>;

  constructor(root: string, options: WalkOptions) {
    this.#root = root;
    this.#options = options;
    this.#reserved = new Set(options.reserved.map((path) => relative(root, path).replaceAll(sep, '/')));
  }

  async visitBase(base: string): Promise<void> {
    if (base === '') {
      await this.#visitFolder('', false);
      return;
    }
    const names = base.split('/');
    for (let end = 1; end <= names.length; end++) {
      const path = names.slice(0, end).join('/');
      const kind = this.#kindOf(path);
      if (kind === undefined) return;
      if (end < names.length && kind !== 'directory') {
        throw new ArchiveError(
          'PATH_INVALID',
          `"${base}" leads through "${path}", which is not a folder; include that instead.`,
          undefined,
          { path },
        );
      }
      if (end === names.length) await this.#visit(path, kind, false);
      else if (this.#isExcluded(path, kind)) return;
    }
  }

  /** Entries at the top level that no pattern includes. */
  countNotIncluded(): number {
    const bases = this.#options.include.map((pattern) => pattern.base);
    if (bases.includes('')) return 0;
    const wanted = new Set(bases.map((base) => base.split('/', 1)[0]));
    return readdirSync(this.#root).filter((name) => !wanted.has(name)).length;
  }

  async #visitFolder(path: string, wanted: boolean): Promise<void> {
    const children = readFolder(this.#absolute(path));
    if (this.#isOtherStore(path, children)) {
      this.stores.push(path);
      return;
    }
    // The archives folder comes and goes with the archives, so neither it nor its parent is content.
    if (children.length === 0 && wanted && !`${ARCHIVES_FOLDER}/`.startsWith(`${path}/`)) {
      this.entries.push({ path, kind: 'directory' });
    }
    let listed = 0;
    for (const child of children) {
      if (listed++ % ENTRIES_A_LOOK === 0) {
        await yieldToEventLoop();
        this.#options.signal?.throwIfAborted();
      }
      const childPath = path === '' ? child.name : `${path}/${child.name}`;
      const visiting = this.#visit(childPath, kindOfDirent(child) ?? this.#kindOf(childPath), wanted);
      if (visiting) await visiting;
    }
  }

  /** @returns the pending work, to be awaited. */
  #visit(path: string, kind: Kind | undefined, wanted: boolean): Promise<void> | undefined {
    if (kind === undefined || isRecordKeeping(path) || this.#reserved.has(path)) return undefined;
    const included = this.#match(path, kind === 'directory') || wanted;
    if (kind !== 'directory' && !included) return undefined;
    if (this.#isExcluded(path, kind)) {
      this.leftOut.excluded++;
    } else if (kind === 'directory') {
      return this.#visitFolder(path, included);
    } else if (kind === 'special') {
      this.leftOut.special++;
    } else {
      this.entries.push(this.#entryOf(path));
    }
    return undefined;
  }

  /** The contents of another store are left out, unless the store itself is named. */
  #isOtherStore(path: string, children: readonly Dirent[]): boolean {
    const names = children.map(({ name }) => name);
    if (path === '' || !isStore(this.#absolute(path), names)) return false;
    return !this.#options.include.some(({ base }) => base !== '' && `${base}/`.startsWith(`${path}/`));
  }

  #match(path: string, isFolder: boolean): boolean {
    let matches = false;
    for (const pattern of this.#options.include) {
      if (!pattern.matches(path, isFolder)) continue;
      this.matched.add(pattern);
      matches = true;
    }
    return matches;
  }

  #isExcluded(path: string, kind: Kind): boolean {
    return this.#options.exclude?.ignores(path, kind === 'directory') === true;
  }

  /** Not `join`, which takes longer than everything else done for a file except its `stat`. */
  #absolute(path: string): string {
    return `${this.#root}/${path}`;
  }

  #kindOf(path: string): Kind | undefined {
    try {
      return kindOfDirent(lstatSync(this.#absolute(path))) ?? 'special';
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw sourceError(path, readFaultOf(error), error);
    }
  }

  #entryOf(path: string): SourceEntry {
    const absolute = this.#absolute(path);
    try {
      const stat = lstatSync(absolute, { bigint: true });
      if (stat.isSymbolicLink()) return { path, kind: 'symlink', target: readLink(absolute, path) };
      if (!this.#isReadable(stat)) this.doubtful.push(path);
      if (this.#modeForOthers !== 0n && (stat.mode & this.#modeForOthers) === 0n) this.restricted.push(path);
      return sourceFile(path, stat);
    } catch (error) {
      throw sourceError(path, readFaultOf(error), error);
    }
  }

  #isReadable({ mode, uid }: BigIntStats): boolean {
    if (this.#user === undefined) return false;
    return (mode & 0o444n) === 0o444n || ((mode & 0o400n) !== 0n && uid === BigInt(this.#user));
  }
}

type Kind = 'file' | 'symlink' | 'directory' | 'special';
type Typed = Pick<
  Dirent,
  'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice' | 'isCharacterDevice'
>;

/** Undefined where the file system does not return the kind with the name. */
function kindOfDirent(item: Typed): Kind | undefined {
  if (item.isFile()) return 'file';
  if (item.isDirectory()) return 'directory';
  if (item.isSymbolicLink()) return 'symlink';
  const special = item.isFIFO() || item.isSocket() || item.isBlockDevice() || item.isCharacterDevice();
  return special ? 'special' : undefined;
}

/** The entries of a folder, in the order of a manifest: a folder sorts as if its name ended with a slash. */
function readFolder(absolute: string): Dirent[] {
  let items: Dirent[];
  try {
    items = readdirSync(absolute, { withFileTypes: true });
    if (items.some(({ name }) => name.includes('\uFFFD'))) refuseInvalidNames(absolute);
  } catch (error) {
    throw sourceError(absolute, readFaultOf(error), error);
  }
  const key = (item: Dirent) => (item.isDirectory() ? `${item.name}/` : item.name);
  return items.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Node.js replaces invalid UTF-8 in a name by U+FFFD; a name may also contain a real one. */
function refuseInvalidNames(absolute: string): void {
  for (const name of readdirSync(absolute, { encoding: 'buffer' })) refuseInvalid(name, `A file in ${absolute}`);
}

function readLink(absolute: string, path: string): string {
  const target = readlinkSync(absolute, { encoding: 'buffer' });
  refuseInvalid(target, `The target of the link ${JSON.stringify(path)}`);
  return target.toString();
}

function refuseInvalid(name: Buffer, what: string): void {
  if (Buffer.from(name.toString()).equals(name)) return;
  const shown = name
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  throw new ArchiveError(
    'PATH_INVALID',
    `${what} has a name that is not UTF-8 ("${shown}"); rename or exclude its folder.`,
  );
}

/** Drops repeated bases and those below another one, so that nothing is listed twice. */
function outermost(bases: readonly string[]): string[] {
  const distinct = [...new Set(bases)];
  return distinct.filter(
    (base) => !distinct.some((other) => other !== base && (other === '' || base.startsWith(`${other}/`))),
  );
}
