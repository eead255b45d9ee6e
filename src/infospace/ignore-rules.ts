import { compileGlob } from './glob.ts';

/** What patterns in gitignore syntax leave out. */
export interface IgnoreRules {
  /** Of a path none of whose folders is left out: what lies below such a folder cannot be taken in again. */
  ignores(path: string, isFolder: boolean): boolean;
}

interface Rule {
  /** Whether the pattern includes paths again (`!`). */
  isNegated: boolean;
  foldersOnly: boolean;
  /** Whether it is compared with the name alone, in every folder. */
  anywhere: boolean;
  matches(path: string): boolean;
}

/** The patterns of a file: without comments, blank lines, and the spaces at their ends that no backslash keeps. */
export function ignoreLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(withoutTrailingSpaces);
}

function withoutTrailingSpaces(line: string): string {
  const trimmed = line.replace(/ +$/, '');
  const escapes = /\\*$/.exec(trimmed)![0].length;
  return trimmed !== line && escapes % 2 === 1 ? `${trimmed} ` : trimmed;
}

/** Compiles patterns as git does, of which the last that matches decides. */
export function compileRules(patterns: readonly string[]): IgnoreRules {
  // From the last on, so that the first that matches decides.
  const rules = patterns.flatMap((pattern) => compileRule(pattern) ?? []).reverse();
  return {
    ignores(path, isFolder) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const decisive = rules.find(
        (rule) => (isFolder || !rule.foldersOnly) && rule.matches(rule.anywhere ? name : path),
      );
      return decisive?.isNegated === false;
    },
  };
}

function compileRule(pattern: string): Rule | undefined {
  const isNegated = pattern.startsWith('!');
  const foldersOnly = pattern.endsWith('/');
  const text = pattern.slice(isNegated ? 1 : 0, foldersOnly ? -1 : undefined);
  const glob = compileGlob(text.replace(/^\//, ''));
  return glob && { isNegated, foldersOnly, anywhere: !text.includes('/'), matches: glob.matches };
}
