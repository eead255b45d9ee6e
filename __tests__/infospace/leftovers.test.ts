/**
 * Files left behind by killed processes. Seen to fail without their removal, with a removal that only checks the name, and with
 * one that takes every process for ended.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { newMark } from '../../src/artifact-store/files/process-mark.ts';
import { archiveInfospace, exportPackage, openRegistry, restoreArchive } from '../../src/index.ts';
import { contentOf, noise, refusal, sampleInfospace, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

const library = new URL('../../src/index.ts', import.meta.url).href;
const marks = new URL('../../src/artifact-store/files/process-mark.ts', import.meta.url).href;

function node(script: string, env: Record<string, string> = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], options);
}

let root: string;
/** The mark of a dead process. */
let endedMark: string;
beforeAll(async () => {
  root = sampleInfospace({ 'output/big.bin': noise(3_000_000) });
  await archiveInfospace(root);
  endedMark = node(`import { newMark } from ${JSON.stringify(marks)}; process.stdout.write(newMark())`).stdout;
});

/** Exports or restores in a process that is killed after the first file. */
function killed(verb: 'exportPackage' | 'restoreArchive', options: object): void {
  const { signal } = node(`
    import { ${verb} } from ${JSON.stringify(library)};
    const onProgress = ({ files }) => files > 0 && process.kill(process.pid, 'SIGKILL');
    await ${verb}('latest', { ...${JSON.stringify({ from: root, ...options })}, onProgress });`);
  expect(signal).toBe('SIGKILL');
}

test.each(['bag.tar.zst', 'bag'])('files of a killed export beside %s are removed by the next one', async (name) => {
  const folder = temporaryFolder();
  killed('exportPackage', { to: join(folder, name) });
  expect(readdirSync(folder)).toEqual([expect.stringMatching(`^\\.${name}\\.infospace-`)]);
  await exportPackage('latest', { from: root, to: join(folder, `other-${name}`) });
  expect(readdirSync(folder)).toEqual([`other-${name}`]);
});

test.each([
  ['beside a target that was not there', () => undefined],
  ['in a target that was empty', (target: string) => mkdirSync(target)],
])('files of a killed restore %s are removed by the next one', async (_, prepare) => {
  const folder = temporaryFolder();
  const target = join(folder, 'target');
  prepare(target);
  killed('restoreArchive', { target });
  expect(readdirSync(folder, { recursive: true })).toContainEqual(expect.stringContaining('.infospace-restore-'));
  await restoreArchive('latest', { from: root, target });
  expect(readdirSync(folder)).toEqual(['target']);
  expect(treeOf(target)).toEqual(contentOf(root));
});

test('files that a killed restore was replacing are kept', async () => {
  const target = temporaryFolder();
  const left = `.infospace-restore-${endedMark}`;
  writeTree(target, { [`${left}/files/half`]: 'half', [`${left}/replaced/0`]: 'mine' });
  const refused = expect(restoreArchive('latest', { from: root, target })).rejects;
  await refused.toEqual(refusal('TARGET_REFUSED', left));
  await restoreArchive('latest', { from: root, target, force: true });
  expect(treeOf(join(target, left))).toMatchObject({ 'replaced/0': expect.stringMatching(/^file/) });
  expect(readdirSync(join(target, left))).toEqual(['replaced']);
});

test('files of running processes, and others with similar names, are left alone', async () => {
  const folder = temporaryFolder();
  const elsewhere = newMark().replace(/^[0-9a-f]{12}/, '0'.repeat(12));
  const kept = [
    '.bag.tar.zst.0123456789ab',
    '.notes.infospace-x',
    `.bag.infospace-${newMark()}`,
    `.young.infospace-${elsewhere}`,
    `infospace-${endedMark}`,
  ];
  for (const name of kept) writeFileSync(join(folder, name), '');
  const old = [`.bag.infospace-${endedMark}`, `.old.infospace-${elsewhere}`];
  for (const name of old) writeFileSync(join(folder, name), '');
  const eightDaysAgo = Date.now() / 1000 - 8 * 86_400;
  for (const name of [old[1]!, kept[2]!]) utimesSync(join(folder, name), eightDaysAgo, eightDaysAgo);
  await exportPackage('latest', { from: root, to: join(folder, 'bag') });
  expect(readdirSync(folder).toSorted()).toEqual(['bag', ...kept].toSorted());
});

test('temporary folders of killed processes are removed, and no others', () => {
  const folder = temporaryFolder();
  const kept = [`infospace-bag-${newMark()}`, `infospace-check-${endedMark}`];
  for (const name of [...kept, `infospace-bag-${endedMark}`]) writeTree(folder, { [`${name}/half`]: 'half' });
  const module = new URL('../../src/artifact-store/files/temporary-folder.ts', import.meta.url).href;
  const script = `import { makeTemporaryFolder } from ${JSON.stringify(module)};
    process.stdout.write(await makeTemporaryFolder('bag'));`;
  const made = node(script, { TMPDIR: folder, TEMP: folder }).stdout;
  expect(readdirSync(folder).toSorted()).toEqual([basename(made), ...kept].toSorted());
  if (process.platform !== 'win32') expect(statSync(made).mode & 0o777).toBe(0o700);
});

const rootOnly = process.getuid?.() === 0 ? test : test.skip;
rootOnly('files of another user’s process are left alone', async () => {
  const folder = temporaryFolder();
  const theirs = `.bag.infospace-${endedMark}`;
  writeFileSync(join(folder, theirs), '');
  chownSync(join(folder, theirs), 12_345, 12_345);
  await exportPackage('latest', { from: root, to: join(folder, 'bag') });
  expect(readdirSync(folder).toSorted()).toEqual([theirs, 'bag']);
});

test('two exports into one folder at a time both succeed', async () => {
  const folder = temporaryFolder();
  const registry = await openRegistry(root, {}, 'read');
  try {
    let other: Promise<unknown> | undefined;
    const first = exportPackage('latest', {
      registry,
      from: root,
      to: join(folder, 'a.tar.zst'),
      onProgress: () => {
        other ??= exportPackage('latest', { registry, from: root, to: join(folder, 'b.tar.zst') });
      },
    });
    await first;
    await other;
  } finally {
    await registry.close();
  }
  expect(readdirSync(folder).toSorted()).toEqual(['a.tar.zst', 'b.tar.zst']);
});

test('a process that reuses the id of a dead one is not mistaken for it', async () => {
  const folder = temporaryFolder();
  const [place, , started, random] = newMark().split('-');
  // The first process of a machine or container is running, and started at another time than this one.
  writeFileSync(join(folder, `.bag.infospace-${place}-1-${started}-${random}`), '');
  await exportPackage('latest', { from: root, to: join(folder, 'bag') });
  expect(readdirSync(folder)).toEqual(process.platform === 'linux' ? ['bag'] : expect.arrayContaining(['bag']));
});
