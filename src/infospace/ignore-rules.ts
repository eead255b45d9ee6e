import { compileGlob } from './glob.ts';

/** What patterns in gitignore syntax leave out. */
export interface IgnoreRules {
  /** For a path in no ignored folder: what lies below an ignored one cannot be included again. */
  ignores(path: string, isFolder: boolean): boolean;
}

interface Rule {
  /** Whether the pattern includes paths again (`!`). */
  isNegated: boolean;
  foldersOnly: boolean;
  /** Whether the pattern is compared with the name alone, in every folder. */
  anywhere: boolean;
  matches(path: string): boolean;
}

/** The patterns of a file: without comments, blank lines and unescaped trailing spaces. */
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

/** Compiles patterns as git does: the last one that matches decides. */
export function compileRules(patterns: readonly string[]): IgnoreRules {
  // Reversed, so that the first match decides.
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
