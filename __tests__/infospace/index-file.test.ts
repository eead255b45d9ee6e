import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  archiveInfospace,
  exportPackage,
  findPackage,
  importBag,
  listArchives,
  openRegistry,
} from '../../src/index.ts';
import { cliFile, indexFile, refusal, sampleInfospace, treeOf, writeTree } from './fixtures.ts';

const record = {
  package_id: '01890a5d-ac96-774b-bcce-b302099a8057',
  manifest_digest: `blake3:${'0'.repeat(64)}`,
  retention_class: 'release-evidence',
  created_at: '2023-07-01T12:00:00Z',
  included_paths: ['output', 'reports'],
  file_count: 3,
  note: null,
  producer: 'infospace-bench',
  subject: 'guide',
};

/** In the layout of PyYAML, with additions by hand. */
const BY_OTHERS = `# archives of the guide
- package_id: ${record.package_id}
  manifest_digest: ${record.manifest_digest}
  retention_class: release-evidence
  created_at: '2023-07-01T12:00:00Z'
  included_paths:
  - output
  - reports
  file_count: 3   # counted by hand
  note: null
  producer: infospace-bench
  subject: "guide"
  reviewed-by: {name: Ada,   on: 2023-07-02}

# the one we shipped
`;

async function indexAfterArchive(before: string): Promise<string> {
  const root = sampleInfospace({ 'output/archives/index.yaml': before });
  await archiveInfospace(root);
  return readFileSync(indexFile(root), 'utf8');
}

describe('a new record is added', () => {
  test.each([
    ['as PyYAML has it', BY_OTHERS],
    ['with indented lists', BY_OTHERS.replaceAll('  - ', '    - ')],
    [
      'with wide indentation',
      `-   ${Object.entries(record)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
        .join('\n    ')}\n`,
    ],
    ['with a long note in several lines', BY_OTHERS.replace('note: null', 'note: >-\n    one\n\n    two')],
    ['with comments only', '# archives of the guide\n'],
    ['with Windows line ends', BY_OTHERS.replaceAll('\n', '\r\n')],
    ['with a document marker', `---\n${BY_OTHERS}`],
    ['without a last line end', BY_OTHERS.trimEnd()],
    ['with tags of their own', BY_OTHERS.replace('{name', '!person {name').replace('"guide"', '!text "guide"')],
  ])('after existing records, %s, byte for byte', async (_, before) => {
    const after = await indexAfterArchive(before);
    expect(after.slice(0, before.length)).toBe(before);
  });

  test('after a list in one line', async () => {
    const root = sampleInfospace({ 'output/archives/index.yaml': `[${JSON.stringify(record)}]\n` });
    const made = await archiveInfospace(root);
    expect(await listArchives(root)).toEqual([record, made.record]);
  });

  test.each(['', '\n', '[]\n', '# none yet\n[]\n'])('to an index that is empty (%j)', async (before) => {
    const root = sampleInfospace({ 'output/archives/index.yaml': before });
    const made = await archiveInfospace(root);
    expect(await listArchives(root)).toEqual([made.record]);
  });

  test('with a note that is hard to quote', async () => {
    const root = sampleInfospace();
    const note = '- "a": \'b\' # c\n  | > %d\t\u0085\u2028é 😀 : {x}\n\n';
    const made = await archiveInfospace(root, { note });
    expect(await listArchives(root)).toEqual([made.record]);
    expect(made.record.note).toBe(note);
  });
});

test('an entry of another kind is kept, and is not an archive', async () => {
  const before = `- kind: remark\n  text: nothing was archived in May\n${BY_OTHERS}`;
  const root = sampleInfospace({ 'output/archives/index.yaml': before });
  const made = await archiveInfospace(root);
  expect(readFileSync(indexFile(root), 'utf8').slice(0, before.length)).toBe(before);
  expect((await listArchives(root)).map(({ package_id }) => package_id)).toEqual([
    record.package_id,
    made.record.package_id,
  ]);
});

test.each([
  ['no YAML', '- a: [\n'],
  ['a mapping', 'archives: []\n'],
  ['a text', 'nothing\n'],
  ['two documents', `${BY_OTHERS}---\n- b\n`],
  ['a list of words', '- a\n- b\n'],
  ['a key twice', '- package_id: a\n  package_id: b\n'],
])('an index that is %s is refused before anything is stored', async (_, text) => {
  const root = sampleInfospace({ 'output/archives/index.yaml': text });
  const before = treeOf(root);
  await expect(archiveInfospace(root)).rejects.toEqual(refusal('CONFIG_INVALID', indexFile(root)));
  await expect(listArchives(root)).rejects.toEqual(refusal('CONFIG_INVALID', indexFile(root)));
  expect(treeOf(root)).toEqual(before);
});

test('an index that breaks while the package is made is reported with the package', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const breakIndex = () => writeFileSync(indexFile(root), 'broken: [');
  const failure = await archiveInfospace(root, { onProgress: breakIndex }).catch((error: Error) => error);
  expect(failure).toEqual(refusal('CONFIG_INVALID', 'was made', indexFile(root)));
  expect(readFileSync(indexFile(root), 'utf8')).toBe('broken: [');
  const registry = await openRegistry(root, {}, 'read');
  try {
    const made = (await registry.listPackages()).at(-1)!;
    expect((failure as Error).message).toContain(made.id);
  } finally {
    await registry.close();
  }
});

test('neither a lock nor an unfinished index remains', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(readdirSync(join(root, 'output/archives')).toSorted()).toEqual(['.gitattributes', '.store', 'index.yaml']);
});

test.each([-120_000, 3_600_000])('the lock of a dead process is taken over (clock off by %i ms)', async (ms) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const lock = join(root, 'output/archives/.index.yaml.lock');
  writeFileSync(lock, '');
  utimesSync(lock, new Date(Date.now() + ms), new Date(Date.now() + ms));
  const { record } = await archiveInfospace(root);
  expect((await listArchives(root)).at(-1)).toEqual(record);
  expect(readdirSync(join(root, 'output/archives')).toSorted()).toEqual(['.gitattributes', '.store', 'index.yaml']);
});

test('a held lock is awaited', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const lock = join(root, 'output/archives/.index.yaml.lock');
  writeFileSync(lock, '');
  let done = false;
  const archiving = archiveInfospace(root).finally(() => {
    done = true;
  });
  const registry = await openRegistry(root, {}, 'read');
  try {
    // The index is written right after the package becomes visible.
    while (!done && (await registry.listPackages()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    await registry.close();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toBe(false);
  expect(existsSync(lock)).toBe(true);
  expect(await listArchives(root)).toHaveLength(1);
  unlinkSync(lock);
  await archiving;
  expect(await listArchives(root)).toHaveLength(2);
});

test('archives of one infospace at the same time all succeed and are all in the index', async () => {
  const root = sampleInfospace();
  const archive = async (n: number) => {
    const args = [cliFile, 'archive', root, '--note', `run ${n}`, '--quiet'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return new Promise((resolve) => child.on('close', resolve));
  };
  expect(await Promise.all([1, 2, 3, 4].map(archive))).toEqual([0, 0, 0, 0]);
  const records = await listArchives(root);
  expect(records.map(({ note }) => note).toSorted()).toEqual(['run 1', 'run 2', 'run 3', 'run 4']);
  const registry = await openRegistry(root, {}, 'read');
  try {
    const packages = await registry.listPackages();
    expect(packages.map(({ id }) => id).toSorted()).toEqual(records.map(({ package_id }) => package_id).toSorted());
    expect(new Set(packages.map(({ contentDigest }) => contentDigest)).size).toBe(1);
    for await (const { damage } of registry.verifyPackages(packages.map(({ id }) => id))) expect(damage).toEqual([]);
    await registry.verifyEvents();
  } finally {
    await registry.close();
  }
});

describe('listing', () => {
  test('is empty before the first archive', async () => {
    expect(await listArchives(sampleInfospace())).toEqual([]);
  });

  test('has the records of other tools, with missing or additional fields', async () => {
    const root = sampleInfospace({ 'output/archives/index.yaml': BY_OTHERS });
    expect(await listArchives(root)).toEqual([{ ...record, 'reviewed-by': { name: 'Ada', on: '2023-07-02' } }]);
  });

  test('is sorted from oldest to newest, whatever the store contains', async () => {
    const root = sampleInfospace();
    const made = [await archiveInfospace(root), await archiveInfospace(root, { note: 'second' })];
    writeTree(root, { 'output/archives/.store/registry.sqlite3': 'gone' });
    expect(await listArchives(root)).toEqual(made.map(({ record }) => record));
  });

  test('of a missing folder is an error', async () => {
    await expect(listArchives('/nowhere/at/all')).rejects.toEqual(refusal('NOT_FOUND', '/nowhere/at/all'));
  });
});

describe('a long index', () => {
  /** Two hundred records without a pin of this store, and one with it. */
  async function long(): Promise<{ root: string; id: string }> {
    const root = sampleInfospace();
    const { record: own } = await archiveInfospace(root);
    const others = Array.from({ length: 200 }, (_, i) => ({
      ...record,
      package_id: `${'0'.repeat(28)}${10_000_000 + i}`,
    }));
    const lines = [...others, own].map((each) => `- ${JSON.stringify({ ...each, filler: 'x'.repeat(300) })}\n`);
    writeFileSync(indexFile(root), `# of many years\n${lines.join('')}`);
    return { root, id: own.package_id };
  }

  test('is read only at its end, unless all of it is requested', async () => {
    const { root, id } = await long();
    const lines = readFileSync(indexFile(root), 'utf8').split('\n');
    lines[50] = '- {broken';
    writeFileSync(indexFile(root), lines.join('\n'));
    const registry = await openRegistry(root, {}, 'read');
    expect(await findPackage('latest', registry, { root })).toMatchObject({ id });
    await registry.close();
    const { record: added } = await archiveInfospace(root);
    const text = readFileSync(indexFile(root), 'utf8');
    expect(text.startsWith(lines.join('\n'))).toBe(true);
    expect(JSON.parse(text.slice(lines.join('\n').length + 2))).toEqual(added);
    await expect(listArchives(root)).rejects.toEqual(refusal('CONFIG_INVALID', 'is broken'));
  });

  test('still shows that the store is an older copy of itself', async () => {
    const { root } = await long();
    const text = readFileSync(indexFile(root), 'utf8');
    writeFileSync(indexFile(root), text.replace(/"segment":\d+/, '"segment":99'));
    await expect(openRegistry(root, {}, 'read')).rejects.toEqual(refusal('INTEGRITY', '99'));
  });

  test('lists a package once, even when it is imported again', async () => {
    const { root, id } = await long();
    const bag = join(root, '../bag.tar.zst');
    await exportPackage(id, { from: root, to: bag });
    await importBag(bag, { from: root });
    const listed = await listArchives(root);
    expect(listed).toHaveLength(201);
    expect(listed.filter(({ package_id }) => package_id === id)).toHaveLength(1);
  });

  test('is read in pieces, and lists a package once where a piece ends within its id', async () => {
    const { root, id } = await long();
    const text = readFileSync(indexFile(root), 'utf8');
    const pieceBytes = 256 * 1024;
    const place = Buffer.byteLength(text.slice(0, text.indexOf(id)));
    const longer = `# ${'x'.repeat(pieceBytes - place - 10 - '# \n'.length)}\n${text}`;
    expect(longer.indexOf(id)).toBe(pieceBytes - 10);
    writeFileSync(indexFile(root), longer);
    const bag = join(root, '../bag.tar.zst');
    await exportPackage(id, { from: root, to: bag });
    await importBag(bag, { from: root });
    expect(readFileSync(indexFile(root), 'utf8')).toBe(longer);
    await archiveInfospace(root);
    expect(readFileSync(indexFile(root), 'utf8').startsWith(longer)).toBe(true);
    expect(await listArchives(root)).toHaveLength(202);
  });

  test('keeps its line ends', async () => {
    const { root } = await long();
    const text = readFileSync(indexFile(root), 'utf8').replaceAll('\n', '\r\n');
    writeFileSync(indexFile(root), text);
    await archiveInfospace(root);
    expect(readFileSync(indexFile(root), 'utf8')).toMatch(/^[^\n]*(?:\r\n[^\n]*)*\r\n$/);
    expect(await listArchives(root)).toHaveLength(202);
  });

  /** Read in pieces; a note may have lines that look like records. */
  const inYaml = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const id = `other-${10_000_000 + from + i}`;
      return `${BY_OTHERS.slice(BY_OTHERS.indexOf('- ')).replaceAll(record.package_id, id)}  said: |\n    ${'x'.repeat(300)}\n    - package_id: none\n`;
    }).join('');
  const listed = (text: string) => listArchives(sampleInfospace({ 'output/archives/index.yaml': text }));

  test('in the layout of other tools has all records, each once', async () => {
    const records = await listed(`# many\n${inYaml(0, 600)}${inYaml(300, 600)}`);
    expect(records.map(({ package_id }) => Number(package_id.slice(-8)))).toEqual(
      Array.from({ length: 900 }, (_, i) => 10_000_000 + i),
    );
    expect(records.at(-1)).toMatchObject({
      ...record,
      package_id: expect.anything(),
      said: expect.stringMatching(/- pac/),
    });
  });

  test('has the records of both sides of a merge', async () => {
    const text = `${inYaml(0, 600)}<<<<<<< ours\n${inYaml(600, 1)}=======\n${inYaml(601, 1)}>>>>>>> theirs\n`;
    expect(await listed(text)).toHaveLength(602);
  });

  test.each([
    ['a value that does not end', '- "open\n', 'is broken'],
    ['something else than a record', '- text\n', 'its entry 601 is not an archive record'],
    ['a second document', '---\n- {}\n', 'more than one document'],
    ['a reference to another record', '- *other\n', 'is broken'],
  ])('that ends with %s is broken', async (_, end, message) => {
    await expect(listed(`${inYaml(0, 600)}${end}`)).rejects.toEqual(refusal('CONFIG_INVALID', message));
  });
});
