import fc from 'fast-check';
import { compareUtf8 } from '../../../src/artifact-store/encoding/utf8.ts';
import { checkEntries, type NamedEntry, pathFault, sortedEntries } from '../../../src/artifact-store/manifest/paths.ts';

const file = (path: string): NamedEntry => ({ path, kind: 'file' });
const link = (path: string, target: string): NamedEntry => ({ path, kind: 'symlink', target });
const folder = (path: string): NamedEntry => ({ path, kind: 'directory' });

describe('pathFault', () => {
  test.each([
    'a',
    'a/b/c.txt',
    '.hidden/..name/...',
    'con-fig/nulls/com10/lpt',
    'caf\u00e9/e\u0301/\u{1f600}',
    'white space/tab\there',
    'ab:c',
    `${'d'.repeat(255)}/${'\u00fc'.repeat(127)}`,
    `${'d/'.repeat(2047)}dd`,
  ])('accepts %j', (path) => {
    expect(pathFault(path)).toBeUndefined();
  });

  test.each([
    ['', 'empty'],
    ['a\0b', 'NUL'],
    ['\ud800', 'UTF-8'],
    ['/etc/passwd', 'absolute'],
    ['c:/x', 'drive letter'],
    ['C:x', 'drive letter'],
    ['..', 'simplest form'],
    ['a/../b', 'simplest form'],
    ['./a', 'simplest form'],
    ['a/.', 'simplest form'],
    ['a//b', 'simplest form'],
    ['a/', 'simplest form'],
    ['nul', 'reserved by Windows'],
    ['a/CON.txt', 'reserved by Windows'],
    ['Com1/x', 'reserved by Windows'],
    ['lpt\u00b9.log', 'reserved by Windows'],
    ['d'.repeat(256), 'longer than 255'],
    ['\u00fc'.repeat(128), 'longer than 255'],
    [`${'d/'.repeat(2048)}d`, 'longer than 4096'],
  ])('refuses %j', (path, reason) => {
    expect(pathFault(path)).toContain(reason);
  });
});

test('paths are compared by their UTF-8 bytes', () => {
  const near = fc.constantFrom('a', '/', '\u{10ffff}', '\u{10000}', '\ud7ff', '\ue000', '\uffff', '\u00e9');
  const path = fc.string({ unit: fc.oneof(near, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) });
  fc.assert(
    fc.property(path, path, path, (prefix, a, b) => {
      const [x, y] = [prefix + a, prefix + b];
      expect(Math.sign(compareUtf8(x, y))).toBe(Buffer.compare(Buffer.from(x), Buffer.from(y)));
    }),
    { numRuns: 1000 },
  );
});

describe('sortedEntries', () => {
  test('orders entries by UTF-8 and does not change them', () => {
    const entries = [file('\u{1f600}'), file('\uff5e'), file('a0'), file('a/b'), file('a-b'), folder('Z')];
    expect(sortedEntries(entries).map(({ path }) => path)).toEqual(['Z', 'a-b', 'a/b', 'a0', '\uff5e', '\u{1f600}']);
  });

  test.each<[what: string, entries: NamedEntry[], path: string]>([
    ['a path that occurs twice', [file('a'), link('a', 'b')], 'a'],
    ['a file below a file', [file('a'), file('a/b/c')], 'a/b/c'],
    ['a file below a file with names between', [file('a'), file('a-b'), file('a/b')], 'a/b'],
    ['a file below a link', [link('a', 'd'), file('a/b'), file('d/b')], 'a/b'],
    ['a file below an empty folder', [folder('a'), file('a/b')], 'a/b'],
    ['a link to an absolute path', [link('a/l', '/etc')], 'a/l'],
    ['a link to a drive', [link('a/l', 'C:\\x')], 'a/l'],
    ['a link to a UNC path', [link('a/l', '\\\\host\\share')], 'a/l'],
    ['a link to the outside', [link('a/l', '../../x')], 'a/l'],
    ['a link out and back in', [link('a/l', '../../root/a')], 'a/l'],
    ['a link to the outside by detours', [link('l', './b/./..//../x')], 'l'],
    ['a link through a link and back', [link('a/x', 'b'), link('l', 'a/x/../../..')], 'l'],
    // By its text it ends at a/x; on a disk it ends outside of the package.
    ['a link to the outside only through a link', [link('a/b/l', 'up/../../x'), link('a/b/up', '..')], 'a/b/l'],
    ['a link to nothing', [link('l', '')], 'l'],
    ['a link with a NUL', [link('l', 'a\0')], 'l'],
    ['a link to a path that is too long', [link('l', 'y'.repeat(4097))], 'l'],
    ['a path that no package may hold', [file('a'), file('../b')], '../b'],
  ])('refuses %s', (_, entries, path) => {
    expect(() => sortedEntries(entries)).toThrow(
      expect.objectContaining({ code: 'PATH_INVALID', message: expect.stringContaining(JSON.stringify(path)) }),
    );
  });

  test('accepts links that stay inside', () => {
    const entries = [
      link('a/b/up', '../../c'),
      link('a/here', '.'),
      link('a/root', '..'),
      link('c', 'a/b/./'),
      link('dangling', 'not/there'),
      link('through', 'c/file'),
    ];
    expect(sortedEntries(entries)).toEqual(entries);
  });
});

describe('checkEntries', () => {
  test('refuses entries in the wrong order, as in a forged manifest', () => {
    expect(() => checkEntries([file('b'), file('a')], 'INTEGRITY')).toThrow(
      expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('"a" is out of order') }),
    );
  });
});
