import fc from 'fast-check';
import { stringify } from 'yaml';
import { scanNames, slugByText, slugOf } from '../../src/infospace/slug.ts';
import { parseAsWritten } from '../../src/infospace/yaml.ts';

function parsed(text: string): unknown {
  try {
    return parseAsWritten(text);
  } catch {
    return undefined;
  }
}

function textsIn(document: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(document ?? {}).filter(([, value]) => typeof value === 'string'));
}

/** Lines as people write them. Many are traps for code without a parser. */
const line = fc.oneof(
  fc.constantFrom(
    'slug: guide',
    'slug: "guide"',
    "slug: 'the guide'",
    'slug: guide # really',
    'slug: null',
    'slug: True',
    'slug: 007',
    'slug: 1e3',
    'slug: 2026-11-24',
    'slug:',
    'slug: a: b',
    'slug: |',
    'slug: >-',
    'slug: [a]',
    'slug: *anchor',
    'slug : guide',
    '"slug": guide',
    'id: &anchor guide',
    'id: Guide No. 2',
    'id: no',
    'name: The Guide',
    'name: Größe',
    'name: 黄土',
    'name: !!str 12',
    'names: x',
    'description: >-',
    'description: "over',
    '  slug: below',
    '  more words',
    '  and an end"',
    '- item',
    '-',
    '# comment',
    '---',
    '...',
    '%YAML 1.2',
    '? slug',
    '\ttab',
    '',
    '   ',
    '<<: {slug: merged}',
  ),
  fc.tuple(fc.constantFrom('slug', 'id', 'name', 'other'), fc.string({ maxLength: 8 })).map(([k, v]) => `${k}: ${v}`),
);

test('a name found without a parser is the one that the parser finds', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (lines, lineEnd) => {
      const text = lines.join(lineEnd);
      const scanned = scanNames(text);
      const document = parsed(text);
      // Only a parser can report what is broken; such a file has no known slug.
      if (scanned === undefined || document === undefined) return;
      if (slugOf(scanned) !== undefined) found++;
      expect(slugOf(scanned)).toBe(slugOf(textsIn(document)));
    }),
    { numRuns: 5000 },
  );
  expect(found).toBeGreaterThan(100);
});

test('an ordinary file needs no parser', () => {
  const text = stringify({
    name: 'Soil Atlas',
    slug: 'soil-atlas',
    description: 'long '.repeat(40),
    workflows: ['a', 'b'],
  });
  expect(scanNames(text)).toEqual({ name: 'Soil Atlas', slug: 'soil-atlas' });
});

test.each([
  ['slug: "a b"\n', 'a-b'],
  ['slug: 3.10\n', '3.10'],
  ['id: Über 1\n', 'uber-1'],
  ['name: 12\n', '12'],
  ['- slug: a\n', 'my-folder'],
  ['title: nothing\n', 'my-folder'],
  ['slug: [broken\n', 'my-folder'],
  ['', 'my-folder'],
])('%j has the name %s', async (text, slug) => {
  expect(await slugByText(text, 'My Folder')).toBe(slug);
});
