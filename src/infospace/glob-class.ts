/** A set of characters in brackets: `[a-z]`, `[!a]`, `[^a]`, `[[:digit:]]`. */
export interface CharacterSet {
  has(character: string): boolean;
  /** Position after the closing bracket. */
  end: number;
}

/** The ASCII classes of POSIX 9.3.5, as in git. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[a-z\d]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class consists of control characters
  cntrl: /[\u0000-\u001f\u007f]/,
  digit: /\d/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[\da-f]/i,
};

type Member = (character: string) => boolean;

/**
 * Reads a set as git does (`wildmatch.c`).
 * @param start position of the opening bracket.
 * @returns undefined for one without an end, or with an unknown class.
 */
export function readSet(pattern: readonly string[], start: number): CharacterSet | undefined {
  let at = start + 1;
  const isNegated = pattern[at] === '!' || pattern[at] === '^';
  if (isNegated) at++;
  const members: Member[] = [];
  /** The start of a possible range. */
  let first: string | undefined;
  // A bracket in the first position is a member.
  for (const begin = at; at === begin || pattern[at] !== ']'; at++) {
    let character = pattern[at];
    const named = classAt(pattern, at);
    if (named) {
      const expression = CLASSES[named.name];
      if (expression === undefined) return undefined;
      members.push((candidate) => expression.test(candidate));
      at = named.end;
      first = undefined;
    } else if (character === '-' && first !== undefined && pattern[at + 1] !== undefined && pattern[at + 1] !== ']') {
      at += pattern[at + 1] === '\\' ? 2 : 1;
      const [low, high] = [first, pattern[at]];
      if (high === undefined) return undefined;
      members.push((candidate) => isBetween(low, candidate, high));
      first = undefined;
    } else {
      if (character === '\\') character = pattern[++at];
      if (character === undefined) return undefined;
      const only = character;
      members.push((candidate) => candidate === only);
      first = only;
    }
  }
  return { has: (character) => members.some((member) => member(character)) !== isNegated, end: at + 1 };
}

/** Undefined where there is no `[:name:]`. */
function classAt(pattern: readonly string[], at: number): { name: string; end: number } | undefined {
  if (pattern[at] !== '[' || pattern[at + 1] !== ':') return undefined;
  const end = pattern.indexOf(']', at + 2);
  if (end < at + 3 || pattern[end - 1] !== ':') return undefined;
  return { name: pattern.slice(at + 2, end - 1).join(''), end };
}

function isBetween(low: string, character: string, high: string): boolean {
  const code = character.codePointAt(0)!;
  return low.codePointAt(0)! <= code && code <= high.codePointAt(0)!;
}
