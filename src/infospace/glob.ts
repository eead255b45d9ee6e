import { readSet } from './glob-class.ts';

/**
 * Path patterns in the language of gitignore(5). Matching time grows with the product of the path and pattern lengths for every pattern:
 * only the last star is ever backtracked, since what comes before a later star need not be matched again.
 */
export interface Glob {
  /** The path, or its part before the first wildcard, unescaped. */
  prefix: string;
  /** Whether the pattern has no wildcard. */
  isLiteral: boolean;
  matches(path: string): boolean;
}

/** A character, one of a set, or a wildcard. */
type Unit = string | ((character: string) => boolean) | typeof ANY | typeof STAR | typeof TREE | typeof REST;

/** `?` */
const ANY = Symbol('any');
/** `*`, and `**` that is not a whole name. */
const STAR = Symbol('star');
/** `**` and a slash: any number of folders, or none. */
const TREE = Symbol('tree');
/** `**` at the end. */
const REST = Symbol('rest');

/** Undefined for a pattern that matches nothing because a bracket or an escape in it is incomplete. */
export function compileGlob(text: string): Glob | undefined {
  const units = unitsOf([...text]);
  if (units === undefined) return undefined;
  const wildcard = units.findIndex((unit) => typeof unit !== 'string');
  const isLiteral = wildcard < 0;
  const prefix = (isLiteral ? units : units.slice(0, wildcard)).join('');
  if (isLiteral) return { prefix, isLiteral, matches: (path) => path === prefix };
  return { prefix, isLiteral, matches: (path) => path.startsWith(prefix) && matches(units, path) };
}

function unitsOf(pattern: readonly string[]): Unit[] | undefined {
  const units: Unit[] = [];
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at]!;
    if (character === '*') {
      const start = at;
      while (pattern[at] === '*') at++;
      const isName = at - start > 1 && (start === 0 || pattern[start - 1] === '/');
      if (isName && at === pattern.length) units.push(REST);
      else if (isName && pattern[at] === '/') {
        units.push(TREE);
        at++;
      } else units.push(STAR);
    } else if (character === '[') {
      const set = readSet(pattern, at);
      if (set === undefined) return undefined;
      units.push(set.has);
      at = set.end;
    } else if (character === '?') {
      units.push(ANY);
      at++;
    } else {
      const escaped = character === '\\' ? pattern[++at] : character;
      if (escaped === undefined) return undefined;
      units.push(escaped);
      at++;
    }
  }
  return units;
}

interface Retry {
  unit: number;
  at: number;
}

function matches(units: readonly Unit[], path: string): boolean {
  let star: Retry | undefined;
  let tree: Retry | undefined;
  let unit = 0;
  let at = 0;
  while (unit < units.length || at < path.length) {
    const wanted = units[unit];
    if (wanted === REST) return true;
    if (wanted === STAR) {
      star = { unit: ++unit, at };
    } else if (wanted === TREE) {
      tree = { unit: ++unit, at };
      star = undefined;
    } else {
      const character = characterAt(path, at);
      if (character !== '' && accepts(wanted, character)) {
        // A star matches only within one name.
        if (character === '/') star = undefined;
        unit++;
        at += character.length;
        continue;
      }
      const taken = star && characterAt(path, star.at);
      if (star && taken !== '' && taken !== '/') {
        star.at += taken!.length;
        ({ unit, at } = star);
      } else if (tree) {
        const end = path.indexOf('/', tree.at);
        if (end < 0) return false;
        tree.at = end + 1;
        ({ unit, at } = tree);
        star = undefined;
      } else return false;
    }
  }
  return true;
}

function characterAt(path: string, at: number): string {
  const code = path.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function accepts(unit: Unit | undefined, character: string): boolean {
  if (typeof unit === 'string') return unit === character;
  if (character === '/') return false;
  return unit === ANY || (typeof unit === 'function' && unit(character));
}

/** A pattern that matches this path and everything below it. */
export function patternOf(path: string): string {
  return `./${path.replaceAll(/[\\*?[{(]/g, (char) => (char === '\\' ? '[\\\\]' : `[${char}]`))}`;
}
