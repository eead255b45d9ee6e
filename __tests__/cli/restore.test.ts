import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { contentOf, damagePacks, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

test('restore lists where everything went, and uses the working folder as infospace', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const target = join(temporaryFolder(), 'restored');
  const { code, stdout, stderr } = await runProcess(['restore', 'latest', '--target', target], {}, root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`Restored guide (${record.package_id}) to ${target}: 9 entries, 84 B, all checked.\n`);
  expect(treeOf(target)).toEqual(contentOf(root));
});

test('restore --json, with all options', async () => {
  const [root, store] = [sampleInfospace(), temporaryFolder()];
  const { record } = await archiveInfospace(root, { storeRoot: store });
  const target = writeTree(temporaryFolder(), { 'mine.txt': '', 'output/result.json': 'old' });
  const where = ['--from', root, '--store-root', store, '--target', target, '--subject', 'guide'];
  const output = await runJson([
    'restore',
    'latest',
    ...where,
    '--include',
    'output',
    '--include',
    '*.yaml',
    '--force',
  ]);
  expect(output).toEqual({
    package_id: record.package_id,
    manifest_digest: record.manifest_digest,
    content_digest: record.content_digest,
    target,
    file_count: 3,
    total_bytes: 40,
  });
  const files = ['infospace.yaml', 'mine.txt', 'output/', 'output/empty.txt', 'output/result.json'];
  expect(Object.keys(treeOf(target)).toSorted()).toEqual(files);
});

test('the exit code of restore says what is wrong: 3 refused, 4 damaged, 5 not found, 2 wrong usage', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const full = writeTree(temporaryFolder(), { mine: '' });
  const empty = temporaryFolder();
  const restore = (reference: string, target: string) =>
    runProcess(['restore', reference, '--from', root, '--target', target]);
  expect(await restore('latest', full)).toEqual(failure(3, full, '--force'));
  expect(await restore('01890a5d-ac96-774b-bcce-b302099a8057', empty)).toEqual(failure(5, '01890a5d'));
  expect(await restore('new est', empty)).toEqual(failure(2, '"new est"'));
  damagePacks(root);
  expect(await restore('latest', empty)).toEqual(failure(4, 'damaged'));
  expect(treeOf(full)).toEqual(treeOf(writeTree(temporaryFolder(), { mine: '' })));
  expect(treeOf(empty)).toEqual({});
});

test('restore without a target is wrong usage', async () => {
  const { code, stderr } = await run(['restore', 'latest']);
  expect(code).toBe(2);
  expect(stderr).toContain('--target');
});
