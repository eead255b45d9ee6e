import type { FileEntry } from '../../src/index.ts';
import { requireUsableNames } from '../../src/infospace/target-names.ts';
import { refusal } from './fixtures.ts';

/**
 * Names that are ordinary elsewhere and that Windows takes for other folders, streams, devices or files.
 *
 * Seen to fail without each of the two patterns, and with only names checked and not link targets.
 */

const { platform } = process;
afterEach(() => Object.defineProperty(process, 'platform', { value: platform }));
const onWindows = () => Object.defineProperty(process, 'platform', { value: 'win32' });

const folder = (path: string): FileEntry => ({ path, kind: 'directory' });
const link = (path: string, target: string): FileEntry => ({ path, kind: 'symlink', target });

test.each([
  ['a backslash', folder('a\\b')],
  ['backslashes that lead out', folder('..\\..\\outside')],
  ['a backslash at its start', folder('\\outside')],
  ['a stream', folder('a/file.txt:stream')],
  ['a drive letter further on', folder('a/C:x')],
  ['a dot at its end', folder('a./b')],
  ['a space at its end', folder('a/b ')],
  ['three dots', folder('.../b')],
  ['a wildcard', folder('a*')],
  ['a control character', folder('a\u0001')],
  ['a link with backslashes that lead out', link('a/b', '..\\..\\outside')],
  ['a link with one that stays', link('a', 'b\\c')],
  ['a link to a stream', link('a', 'b:c')],
])('on Windows a package with %s is refused by name', (_, entry) => {
  expect(() => requireUsableNames([folder('fine'), entry])).not.toThrow();
  onWindows();
  expect(() => requireUsableNames([folder('fine'), entry])).toThrow(
    refusal('TARGET_REFUSED', JSON.stringify(entry.path)) as never,
  );
});

test('on Windows links that go up and stay inside are valid', () => {
  onWindows();
  expect(() => requireUsableNames([link('a/b', '../c'), link('d', '.'), folder('e.f/g')])).not.toThrow();
});
