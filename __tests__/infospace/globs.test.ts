import { planArchive } from '../../src/index.ts';
import { compileRules, ignoreLines } from '../../src/infospace/ignore-rules.ts';
import { compileInclude, pathFilter } from '../../src/infospace/selection.ts';
import { refusal, sampleInfospace } from './fixtures.ts';
import { differencesFromGit } from './git-globs.ts';

function refused(patterns: string[]): unknown {
  try {
    compileInclude(patterns);
    return undefined;
  } catch (error) {
    return error;
  }
}

test('patterns match like those of git', () => {
  const { differences, matches } = differencesFromGit(20_261_128, 150);
  expect(differences).toEqual([]);
  expect(matches).toBeGreaterThan(1000);
});

test('a character of several bytes is one character', () => {
  const wanted = (pattern: string, path: string) => pathFilter([pattern]).wants({ path, kind: 'file' });
  expect(wanted('?.md', 'é.md')).toBe(true);
  expect(wanted('[à-ü]?', 'é\u{1f600}')).toBe(true);
  expect(wanted('[!a].md', '\u{1f600}.md')).toBe(true);
});

test('no pattern takes long', () => {
  const name = 'a'.repeat(250);
  const stars = `${'*a'.repeat(100)}*b`;
  const trees = `${'**/a*'.repeat(50)}/b`;
  const deep = `${name}/`.repeat(15) + name;
  expect(pathFilter([stars]).wants({ path: name, kind: 'file' })).toBe(false);
  expect(pathFilter([trees]).wants({ path: deep, kind: 'file' })).toBe(false);
  expect(compileRules([stars, trees]).ignores(deep, false)).toBe(false);
  expect(refused(['{,'.repeat(100_000)])).toEqual(refusal('USAGE', 'characters'));
  expect(refused(['{,'.repeat(2000)])).toBeUndefined();
});

test.each([
  ['!**/*.tmp', 'exclude "**/*.tmp"'],
  ['run-{8..12}.json', 'braces'],
  ['{a,b}', 'braces'],
  ['a/{x,{y}}', 'braces'],
  ['@(a|b).md', 'parentheses'],
  ['output/!(a).md', 'parentheses'],
  ['[ab', '"["'],
  ['[[:nope:]]', '"["'],
  ['a\\', '"\\"'],
])('the invalid include pattern "%s" is refused by name', (pattern, message) => {
  expect(refused([pattern])).toEqual(refusal('USAGE', `"${pattern}"`, message));
});

test.each(['*.{log,tmp}', '!(keep).log', '[secret', './cache', '../x'])(
  'the exclude pattern "%s", which would exclude nothing, is refused by name',
  async (pattern) => {
    const refused = expect(planArchive(sampleInfospace(), { exclude: [pattern] })).rejects;
    await refused.toEqual(refusal('USAGE', `"${pattern}"`));
  },
);

test('the special characters of other pattern languages can be matched literally', () => {
  const paths = ['{a,b}', '!x', '(x)', 'a+(b)', 'a[1]'];
  for (const [i, pattern] of ['[{]a,b}', './!x', '(x)', 'a+[(]b)', 'a[1]'].entries()) {
    expect(paths.filter((path) => pathFilter([pattern]).wants({ path, kind: 'file' }))).toEqual([paths[i]]);
  }
});

test('a pattern may begin with the root, and a trailing slash means folders', () => {
  const entries = ['a/b', 'a/c/d', 'b'].map((path) => ({ path, kind: 'file' as const }));
  const wanted = (pattern: string) => entries.filter(pathFilter([pattern]).wants).map(({ path }) => path);
  expect(wanted('/a/b')).toEqual(['a/b']);
  expect(wanted('a/*/')).toEqual(['a/c/d']);
  expect(wanted('b/')).toEqual([]);
});

test('overlapping patterns all count as matched', () => {
  const filter = pathFilter(['a', 'a/b', 'c']);
  expect(filter.wants({ path: 'a/b', kind: 'file' })).toBe(true);
  expect(filter.unmatched()).toEqual(['c']);
});

test('an ignore file is read like git reads it', () => {
  expect(ignoreLines('# no\r\n\\#a\r\n\nb  \nc\\ \n d\t\n')).toEqual(['\\#a', 'b', 'c\\ ', ' d\t']);
});
