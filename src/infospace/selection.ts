import { join } from 'node:path';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import { DEFAULT_INCLUDE, IGNORE_FILE } from './contract.ts';
import { compileGlob, type Glob } from './glob.ts';
import { compileRules, type IgnoreRules, ignoreLines } from './ignore-rules.ts';

/** A limit far above real use, since every pattern is compared with every path. */
const MAX_IGNORE_BYTES = 1024 * 1024;

/** One thing to include: a path with everything below it, or a glob. Paths are relative to the root, with `/`. */
export interface IncludePattern {
  /** As given. */
  text: string;
  /** The folder or file where the walk for it begins; empty for the root. */
  base: string;
  /** Whether it may match nothing without an error. */
  optional: boolean;
  matches(path: string, isFolder: boolean): boolean;
}

/** @throws ArchiveError `USAGE` for a pattern that leaves the root or uses syntax outside gitignore's. */
export function compileInclude(patterns: readonly string[] | undefined): IncludePattern[] {
  if (patterns === undefined) return DEFAULT_INCLUDE.map((text) => ({ ...compilePattern(text), optional: true }));
  if (patterns.length === 0) throw new ArchiveError('USAGE', 'The include set is empty; name at least one path.');
  return patterns.map((text) => {
    if (text.startsWith('!')) {
      const sentence = `The pattern "${text}" begins with "!", which is for exclude patterns only; exclude "${text.slice(1)}", or write "./${text}" for the character.`;
      throw new ArchiveError('USAGE', sentence);
    }
    return compilePattern(text);
  });
}

function compilePattern(text: string): IncludePattern {
  const { path, foldersOnly } = normalize(text);
  const glob = compileSupported(text, path);
  const slash = glob.prefix.lastIndexOf('/');
  const base = glob.isLiteral ? glob.prefix : glob.prefix.slice(0, Math.max(0, slash));
  return {
    text,
    base,
    optional: false,
    matches(candidate, isFolder) {
      if (foldersOnly && !isFolder) return false;
      // An existing path is taken literally, even if it looks like a glob.
      return path === '' || candidate === path || glob.matches(candidate);
    },
  };
}

/** A pattern relative to the root, without `./` and repeated slashes. A trailing slash matches folders only. */
function normalize(text: string): { path: string; foldersOnly: boolean } {
  const slashed = process.platform === 'win32' ? text.replaceAll('\\', '/') : text;
  const names = slashed.split('/').filter((name) => name !== '' && name !== '.');
  if (text === '' || /^[a-z]:/i.test(slashed) || names.includes('..')) {
    throw new ArchiveError(
      'USAGE',
      `The pattern "${text}" leaves the infospace; give a path relative to its root.`,
      undefined,
      { path: text },
    );
  }
  return { path: names.join('/'), foldersOnly: names.length > 0 && slashed.endsWith('/') };
}

/** The maximum length of a path. */
const MAX_PATTERN_LENGTH = 4096;
/** Braces that a shell expands, and groups of bash and picomatch: gitignore takes them literally, which their author does not expect. */
const BRACES = /^\{[^}]*(?:,|\.\.).*\}/;
const GROUP = /^[?*+@!]\([^()]*\)/;

/** @throws ArchiveError `USAGE` */
function compileSupported(text: string, pattern: string): Glob {
  if (text.length > MAX_PATTERN_LENGTH) {
    const sentence = `The pattern "${text.slice(0, 40)}…" has more than ${MAX_PATTERN_LENGTH} characters; shorten it.`;
    throw new ArchiveError('USAGE', sentence);
  }
  requireOneLanguage(text);
  const glob = compileGlob(pattern);
  if (glob) return glob;
  const sentence = `The pattern "${text}" has an incomplete "[" or "\\"; write "[[]" or "[\\\\]" for the character.`;
  throw new ArchiveError('USAGE', sentence);
}

function requireOneLanguage(text: string): void {
  for (let at = 0, isSet = false; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (isSet) isSet = character !== ']';
    else if (character === '[') {
      isSet = true;
      // A bracket in the first position is a member.
      if (/^\[[!^]?\]/.test(text.slice(at, at + 3))) at += text[at + 1] === ']' ? 1 : 2;
    } else {
      const rest = text.slice(at);
      // Without a closing brace the expression would search in vain for each opening one.
      if (character === '{' && rest.includes('}') && BRACES.test(rest)) {
        const sentence = `The pattern "${text}" has braces, which are not expanded here; give one pattern each, or write "[{]" for the character.`;
        throw new ArchiveError('USAGE', sentence);
      }
      if (GROUP.test(rest)) {
        const sentence = `The pattern "${text}" has a group in parentheses, which is not supported here; give one pattern each, or write "[(]" for the character.`;
        throw new ArchiveError('USAGE', sentence);
      }
    }
  }
}

/**
 * What to exclude: the lines of `.infospaceignore`, then the given patterns, all in gitignore syntax; undefined when there are none.
 * Case-sensitive on every system, so that an infospace makes the same package everywhere.
 * @throws ArchiveError `USAGE` as {@link requireExclude} does; `CONFIG_INVALID` for an ignore file that is not UTF-8.
 */
export function compileExclude(root: string, patterns: readonly string[]): IgnoreRules | undefined {
  requireExclude(patterns);
  const lines = [...ignoreLines(readIgnoreFile(root)), ...patterns];
  return lines.length === 0 ? undefined : compileRules(lines);
}

/** @throws ArchiveError `USAGE` for a pattern with syntax outside gitignore's, which would exclude nothing. */
export function requireExclude(patterns: readonly string[]): void {
  for (const text of patterns) {
    const pattern = text.replace(/^!/, '').replace(/\/$/, '');
    compileSupported(text, pattern);
    if (!pattern.split('/').some((name) => name === '.' || name === '..')) continue;
    const sentence = `The exclude pattern "${text}" contains the name "." or "..", which no path has; write it relative to the root of the infospace.`;
    throw new ArchiveError('USAGE', sentence);
  }
}

function readIgnoreFile(root: string): string {
  const path = join(root, IGNORE_FILE);
  const text = readOutsideText(path, MAX_IGNORE_BYTES) ?? '';
  if (!text.includes('\0')) return text.replace(/^\uFEFF/, '');
  throw new ArchiveError('CONFIG_INVALID', `The file ${path} is not UTF-8 text; save it as UTF-8.`, undefined, {
    path,
  });
}

/** Selects entries of packages. */
export interface EntryFilter {
  wants(entry: Pick<FileEntry, 'path' | 'kind'>): boolean;
  /** Patterns that matched none of the entries tested. */
  unmatched(): string[];
}

/** Selects what matches, and everything below a matching folder. */
export function pathFilter(patterns: readonly string[]): EntryFilter {
  const compiled = compileInclude(patterns);
  const unmatched = new Set(compiled);
  return {
    wants({ path, kind }) {
      const covers = (pattern: IncludePattern) =>
        pattern.matches(path, kind === 'directory') || foldersOf(path).some((folder) => pattern.matches(folder, true));
      let isWanted = false;
      for (const pattern of compiled) {
        if (isWanted && !unmatched.has(pattern)) continue;
        if (!covers(pattern)) continue;
        unmatched.delete(pattern);
        isWanted = true;
        if (unmatched.size === 0) break;
      }
      return isWanted;
    },
    unmatched: () => [...unmatched].map(({ text }) => text),
  };
}

/** Selects entries that every list of patterns matches; a missing or empty list matches all. */
export function entryFilter({
  include = [],
  exclude = [],
  paths = [],
}: {
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  paths?: readonly string[] | undefined;
}): EntryFilter {
  requireExclude(exclude);
  const rules = compileRules(exclude);
  const filters = [include, paths].filter((patterns) => patterns.length > 0).map(pathFilter);
  return {
    wants: (entry) => filters.every((filter) => filter.wants(entry)) && !isLeftOut(entry, rules),
    unmatched: () => filters.flatMap((filter) => filter.unmatched()),
  };
}

function isLeftOut({ path, kind }: Pick<FileEntry, 'path' | 'kind'>, rules: IgnoreRules): boolean {
  return foldersOf(path).some((folder) => rules.ignores(folder, true)) || rules.ignores(path, kind === 'directory');
}

function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) folders.push(path.slice(0, end));
  return folders;
}
