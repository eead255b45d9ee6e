import type { FileEntry } from '../../src/artifact-store/manifest/model.ts';
import type { Change } from '../../src/index.ts';
import { compareEntries } from '../../src/infospace/compare.ts';

/** Seen to fail without matching by name, without matching by executable bit, and with empty files taken for renamed. */

const digest = (content: string) => new Uint8Array(32).fill(content.length === 0 ? 0 : content.charCodeAt(0));

function file(path: string, content: string, executable = false): FileEntry {
  return { path, kind: 'file', size: content.length, executable, blake3: digest(content), sha256: digest(content) };
}

function outputOf(before: FileEntry[], after: FileEntry[]): string[] {
  return compareEntries(before, after).changes.map((change: Change) => {
    if (change.status === 'renamed') return `${change.before.path} -> ${change.after.path}`;
    return `${change.status} ${change.status === 'removed' ? change.before.path : change.after.path}`;
  });
}

test('lists added, removed and changed files by path, and counts the rest', () => {
  const link = (target: string): FileEntry => ({ path: 'link', kind: 'symlink', target });
  const before = [
    file('a', 'a'),
    file('b', 'b'),
    file('same', 's'),
    link('a'),
    { path: 'e', kind: 'directory' as const },
  ];
  const after = [file('b', 'B'), file('c', 'c'), file('same', 's'), link('b'), file('e', 'x')];
  expect(outputOf(before, after)).toEqual(['removed a', 'changed b', 'added c', 'changed e', 'changed link']);
  expect(compareEntries(before, after).unchanged).toBe(1);
});

test('an executable bit alone is a change', () => {
  expect(outputOf([file('a', 'a')], [file('a', 'a', true)])).toEqual(['changed a']);
});

test('the order is that of the bytes of the paths', () => {
  const paths = ['\u{1f600}', '\uffff', 'a/b', 'a.b', 'é'];
  const added = outputOf(
    [],
    paths.map((path) => file(path, path)),
  ).map((line) => line.slice('added '.length));
  expect(added).toEqual(paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
});

describe('a file that moved', () => {
  test('is renamed', () => {
    expect(outputOf([file('old', 'x')], [file('new', 'x')])).toEqual(['old -> new']);
  });

  test('is paired, among several of the same content, with the same name, else the same executable bit', () => {
    const before = [file('1/tool', 'x'), file('2/run', 'x', true), file('3/a.md', 'x')];
    const after = [file('4/other', 'x', true), file('5/b', 'x'), file('6/a.md', 'x')];
    expect(outputOf(before, after)).toEqual(['2/run -> 4/other', '1/tool -> 5/b', '3/a.md -> 6/a.md']);
  });

  test('keeps its name, whatever comes first', () => {
    const [before, after] = [
      [file('1/a.md', 'x'), file('1/b.md', 'x')],
      [file('2/b.md', 'x'), file('3/a.md', 'x')],
    ];
    expect(outputOf(before, after)).toEqual(['1/b.md -> 2/b.md', '1/a.md -> 3/a.md']);
  });

  test('is the source of one other, and a copy is an addition', () => {
    expect(outputOf([file('a', 'x')], [file('b', 'x'), file('c', 'x')])).toEqual(['a -> b', 'added c']);
    expect(outputOf([file('a', 'x')], [file('a', 'x'), file('c', 'x')])).toEqual(['added c']);
  });

  test('has content', () => {
    expect(outputOf([file('a', '')], [file('b', '')])).toEqual(['removed a', 'added b']);
  });

  // More than a call can have arguments. Took minutes when each match removed the first of a list.
  test('is found among very many with its content', () => {
    const many = (folder: string) => Array.from({ length: 130_000 }, (_, i) => file(`${folder}/${i}`, 'x'));
    const changes = outputOf(many('a'), many('b'));
    expect(changes).toHaveLength(130_000);
    expect(changes.indexOf('a/77 -> b/77')).toBeGreaterThan(0);
  });
});
