import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, planRestore, type RestoreOptions, restoreArchive } from '../../src/index.ts';
import { run } from '../cli/fixtures.ts';
import { contentOf, damagePacks, refusal, sampleInfospace, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

/** Files of the target whose content must stay. Their times show whether they were rewritten. */
const LONG_AGO = new Date('2001-01-01');

let root: string;
beforeAll(async () => {
  root = sampleInfospace();
  await archiveInfospace(root);
});

/** A restored target after one file was changed, one removed, and others added. */
async function editedTarget(): Promise<string> {
  const target = join(temporaryFolder(), 'edited');
  await restoreArchive('latest', { target, from: root });
  utimesSync(join(target, 'workflows/run.sh'), LONG_AGO, LONG_AGO);
  writeFileSync(join(target, 'output/result.json'), '{"ok":"no"}');
  rmSync(join(target, 'artifacts/overview.md'));
  return writeTree(target, {
    'mine/a/b': 'b',
    'artifacts/mine': 'x',
    'mine/empty/': null,
    '.git/HEAD': 'ref',
    'reports/pending/x': 'x',
  });
}

const changesOf = async (target: string, options: Partial<RestoreOptions> = {}) =>
  (await planRestore('latest', { target, from: root, ...options })).changes;

test('a plan lists what would be created, replaced, removed and kept, and changes nothing', async () => {
  const target = await editedTarget();
  const before = treeOf(target);
  const mine = ['artifacts/mine', 'mine/a/b', 'mine/empty', 'reports/pending/x'];
  expect(await changesOf(target)).toMatchObject({
    made: ['artifacts/overview.md'],
    replaced: ['output/result.json'],
    removed: [],
    left: expect.arrayContaining(['.git/HEAD', ...mine]),
  });
  expect((await changesOf(target, { delete: true })).removed.toSorted()).toEqual(mine);
  expect((await changesOf(target, { delete: true, include: ['artifacts'] })).removed).toEqual(['artifacts/mine']);
  expect(
    await changesOf(target, { delete: true, include: ['artifacts', 'output'], exclude: ['*.md', 'mine'] }),
  ).toMatchObject({
    made: [],
    replaced: ['output/result.json'],
    removed: [],
  });
  expect((await changesOf(target, { overwrite: 'never' })).replaced).toEqual([]);
  expect((await changesOf(target, { overwrite: 'always' })).unchanged).toEqual([]);
  expect(treeOf(target)).toEqual(before);
});

test('equal files are not rewritten, unless with always', async () => {
  const target = await editedTarget();
  const time = () => statSync(join(target, 'workflows/run.sh')).mtime.getFullYear();
  const { fileCount, changes } = await restoreArchive('latest', { target, from: root, force: true });
  expect(treeOf(target)).toMatchObject(contentOf(root));
  expect({ fileCount, unchanged: changes.unchanged.length, year: time() }).toEqual({
    fileCount: 9,
    unchanged: 7,
    year: 2001,
  });
  await restoreArchive('latest', { target, from: root, force: true, overwrite: 'always' });
  expect(time()).not.toBe(2001);
});

test('overwrite never creates missing files and keeps all others, and needs no force', async () => {
  const target = await editedTarget();
  const before = treeOf(target);
  const { fileCount } = await restoreArchive('latest', { target, from: root, overwrite: 'never' });
  expect(treeOf(target)).toEqual({ ...before, 'artifacts/overview.md': contentOf(root)['artifacts/overview.md'] });
  expect(fileCount).toBe(1);
  const refused = expect(restoreArchive('latest', { target, from: root, overwrite: 'never', delete: true })).rejects;
  await refused.toEqual(refusal('TARGET_REFUSED', '--force', '--dry-run'));
});

test('delete keeps the files of the package, and those of git', async () => {
  const target = await editedTarget();
  await restoreArchive('latest', { target, from: root, force: true, delete: true });
  expect(treeOf(target, (path) => path.startsWith('.git'))).toEqual(contentOf(root));
  expect(treeOf(target)).toHaveProperty(['.git/HEAD']);
});

test('delete in an infospace removes only what an archive would contain, and no store', async () => {
  const space = sampleInfospace({ 'README.md': 'mine', '.infospaceignore': '*.log\n', 'output/a.log': 'log' });
  await archiveInfospace(space);
  writeTree(space, { 'output/new': 'x' });
  const kept = treeOf(space, (path) => path === 'output/new');
  await restoreArchive('latest', { target: space, from: space, force: true, delete: true });
  expect(treeOf(space)).toEqual(kept);
});

test('files to remove are unchanged when the restore fails', async () => {
  const space = sampleInfospace();
  await archiveInfospace(space);
  const target = writeTree(temporaryFolder(), { 'artifacts/mine': 'x', 'mine/a': 'a' });
  damagePacks(space);
  const before = treeOf(target);
  const options = { target, from: space, force: true, delete: true };
  await expect(restoreArchive('latest', options)).rejects.toEqual(refusal('INTEGRITY'));
  expect(treeOf(target)).toEqual(before);
});

test('files to remove are unchanged when a move fails', async () => {
  const target = await editedTarget();
  rmSync(join(target, 'output/result.json'));
  mkdirSync(join(target, 'output/result.json'));
  const before = treeOf(target);
  const options = { target, from: root, force: true, delete: true };
  await expect(restoreArchive('latest', options)).rejects.toEqual(refusal('TARGET_REFUSED', 'result.json'));
  expect(treeOf(target)).toEqual(before);
});

test('the command line lists losses beforehand, and accepts paths', async () => {
  const target = await editedTarget();
  const restore = (...args: string[]) => run(['restore', 'latest', '--from', root, '-t', target, ...args]);
  const { stdout } = await restore('-n', '--', 'output', 'artifacts/*.md');
  expect(stdout).toMatch(/^make {5}artifacts\/overview\.md\nreplace {2}output\/result\.json\nleave/);
  expect(JSON.parse((await restore('--dry-run', '--json')).stdout)).toMatchObject({
    dry_run: true,
    replaced: ['output/result.json'],
  });
  const output = await restore('--force', '--delete', 'output/result.json', 'mine');
  expect(output).toMatchObject({ code: 5, stderr: expect.stringContaining('"mine"') });
  expect((await restore('--force', 'output/result.json')).stdout).toMatch(
    /^Replacing 1 entry of the target:\n {2}output\/result\.json\nRestored /,
  );
  expect((await restore('--overwrite', 'never', '--json')).stdout).toContain('"made": [\n    "artifacts/overview.md"');
});
