import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { archiveInfospace, findInfospace, initInfospace, planArchive } from '../../src/index.ts';
import { INFOSPACE_KEYS } from '../../src/infospace/infospace-keys.ts';
import { parseYaml } from '../../src/infospace/yaml.ts';
import { refusal, repository, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

const folder = temporaryFolder();

function infospace(yaml: string | Uint8Array, name = 'Field Notes'): string {
  return writeTree(join(folder, crypto.randomUUID(), name), { 'infospace.yaml': yaml, 'output/a': '' });
}

test.each([
  ['slug: 3.10\n', '3.10'],
  ['slug: 3.1\n', '3.1'],
  ['slug: 1e3\n', '1e3'],
  ['slug: 007\n', '007'],
  ['slug: 0x1F\n', '0x1F'],
  ['slug: 2026-11-24\n', '2026-11-24'],
  ['slug: True\n', 'True'],
  ['slug: !!int 3\n', '3'],
  ['slug: null\nid: 1.0\n', '1-0'],
  ['slug: ~\nname: 1.10\n', '1-10'],
  ['slug: "null"\n', 'null'],
  ['\uFEFFslug: guide\n', 'guide'],
])('%j: a value is the literal text', async (yaml, slug) => {
  const { subject, warnings } = await planArchive(infospace(yaml));
  expect({ subject, warnings }).toEqual({ subject: slug, warnings: [] });
});

test.each([
  ['- slug: a\n', 'a list', 'slug: field-notes'],
  ['guide\n', 'text', 'slug: field-notes'],
  ['slug: Bad Slug!\n', 'Bad Slug!', 'slug: bad-slug'],
  ['slug: a/b\n', '"a/b"', 'slug: a-b'],
  ['slug: "!!!"\n', '!!!', 'give another'],
  ['slug: [a]\n', 'a list', '"slug"'],
  ['id: {a: b}\n', '"id"'],
])('%j is refused, and the error says what to write', async (yaml, ...message) => {
  const root = infospace(yaml);
  const before = treeOf(root);
  await expect(archiveInfospace(root)).rejects.toEqual(
    refusal('CONFIG_INVALID', join(root, 'infospace.yaml'), ...message),
  );
  expect(treeOf(root)).toEqual(before);
});

test.each(['', '# nothing\n', 'title: A Title\n', 'slug: ""\n'])(
  '%j gives no name, and the error says so',
  async (yaml) => {
    const { subject, warnings } = await planArchive(infospace(yaml));
    expect(subject).toBe('field-notes');
    expect(warnings).toEqual([expect.stringContaining('field-notes')]);
  },
);

test('unknown keys are listed in one warning; those that begin with "x-" are not', async () => {
  const known = 'slug: guide\ndescription: a guide\nx-team: a\n';
  expect((await planArchive(infospace(known))).warnings).toEqual([]);
  const { warnings } = await planArchive(infospace(`${known}slgu: a\nretention: b\n`));
  expect(warnings).toEqual([expect.stringMatching(/"slgu", "retention".*"x-"/)]);
});

test('text that is not UTF-8 is refused by name, in infospace.yaml and in .infospaceignore', async () => {
  const utf16 = Buffer.from('\uFEFFprivate.txt\r\n', 'utf16le');
  for (const bytes of [utf16, utf16.subarray(2), Buffer.from('Caf\xe9\n', 'latin1')]) {
    const named = infospace(bytes);
    await expect(planArchive(named)).rejects.toEqual(refusal('FILE_UNREADABLE', 'infospace.yaml', 'UTF-8'));
    const ignoring = writeTree(infospace('slug: a\n'), { '.infospaceignore': bytes });
    await expect(archiveInfospace(ignoring)).rejects.toEqual(refusal('FILE_UNREADABLE', '.infospaceignore', 'UTF-8'));
  }
});

test('a byte order mark before the first ignore pattern is not part of it', async () => {
  const root = writeTree(infospace('slug: a\n'), {
    '.infospaceignore': '\uFEFFprivate.txt\n',
    'output/private.txt': '',
  });
  expect((await planArchive(root)).paths).not.toContain('output/private.txt');
});

test('an infospace is found from any folder in it: the nearest one above', () => {
  const outer = writeTree(temporaryFolder(), {
    'infospace.yaml': '',
    'a/b/': null,
    'inner/output/archives/index.yaml': '',
    'inner/reports/': null,
  });
  expect(findInfospace(outer)).toBe(outer);
  expect(findInfospace(join(outer, 'a/b'))).toBe(outer);
  expect(findInfospace(join(outer, 'inner/reports'))).toBe(join(outer, 'inner'));
  expect(findInfospace(temporaryFolder())).toBeUndefined();
});

test('the slug of a new infospace is the given one, else it comes from the given name or the folder', async () => {
  const root = join(temporaryFolder(), 'Field Notes');
  const made = await initInfospace(root, { name: 'Notes: 3.10' });
  expect(made).toEqual({ root, file: join(root, 'infospace.yaml'), slug: 'notes-3-10' });
  expect(readFileSync(made.file, 'utf8')).toMatch(/^#.*\n#.*\nslug: notes-3-10\nname: 'Notes: 3.10'\n$/);
  expect((await initInfospace(join(root, 'b'), { slug: '3.10' })).slug).toBe('3.10');
  expect(await planArchive(join(root, 'b'))).toMatchObject({ subject: '3.10', warnings: [] });
  expect((await initInfospace(join(root, 'Ärger'))).slug).toBe('arger');
  await expect(initInfospace(root)).rejects.toEqual(refusal('TARGET_REFUSED', made.file));
  await expect(initInfospace(made.file)).rejects.toEqual(refusal('TARGET_REFUSED', made.file));
  await expect(initInfospace(join(root, 'c'), { slug: 'a b' })).rejects.toEqual(refusal('USAGE', '"a b"', '"a-b"'));
});

describe('the JSON Schema of infospace.yaml', () => {
  const schema = JSON.parse(readFileSync(join(repository, 'schemas/infospace.schema.json'), 'utf8')) as {
    properties: Record<string, unknown>;
  };
  const isValid = new Ajv({ allowUnionTypes: true }).compile(schema);

  test('has the keys that no archive warns about', () => {
    expect(Object.keys(schema.properties)).toEqual(INFOSPACE_KEYS);
  });

  test.each([
    ['slug: 3.10', true],
    ['slug: Ärger_1', true],
    ['slug:', true],
    ['x-any: {a: b}', true],
    ['slug: Bad Slug!', false],
    ['slug: [a]', false],
    ['slgu: a', false],
    ['- a', false],
  ])('agrees with the parser about valid, refused and unknown values: %s', async (yaml, expected) => {
    expect(isValid(parseYaml(yaml))).toBe(expected);
    const plan = planArchive(infospace(`${yaml}\n`)).then(({ warnings }) =>
      warnings.every((message) => /folder/.test(message)),
    );
    expect(await plan.catch(() => false)).toBe(expected);
  });

  test('accepts the example', () => {
    const example = readFileSync(join(repository, 'examples/soil-atlas/infospace.yaml'), 'utf8');
    expect(isValid(parseYaml(example))).toBe(true);
  });
});
