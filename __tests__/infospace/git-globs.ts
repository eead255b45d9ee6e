import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileRules, ignoreLines } from '../../src/infospace/ignore-rules.ts';
import { pathFilter } from '../../src/infospace/selection.ts';
import { temporaryFolder, writeTree } from './fixtures.ts';

/** Random patterns over an alphabet so small that many match. */
class Patterns {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }

  #many(most: number, make: () => string, separator: string): string {
    return Array.from({ length: 1 + this.#below(most) }, make).join(separator);
  }

  path(): string {
    return this.#many(4, () => this.#many(4, () => this.#of(['a', 'b', 'c', '.', '-', 'A', '1']), ''), '/')
      .split('/')
      .map((name) => (/^\.+$/.test(name) ? 'a' : name))
      .join('/');
  }

  glob(): string {
    const name = () =>
      this.#of(['**', '**', '*', this.#many(4, () => this.#piece(), ''), this.#many(4, () => this.#piece(), '')]);
    // With only letters before it, git 2.39 takes the first of these for a whole name; its documentation does not.
    const pattern = this.#many(4, name, '/').replace(/(?<=[^/*])\*\*+|\*\*+(?=[^/*])/g, '*');
    return `${pattern}${this.#below(8) === 0 ? '/' : ''}`;
  }

  rules(): string[] {
    return Array.from(
      { length: 1 + this.#below(3) },
      () => this.#of(['', '', '!']) + this.#of(['', '/']) + this.glob(),
    );
  }

  #piece(): string {
    const set = [
      '[ab]',
      '[!a]',
      '[^a-b]',
      '[]a]',
      '[!]a]',
      '[a-]',
      '[[:alpha:]]',
      '[![:digit:]]',
      '[\\a]',
      '[b-a]',
      '[--1]',
      '[a[:upper:]]',
    ];
    return this.#of(['a', 'b', 'c', '.', '-', 'A', '1', '?', '*', '*', '\\a', '\\*', '{', ' a', '#a', this.#of(set)]);
  }
}

/** The paths that git ignores, for each list of patterns: one process for all. */
function ignoredByGit(lists: readonly string[][], paths: readonly string[]): Set<string> {
  const root = temporaryFolder();
  execFileSync('git', ['init', '--quiet', root]);
  writeTree(root, Object.fromEntries(lists.map((lines, i) => [`${i}/.gitignore`, `${lines.join('\n')}\n`])));
  const asked = lists.flatMap((_, i) => paths.map((path) => `${i}/${path}`));
  writeFileSync(join(root, 'asked'), asked.join('\0'));
  try {
    const out = execFileSync('sh', ['-c', 'git check-ignore --no-index --stdin -z < asked'], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    return new Set(out.toString().split('\0'));
  } catch (error) {
    if ((error as { status?: number }).status === 1) return new Set();
    throw error;
  }
}

function isIgnored(lines: readonly string[], path: string): boolean {
  const rules = compileRules(ignoreLines(lines.join('\n')));
  const names = path.split('/');
  return names.some((_, i) => rules.ignores(names.slice(0, i + 1).join('/'), i < names.length - 1));
}

/** Not a pattern that begins with a rule character, nor one with names that this project drops, like a shell does. */
function isPlain(glob: string): boolean {
  return !/^[!/]|^$/.test(glob) && !glob.split('/').some((name) => name === '.' || name === '..');
}

/** Compares random patterns with git; returns the differences and the number of comparisons. */
export function differencesFromGit(seed: number, count: number): { differences: string[]; matches: number } {
  const random = new Patterns(seed);
  const paths = [...new Set(Array.from({ length: 40 }, () => random.path()))];
  const lists = Array.from({ length: count }, () => random.rules());
  const globs = Array.from({ length: count }, () => random.glob()).filter(isPlain);
  const ignored = ignoredByGit([...lists, ...globs.map((glob) => [`/${glob}`])], paths);
  const differences: string[] = [];
  const compare = (i: number, path: string, output: boolean, what: unknown) => {
    if (ignored.has(`${i}/${path}`) !== output)
      differences.push(`${JSON.stringify(what)} ${path}: git says ${!output}`);
  };
  for (const [i, list] of lists.entries()) for (const path of paths) compare(i, path, isIgnored(list, path), list);
  for (const [i, glob] of globs.entries()) {
    for (const path of paths) {
      const isIncluded = pathFilter([glob]).wants({ path, kind: 'file' });
      compare(lists.length + i, path, isIncluded, glob);
    }
  }
  return { differences, matches: ignored.size };
}
