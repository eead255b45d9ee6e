import stringWidth from 'string-width';
import { formatBytes, formatCount, printable, printableJson } from '../../src/terminal/format.ts';
import { formatPatch } from '../../src/terminal/patch.ts';
import { formatTable } from '../../src/terminal/table.ts';
import { CONTROL } from '../cli/fixtures.ts';

describe('a table', () => {
  const columns = [{ title: 'ID' }, { title: 'SIZE', align: 'right' as const }, { title: 'NOTE', flexible: true }];
  const rows = [
    ['a1', '12 B', 'short'],
    ['b2', '9.9 kB', 'a note that is a good deal longer'],
    ['c3', '1 B', '漢字とかな混じりの注釈 😀👩‍👩‍👧'],
    ['d4', '0 B', ''],
  ];

  test('is as wide as its contents when there is room', () => {
    expect(formatTable(columns, rows.slice(0, 2), Number.POSITIVE_INFINITY)).toBe(
      'ID    SIZE  NOTE\na1    12 B  short\nb2  9.9 kB  a note that is a good deal longer\n',
    );
  });

  test.each([16, 20, 27, 40, 80])('fits %i columns, wide characters and all', (width) => {
    const lines = formatTable(columns, rows, width).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    for (const line of lines) expect(line).toBe(line.trimEnd());
  });

  test('shortens only the column that may be shortened, visibly', () => {
    const lines = formatTable(columns, rows, 22).split('\n');
    expect(lines[1]).toBe('a1    12 B  short');
    expect(lines[2]).toBe('b2  9.9 kB  a note th…');
  });

  test('has the same number of rows', () => {
    const many = Array.from({ length: 130_000 }, (_, i) => [`${i}`, '', '']);
    const text = formatTable(columns, many, 80);
    expect(text.split('\n')).toHaveLength(130_002);
    expect(text).toMatch(/^ID {6}SIZE {2}NOTE\n/);
  });

  test('is not made wider by a long note in another row', () => {
    const lines = formatTable(columns, [['a', '1 B', 'x'.repeat(1000)], ...rows], 80 * 1000).split('\n');
    expect(lines[2]).toBe('a1    12 B  short');
    expect(lines[1]).toHaveLength(12 + 1000);
  });

  test('keeps one row on one line', () => {
    const text = formatTable(columns, [['x', 'y', 'two\nlines\x1b[0m']], 80);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).not.toMatch(CONTROL);
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1049, '1.0 kB'],
  [99_449, '99.4 kB'],
  [99_500, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [3 * 1024 ** 3, '3.2 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a patch has all lines of a file of empty lines', () => {
  const after = {
    path: 'a.txt',
    kind: 'file' as const,
    size: 130_000,
    executable: false,
    blake3: new Uint8Array(32),
    sha256: new Uint8Array(32),
  };
  const hunk = {
    oldStart: 1,
    oldLines: 0,
    newStart: 1,
    newLines: 130_000,
    lines: new Array<string>(130_000).fill('+'),
  };
  const lines = formatPatch({ change: { status: 'added', after }, hunks: [hunk] }, false).split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'diff --git a/a.txt b/a.txt',
    'new file mode 100644',
    '--- /dev/null',
    '+++ b/a.txt',
    '@@ -0,0 +1,130000 @@',
  ]);
  expect(lines.filter((line) => line === '+')).toHaveLength(130_000);
});

test('counts have separators and the right plural', () => {
  expect([formatCount(1, 'file'), formatCount(0, 'file'), formatCount(12_345, 'entry', 'entries')]).toEqual([
    '1 file',
    '0 files',
    '12,345 entries',
  ]);
});

test('printable text stays readable: only control characters are escaped', () => {
  expect(printable('grüße 😀\ttab\u0085\x1b[0m\n')).toBe('grüße 😀\\x09tab\\x85\\x1b[0m\\n');
});

test('control characters, direction marks and invisible characters are escaped; emoji stay whole', () => {
  expect(printable('a\u202eb\u2066c\u200bd\u2028e\u{e0041}f\u00adg\u001b[0m\n')).toBe(
    'a\\u202eb\\u2066c\\u200bd\\u2028e\\u{e0041}f\\xadg\\x1b[0m\\n',
  );
  expect(printable('漢字 é 👩‍👩‍👧 🏳️‍🌈')).toBe('漢字 é 👩‍👩‍👧 🏳️‍🌈');
  expect(printable('a\u200db')).toBe('a\\u200db');
});

test('text that the runner of a job would take for a command is escaped', () => {
  const shown = ['::stop-commands::x', ' \u00a0::error::x', 'a ::b', '1: 2', 'a##[group]', '## [x]', '#[x]'].map(
    printable,
  );
  expect(shown).toEqual([
    '\\x3a:stop-commands::x',
    ' \u00a0\\x3a:error::x',
    'a ::b',
    '1: 2',
    'a\\x23#[group]',
    '## [x]',
    '#[x]',
  ]);
});

test('JSON uses its own escapes for these characters, and has the same value', () => {
  const value = { 'a\u202e': ['##[x]', '\u009b1m\u2028\n', 'é 😀'] };
  const json = printableJson(value, 2);
  expect(json).toBe('{\n  "a\\u202e": [\n    "\\u0023#[x]",\n    "\\u009b1m\\u2028\\n",\n    "é 😀"\n  ]\n}');
  expect(JSON.parse(json)).toEqual(value);
});
