import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { archiveInfospace, restoreArchive } from '../../src/index.ts';
import { contentOf, packFiles, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

const STORE = 'output/archives/.store';

test('store rebuild makes a lost registry anew, and says so', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const listed = await runJson(['list', root]);
  rmSync(join(root, STORE, 'registry.sqlite3'));
  const refused = await runProcess(['archive', root]);
  expect(refused).toEqual(failure(1, 'lost', 'infospace-archive store rebuild'));
  expect(await runProcess(['store', 'rebuild', '--from', root])).toEqual({
    code: 0,
    stdout: '  events  4 events\n  holds   1 package in 1 pack\n',
    stderr: '',
  });
  expect(await runJson(['list', root])).toEqual(listed);
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive(record.package_id, { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
  expect(await runProcess(['store', 'rebuild', '--from', root])).toEqual(
    failure(1, '4 events', 'move', 'registry.sqlite3'),
  );
});

test('store rebuild names what it cannot read, and exits with 4', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  rmSync(join(root, STORE, 'registry.sqlite3'));
  for (const pack of packFiles(root)) rmSync(pack);
  const { code, stdout } = await run(['store', 'rebuild', '--from', root, '--json']);
  expect(code).toBe(4);
  expect(JSON.parse(stdout)).toEqual({
    events: 4,
    packages: 1,
    packs: 0,
    unreadable: [{ storage_key: expect.stringContaining('packs/'), message: expect.stringContaining('missing') }],
  });
});

test('store rebuild finds nothing where nothing was archived', async () => {
  const root = sampleInfospace();
  expect(await run(['store', 'rebuild', '--from', root])).toEqual(failure(5, 'no event log'));
  expect(treeOf(root)).not.toHaveProperty(`${STORE}/`);
});

test('store check --deep compares everything, and exits with 1 when it does not agree', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const sound = await runProcess(['store', 'check', '--deep', '--from', root]);
  expect(sound).toMatchObject({ code: 0, stderr: '' });
  for (const what of ['event log', 'event mirror', 'views', 'packs', 'contents', 'packages', 'objects']) {
    expect(sound.stdout).toMatch(new RegExp(`^ok +${what} `, 'm'));
  }
  const database = new SQLite(join(root, STORE, 'registry.sqlite3'));
  database.exec("update events set actor = 'somebody else' where sequence = 2");
  database.close();
  const changed = await runProcess(['store', 'check', '--deep', '--from', root]);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(/^failed +event log .*sequence 2;/m);
  expect(await runProcess(['store', 'check', '--from', root])).toMatchObject({ code: 1 });
});

test('store repair says what it did, and exits with 4 while files are hurt', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const repair = ['store', 'repair', '--from', root];
  expect(await runProcess(repair)).toEqual({ code: 0, stdout: 'nothing to put right\n', stderr: '' });
  const events = join(root, STORE, 'storage/events');
  for (const name of readdirSync(events)) rmSync(join(events, name));
  expect(await runProcess(repair)).toEqual({ code: 0, stdout: 'mirrored events 1 to 4\n', stderr: '' });
  for (const pack of packFiles(root)) rmSync(pack);
  const hurt = await runProcess(repair);
  expect(hurt).toMatchObject({ code: 4, stderr: '' });
  expect(hurt.stdout).toMatch(/^dropped "packs\//);
  expect(hurt.stdout).toMatch(new RegExp(`^${record.package_id}: .*"output/result.json".*archive it again`, 'm'));
  const json = await runProcess([...repair, '--json']);
  expect(json.code).toBe(4);
  expect(JSON.parse(json.stdout)).toMatchObject({
    mirrored: [],
    dropped_packs: [],
    added_packs: [],
    found_contents: 0,
    hurt: expect.arrayContaining([
      { package_id: record.package_id, path: 'output/result.json', message: expect.stringContaining('missing') },
    ]),
  });
  expect((await runProcess(['archive', root])).code).toBe(0);
  expect(await runProcess(repair)).toEqual({ code: 0, stdout: 'nothing to put right\n', stderr: '' });
});

/** Seen to leave folders, a registry or a store. */
test.each<[what: string, args: string[], change: ((root: string) => void) | undefined]>([
  ['a check', ['store', 'check'], undefined],
  ['a name that no package holds', ['archive'], (root) => writeFileSync(join(root, 'output/aux.txt'), '')],
  ['a link that leads out', ['archive'], (root) => symlinkSync('/etc/passwd', join(root, 'output/out'))],
  ['a note that is too long', ['archive', '--note', 'x'.repeat(100_000), '--subject', 'x'.repeat(2000)], undefined],
])('%s makes no store where there is none', async (_, args, change) => {
  const root = sampleInfospace();
  change?.(root);
  const before = treeOf(root);
  const place = args[0] === 'archive' ? [root] : ['--from', root];
  expect((await run([...args, ...place])).code).not.toBe(0);
  expect(treeOf(root)).toEqual(before);
});
