import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, exportPackage, listArchives } from '../../src/index.ts';
import {
  contentOf,
  indexFile,
  sampleInfospace,
  type Tree,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';
import { archiveDaysAgo, eventsOf, failure, run, runJson, runProcess, runRefused } from './fixtures.ts';

type Json = Record<string, never>;

/** A package of an infospace, as a bag in a file. */
async function exported(extra: Tree = {}, daysAgo = 0): Promise<{ bag: string; id: string; root: string }> {
  const root = sampleInfospace(extra);
  const { record } = await archiveDaysAgo(daysAgo, root, { note: 'made elsewhere', retentionClass: 'transient' });
  const bag = join(temporaryFolder(), 'guide.tar.zst');
  await exportPackage(record.package_id, { from: root, to: bag });
  return { bag, id: record.package_id, root };
}

/** A bag of other software. */
function foreignBag(files: Record<string, string>, info: string, name = 'Survey 2019'): string {
  const sums = Object.entries(files).map(
    ([path, text]) => `${createHash('sha512').update(text).digest('hex')}  data/${path}\n`,
  );
  return writeTree(join(temporaryFolder(), name), {
    'bagit.txt': 'BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n',
    'bag-info.txt': info,
    'manifest-sha512.txt': sums.join(''),
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`data/${path}`, text])),
  });
}

test('a package is imported unchanged, recorded in its infospace, and only once', async () => {
  const { bag, id, root: origin } = await exported({}, 3);
  const root = sampleInfospace({ 'output/mine.txt': 'mine' });
  const old = (await archiveDaysAgo(9, root)).record;
  const own = (await archiveInfospace(root)).record;
  const told = await run(['import', bag, '--from', root]);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(new RegExp(`^Imported guide\n  package +${id}\n[^]*recorded +in the index of `));
  expect((await listArchives(root)).map(({ package_id }) => package_id)).toEqual([old.package_id, own.package_id, id]);
  const included_paths = ['artifacts', 'exports', 'infospace.yaml', 'output', 'reports', 'workflows'];
  const { log } = (await listArchives(root))[2]!;
  expect(log!.store).toBe(own.log!.store);
  expect((await listArchives(root))[2]).toEqual({ ...(await listArchives(origin))[0], included_paths, log });
  const target = join(temporaryFolder(), 'back');
  expect((await run(['restore', id, '--from', root, '--target', target, '--quiet'])).code).toBe(0);
  expect(treeOf(target)).toEqual(contentOf(origin));
  const events = (await eventsOf(root)).length;
  const index = readFileSync(indexFile(root), 'utf8');
  expect(await runJson(['import', bag, '--from', root])).toMatchObject({
    package_id: id,
    changed: false,
    stored_bytes: 0,
  });
  expect((await run(['import', bag, '--from', root])).stdout).toMatch(
    /^The store already has guide; nothing was added\n/,
  );
  expect((await eventsOf(root)).length).toBe(events);
  expect(readFileSync(indexFile(root), 'utf8')).toBe(index);
  const again = join(temporaryFolder(), 'again.tar.zst');
  await exportPackage(id, { from: root, to: again });
  expect(readFileSync(again).equals(readFileSync(bag))).toBe(true);
});

test('a record that the index lost is added again, and comments are kept', async () => {
  const { bag, id } = await exported({}, 3);
  const root = sampleInfospace();
  await archiveInfospace(root);
  await runProcess(['import', bag, '--from', root]);
  const [own] = await listArchives(root);
  writeFileSync(indexFile(root), `# by hand\n- ${JSON.stringify(own)} # the last one\n`);
  expect((await runProcess(['import', bag, '--from', root])).code).toBe(0);
  expect((await listArchives(root)).map(({ package_id }) => package_id)).toEqual([own!.package_id, id]);
  expect(readFileSync(indexFile(root), 'utf8')).toMatch(/^# by hand\n- .* # the last one\n- /);
});

test('a store elsewhere accepts it without a record, unless an infospace is given', async () => {
  const { bag, id } = await exported();
  const store = join(temporaryFolder(), 'store');
  expect(await runJson(['import', bag, '--store-root', store])).toMatchObject({ package_id: id, index: null });
  const root = sampleInfospace();
  const named = (await runJson(['import', bag, '--store-root', store, '--from', root])) as Json;
  expect(named).toMatchObject({ changed: false, index: root });
  expect((await listArchives(root)).map(({ package_id }) => package_id)).toEqual([id]);
});

test('a bag of other software becomes a new package, described by its bag-info', async () => {
  const info =
    'Source-Organization: The Library\nExternal-Identifier: Survey No. 7\nContact-Name: Ada\nContact-Name: Eve\n';
  const bag = foreignBag({ 'a.txt': 'a', 'b/c.txt': 'c' }, info);
  const root = sampleInfospace();
  const args = ['--retention-class', 'permanent-record', '--note', 'from the shelf', '--actor', 'ada'];
  const made = (await runJson(['import', bag, '--from', root, ...args])) as Json;
  expect(made).toMatchObject({
    subject: 'survey-no-7',
    producer: 'The Library',
    retention_class: 'permanent-record',
    expires_at: null,
    file_count: 2,
    changed: true,
  });
  const manifest = (await runJson(['show', made['package_id']!, '--from', root])) as {
    package: Json;
    provenance: Json;
  };
  expect(manifest.package['metadata']).toEqual({
    'Source-Organization': 'The Library',
    'External-Identifier': 'Survey No. 7',
    'Contact-Name': 'Ada\nEve',
    note: 'from the shelf',
  });
  expect(manifest.provenance).toEqual({ bag: 'Survey 2019' });
  expect((await listArchives(root))[0]).toMatchObject({ note: 'from the shelf', included_paths: ['a.txt', 'b'] });
  expect((await eventsOf(root)).at(-1)).toMatchObject({ event_type: 'v1.package.imported', actor: 'ada' });
  const target = join(temporaryFolder(), 'back');
  await run(['restore', 'latest', '--from', root, '--target', target]);
  expect(treeOf(target)).toEqual(treeOf(join(bag, 'data')));
  const second = (await runJson([
    'import',
    foreignBag({ a: 'a' }, ''),
    '--from',
    root,
    '--subject',
    'x',
    '--producer',
    'y',
  ])) as Json;
  expect(second).toMatchObject({ subject: 'x', producer: 'y', retention_class: 'release-evidence' });
  const third = (await runJson(['import', foreignBag({ a: 'a' }, ''), '--from', root])) as Json;
  expect(third).toMatchObject({ subject: 'survey-2019', producer: 'bagit' });
});

test.each<[what: string, code: number, message: string, make: () => string, args?: string[]]>([
  ['is not there', 5, 'nowhere', () => '/nowhere/at/all'],
  ['is a folder of other things', 4, 'bagit.txt', () => sampleInfospace()],
  ['is not whole', 4, 'data/a', () => writeTree(foreignBag({ a: 'a' }, ''), { 'data/a': 'b' })],
  [
    'has names that some systems treat as the same name',
    1,
    'A.txt',
    () => foreignBag({ 'a.txt': 'a', 'A.txt': 'b' }, ''),
  ],
  [
    'has names in two forms of Unicode',
    1,
    'treat as the same name',
    () => foreignBag({ 'gr\u00fcn': 'a', 'gru\u0308n': 'b' }, ''),
  ],
  ['describes itself without end', 2, 'bag-info.txt', () => foreignBag({ a: 'a' }, `A: ${'x'.repeat(70_000)}\n`)],
  ['is to have an unknown class', 2, 'no-class', () => foreignBag({ a: 'a' }, ''), ['--retention-class', 'no-class']],
])('a bag that %s is refused, and nothing changes', async (_, code, message, make, args = []) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(await runRefused(['import', make(), '--from', root, ...args], root)).toEqual(failure(code, message));
  const other = sampleInfospace();
  await run(['import', make(), '--from', other, ...args]);
  expect(treeOf(other)).not.toHaveProperty(['output/archives/']);
});

test('an exported package keeps its names, and no store is created by mistake', async () => {
  const { bag } = await exported();
  const root = sampleInfospace();
  expect(await runRefused(['import', bag, '--from', root, '--subject', 'mine'], root)).toEqual(failure(2, 'subject'));
  expect(await runRefused(['import', bag], temporaryFolder())).toEqual(failure(5, 'no infospace'));
});

test.each([
  ['text', 'not a bag\n'],
  ['bytes', 'x'.repeat(5000)],
])('a file of %s, which is no bag, is named', async (_, content) => {
  const root = sampleInfospace();
  const file = join(writeTree(temporaryFolder(), { 'notes.txt': content }), 'notes.txt');
  expect(await runRefused(['import', file, '--from', root], root)).toEqual(
    failure(4, `The tar archive ${file} is malformed`),
  );
});

test('an expired package is imported with a warning', async () => {
  const { bag } = await exported({}, 30);
  const { code, stderr } = await run(['import', bag, '--store-root', join(temporaryFolder(), 'store')]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^warning: The package expired at .*\n$/),
  });
});

test('a bag is read from the standard input, without leaving anything behind', async () => {
  const { bag, id } = await exported();
  const root = sampleInfospace();
  const temporary = temporaryFolder();
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  Object.defineProperty(process, 'stdin', { value: createReadStream(bag), configurable: true });
  try {
    const { code, stdout } = await run(['import', '-', '--from', root, '--json'], { TMPDIR: temporary });
    expect({ code, told: JSON.parse(stdout) }).toMatchObject({ code: 0, told: { package_id: id, changed: true } });
  } finally {
    Object.defineProperty(process, 'stdin', stdin);
  }
  expect(treeOf(temporary)).toEqual({});
});
