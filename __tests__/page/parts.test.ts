import fc from 'fast-check';
import { encodeManifest, streamManifest } from '../../src/artifact-store/manifest/codec.ts';
import { entriesWithin, findEntry } from '../../src/artifact-store/manifest/lookup.ts';
import type { FileEntry, Manifest } from '../../src/artifact-store/manifest/model.ts';
import { compareEntries } from '../../src/infospace/compare.ts';
import { compareManifests } from '../../src/infospace/compare-manifests.ts';
import { compileGlob, patternOf } from '../../src/infospace/glob.ts';
import { folderPart } from '../../src/page/folder.ts';
import { renderMarkdown } from '../../src/page/markdown.ts';
import { chosen, type ShownPackage } from '../../src/page/packages.ts';
import { delimiterOf, readDelimited, readJsonLines } from '../../src/page/tables.ts';
import { isPartOfText } from '../../src/page/text.ts';
import { linesIn } from '../../src/page/text-part.ts';

const file = (path: string, content = path): FileEntry => {
  const digest = Buffer.alloc(32, content);
  return { path, kind: 'file', size: content.length, executable: false, blake3: digest, sha256: digest };
};

const ABOUT: Omit<Manifest, 'files'> = {
  manifest_version: 1,
  package: { id: '0', producer: 'test', subject: 'guide', created_at: '2026-01-01T00:00:00.000Z', metadata: {} },
  retention_summary: { retention_class: 'transient', expires_at: null },
  provenance: {},
};

const inOrder = (entries: FileEntry[]) =>
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

test('manifests are compared like the lists of their entries', () => {
  const name = fc.constantFrom('a', 'b', 'a/b', 'a-b', 'é', '\u{1f331}', '\uffee', 'c');
  const entries = fc
    .uniqueArray(fc.tuple(name, fc.constantFrom('x', 'y', 'zz')), { selector: ([path]) => path })
    .map((found) => inOrder(found.map(([path, content]) => file(path, content))));
  const streamed = (files: FileEntry[]) => streamManifest(encodeManifest({ ...ABOUT, files }));
  fc.assert(
    fc.property(entries, entries, (before, after) => {
      expect(compareManifests(streamed(before), streamed(after))).toEqual(compareEntries(before, after));
    }),
  );
});

test('an entry, and the content of a folder, is found like in a full scan', () => {
  const part = fc.constantFrom('a', 'a-b', 'a0', 'é', '\u{1f331}', '\uffee');
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path), path, (paths, asked) => {
      const files = inOrder(paths.filter((p) => !paths.some((q) => q.startsWith(`${p}/`))).map((p) => file(p)));
      const { files: entries } = streamManifest(encodeManifest({ ...ABOUT, files }));
      const within = files.filter(({ path: p }) => p === asked || p.startsWith(`${asked}/`));
      expect([...entriesWithin(entries, asked)]).toEqual(within);
      const found = within.find(({ path: p }) => p === asked) ?? (within.length > 0 ? 'folder' : undefined);
      expect(findEntry(entries, asked)).toEqual(found);
    }),
  );
});

test('packages without a note or an expiry come last', () => {
  const packages = ['é', undefined, '猫', 'a'].map(
    (note, i) => ({ about: { id: String(i), expiresAt: null }, note }) as ShownPackage,
  );
  expect(chosen(packages, { sort: 'note' }).map(({ note }) => note)).toEqual(['a', 'é', '猫', undefined]);
});

test('a path as a pattern matches that path', () => {
  const path = fc.string({ unit: fc.constantFrom(...'ab*?[]{},()!\\^-:. '), minLength: 1 });
  fc.assert(
    fc.property(path, path, (a, b) => {
      const glob = compileGlob(patternOf(a).slice('./'.length))!;
      expect([glob.matches(a), glob.matches(b)]).toEqual([true, a === b]);
    }),
  );
});

test('a page of a folder lists its children, and counts everything below', () => {
  const entries = inOrder(['a', 'a-b', 'a/b/c', 'a/b/d', 'a/e', 'b/f', 'b/g'].map((path) => file(path)));
  const all = folderPart(entries, { folder: '', first: 0, count: 10 })!;
  expect(all.children.map(({ name }) => name)).toEqual(['a', 'a-b', 'a', 'b']);
  expect(all).toMatchObject({ total: 4, entries: 7 });
  expect(folderPart(entries, { folder: 'a', first: 1, count: 1 })).toMatchObject({
    total: 2,
    children: [{ name: 'e' }],
  });
  expect(folderPart(entries, { folder: 'a/b', first: 0, count: 9 })).toMatchObject({ total: 2, entries: 2 });
  expect(folderPart(entries, { folder: 'c', first: 0, count: 9 })).toBeUndefined();
});

test('tables of CSV: quotes, line ends, other delimiters, a part that ends within a record', () => {
  const text = 'a,"b ""x"""\r\n1,"two\nlines"\n,\n"open';
  expect(readDelimited(text, ',', true)).toEqual({
    columns: ['a', 'b "x"'],
    rows: [['1', 'two\nlines'], ['', ''], ['"open']],
    isCut: false,
  });
  expect(readDelimited('a,b\n1,2\n3', ',', false)).toMatchObject({ rows: [['1', '2']], isCut: true });
  expect(delimiterOf('a;b;c,d\n1,2', '.csv')).toBe(';');
  expect(readDelimited(`a\n${'1\n'.repeat(2000)}`, ',', true)).toMatchObject({ isCut: true, rows: { length: 1000 } });
});

test('tables of JSON lines', () => {
  const { columns, rows } = readJsonLines('{"a":1,"b":{"c":[]}}\n[1]\nnone\n\n{"__proto__":2,"b":null}', true);
  expect(columns).toEqual(['a', 'b', 'value', '__proto__']);
  expect(rows).toEqual([
    ['1', '{"c":[]}', '', ''],
    ['', '', '[1]', ''],
    ['', '', 'none', ''],
    ['', 'null', '', '2'],
  ]);
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  expect(readJsonLines(`{"a":${deep}}\n{"a":1}`, true).rows).toEqual([['nested too deeply to be shown'], ['1']]);
});

test('Markdown is rendered without HTML, links and images, within the time limit', () => {
  const { text } = renderMarkdown(
    '# T\n\n<b onclick=x>\n\n[a](javascript:x "t") ![p](http://e/p.png) <http://e>\n\n| a |\n|:-:|\n| \u202e |',
  )!;
  expect(text).not.toMatch(/<(?:a|img|b)\b|\u202e/);
  for (const part of ['<h1>T</h1>', '&lt;b onclick', 'a <span class="address">(javascript:x)</span>', '\\u202e'])
    expect(text).toContain(part);
  expect(renderMarkdown('---\nid: <x>\n---\n# T\n')!.text).toBe('<pre>id: &lt;x&gt;</pre><h1>T</h1>\n');
  expect(renderMarkdown(`${'> '.repeat(50_000)}x`)).toBeUndefined();
});

test('a part of a text ends with a line or a character', () => {
  expect(linesIn(Buffer.from('a\r\nb\nc'), false)).toEqual({ lines: ['a', 'b'], bytes: 5, isCut: false });
  expect(linesIn(Buffer.from('a\nb'), true)).toEqual({ lines: ['a', 'b'], bytes: 3, isCut: false });
  expect(linesIn(Buffer.from('aé').subarray(0, 2), false)).toEqual({ lines: ['a'], bytes: 1, isCut: true });
  const seed = Buffer.from('🌱');
  for (const end of [1, 2, 3, 4]) expect(isPartOfText(Buffer.concat([seed, seed]).subarray(end, 4 + end))).toBe(true);
  expect(isPartOfText(Buffer.from([0xff, 0x41, 0x41, 0x41, 0x41]))).toBe(false);
});
