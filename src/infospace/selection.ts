import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import picomatch from 'picomatch';
import { ArchiveError } from '../artifact-store/errors.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import { DEFAULT_INCLUDE, IGNORE_FILE } from './contract.ts';

/** Patterns are compared with every path: far more than anybody writes. */
const MAX_IGNORE_BYTES = 1024 * 1024;

/** One thing to include: a path with all below it, or a glob. Paths are relative to the root, with `/`. */
export interface IncludePattern {
  /** As it was given. */
  text: string;
  /** The folder or file where a walk for it begins; empty for the root. */
  base: string;
  /** Whether it may be missing without a word. */
  optional: boolean;
  matches(path: string): boolean;
}

/** @throws ArchiveError `USAGE` for a pattern that leads out of the root. */
export function compileInclude(patterns: readonly string[] | undefined): IncludePattern[] {
  if (patterns === undefined) return DEFAULT_INCLUDE.map((text) => literal(text, text, true));
  if (patterns.length === 0) throw new ArchiveError('USAGE', 'The include set is empty; name at least one path.');
  return patterns.map((text) => {
    const path = normalize(text);
    const { isGlob, base } = picomatch.scan(path);
    if (!isGlob) return literal(text, path, false);
    return { text, base: base === '.' ? '' : base, optional: false, matches: picomatch(path, { dot: true }) };
  });
}

function literal(text: string, path: string, optional: boolean): IncludePattern {
  return { text, base: path, optional, matches: (candidate) => path === '' || candidate === path };
}

function normalize(text: string): string {
  const slashed = process.platform === 'win32' ? text.replaceAll('\\', '/') : text;
  const names = slashed.split('/').filter((name) => name !== '' && name !== '.');
  if (text === '' || slashed.startsWith('/') || /^[a-z]:/i.test(slashed) || names.includes('..')) {
    throw new ArchiveError(
      'USAGE',
      `The pattern "${text}" leads out of the infospace; give a path relative to its root.`,
    );
  }
  return names.join('/');
}

/**
 * What is left out: the lines of `.infospaceignore`, then the given ones, all in gitignore syntax; undefined when there are
 * none. Case matters on every system, so that one infospace gives one package.
 */
export function compileExclude(root: string, patterns: readonly string[]): Ignore | undefined {
  const file = readIgnoreFile(root);
  if (file === '' && patterns.length === 0) return undefined;
  return ignore({ ignorecase: false })
    .add(file)
    .add([...patterns]);
}

function readIgnoreFile(root: string): string {
  return readOutsideText(join(root, IGNORE_FILE), MAX_IGNORE_BYTES) ?? '';
}

/** Tells which paths of a package are wanted: those that match, and all below one that does. */
export function pathFilter(patterns: readonly string[]): { wants(path: string): boolean; unmatched(): string[] } {
  const compiled = compileInclude(patterns);
  const matched = new Set<IncludePattern>();
  return {
    wants(path) {
      for (const pattern of compiled) {
        if (selfAndParents(path).some((candidate) => pattern.matches(candidate))) matched.add(pattern);
        else continue;
        return true;
      }
      return false;
    },
    unmatched: () => compiled.filter((pattern) => !matched.has(pattern)).map(({ text }) => text),
  };
}

function selfAndParents(path: string): string[] {
  const names = path.split('/');
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}
