import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { archiveInfospace, openRegistry, restoreArchive } from '../../src/index.ts';
import { contentOf, packFiles, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

const STORE = 'output/archives/.store';

test('store rebuild rebuilds the registry, and says so', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const listed = await runJson(['list', root, '--with-retention']);
  const registry = join(root, STORE, 'registry.sqlite3');
  for (const harm of [() => rmSync(registry), () => writeFileSync(registry, ''), () => undefined]) {
    harm();
    expect(await run(['store', 'rebuild', '--from', root])).toEqual({
      code: 0,
      stdout: '  events    4 events\n  packages  1 package in 1 pack\n',
      stderr: '',
    });
    expect(await runJson(['list', root, '--with-retention'])).toEqual(listed);
  }
  expect(await runJson(['store', 'rebuild', '--from', root])).toEqual({ events: 4, packages: 1, packs: 1 });
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive(record.package_id, { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
});

test('a lost registry is rebuilt by the next archive', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  rmSync(join(root, STORE, 'registry.sqlite3'));
  expect(await run(['archive', root, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
  expect(await run(['verify', '--all', '--from', root])).toMatchObject({ code: 0 });
  expect(await run(['show', record.package_id, '--from', root])).toMatchObject({ code: 0 });
});

test('store rebuild --head refuses a log without that segment', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  await run(['hold', 'apply', record.package_id, '--reason', 'audit', '--from', root]);
  const registry = await openRegistry(root, {}, 'read');
  const { segment, digest } = await registry.logHead();
  await registry.close();
  const rebuild = (head: string) => run(['store', 'rebuild', '--head', head, '--from', root]);
  for (const head of ['2', `2:${'0'.repeat(64)}`, `:${digest}`, '2:blake3:00']) {
    expect(await rebuild(head)).toEqual(failure(2, `"${head}"`, 'segment'));
  }
  expect(await rebuild(`${segment}:${digest}`)).toMatchObject({ code: 0 });
  const other = `blake3:${'0'.repeat(64)}`;
  expect(await rebuild(`2:${other}`)).toEqual(failure(4, 'Segment 2', digest, other));
  for (const lost of ['checkpoints', 'log/0000000000000002'])
    rmSync(join(root, STORE, 'storage', lost), { recursive: true });
  expect(await rebuild(`${segment}:${digest}`)).toEqual(failure(4, 'ends with segment 1', 'segment 2', digest));
  // The hold is not silently lost either.
  expect(await run(['hold', 'list', '--from', root])).toEqual(failure(4, 'segment 2', 'ends with segment 1'));
});

test('store rebuild finds nothing where nothing was archived', async () => {
  const root = sampleInfospace();
  expect(await run(['store', 'rebuild', '--from', root])).toEqual(failure(5, 'no log'));
  expect(treeOf(root)).not.toHaveProperty(`${STORE}/`);
});

test('store check --deep compares everything, and exits with 1 on a difference', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const sound = await runProcess(['store', 'check', '--deep', '--from', root]);
  expect(sound).toMatchObject({ code: 0, stderr: '' });
  for (const what of ['log', 'registry', 'copies', 'packs', 'contents', 'packages', 'objects']) {
    expect(sound.stdout).toMatch(new RegExp(`^ok +${what} `, 'm'));
  }
  const database = new SQLite(join(root, STORE, 'registry.sqlite3'));
  database.exec("update events set actor = 'somebody else' where sequence = 2");
  database.close();
  const changed = await runProcess(['store', 'check', '--deep', '--from', root]);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(/^failed +log .*sequence 2;/m);
  expect(await runProcess(['store', 'check', '--from', root])).toMatchObject({ code: 1 });
});

test('store repair lists its changes, and exits with 4 while files are damaged', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const repair = ['store', 'repair', '--from', root];
  expect(await runProcess(repair)).toEqual({ code: 0, stdout: 'nothing to repair\n', stderr: '' });
  for (const pack of packFiles(root)) rmSync(pack);
  const hurt = await runProcess(repair);
  expect(hurt).toMatchObject({ code: 4, stderr: '' });
  expect(hurt.stdout).toMatch(/^marked "packs\//);
  expect(hurt.stdout).toMatch(new RegExp(`^${record.package_id}: .*"output/result.json".*archive it again`, 'm'));
  const json = await runProcess([...repair, '--json']);
  expect(json.code).toBe(4);
  expect(JSON.parse(json.stdout)).toMatchObject({
    restored_segments: [],
    restored_copies: [],
    damaged_packs: [],
    healed_packs: [],
    hurt: expect.arrayContaining([
      { package_id: record.package_id, path: 'output/result.json', message: expect.stringContaining('damaged') },
    ]),
  });
  expect((await runProcess(['archive', root])).code).toBe(0);
  expect(await runProcess(repair)).toEqual({ code: 0, stdout: 'nothing to repair\n', stderr: '' });
});

/** Seen to leave folders, a registry or a store behind. */
test.each<[what: string, args: string[], change: ((root: string) => void) | undefined]>([
  ['a check', ['store', 'check'], undefined],
  ['a name that no package holds', ['archive'], (root) => writeFileSync(join(root, 'output/aux.txt'), '')],
  ['a link to the outside', ['archive'], (root) => symlinkSync('/etc/passwd', join(root, 'output/out'))],
  ['a note that is too long', ['archive', '--note', 'x'.repeat(100_000), '--subject', 'x'.repeat(2000)], undefined],
])('%s creates no store where there is none', async (_, args, change) => {
  const root = sampleInfospace();
  change?.(root);
  const before = treeOf(root);
  const place = args[0] === 'archive' ? [root] : ['--from', root];
  expect((await run([...args, ...place])).code).not.toBe(0);
  expect(treeOf(root)).toEqual(before);
});
