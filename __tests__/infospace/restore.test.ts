import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, restoreArchive } from '../../src/index.ts';
import {
  contentOf,
  damagePacks,
  noise,
  packFiles,
  refusal,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from './fixtures.ts';

function newTarget(): string {
  return join(temporaryFolder(), 'restored');
}

test('restored files equal the archived ones, byte for byte', async () => {
  const root = sampleInfospace({
    'output/large.txt': 'a line of text\n'.repeat(400_000),
    'output/large.bin': noise(5_000_001),
    'output/same.bin': noise(5_000_001),
    'artifacts/a/b/c/deep.md': 'deep',
    'artifacts/same-as-deep.sh': { script: 'deep' },
    ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`reports/${i}.md`, `${i} `.repeat(i * 20)])),
  });
  const { record } = await archiveInfospace(root);
  const target = newTarget();
  const result = await restoreArchive(record.package_id, { target, from: root });
  expect(treeOf(target)).toEqual(contentOf(root));
  expect(result).toMatchObject({ target, fileCount: record.file_count, totalBytes: record.total_bytes });
  expect(result.package).toMatchObject({ id: record.package_id, contentDigest: record.content_digest });
});

test('zeros of a large file take no disk space', async () => {
  const sparse = Buffer.alloc(20_000_000);
  for (const at of [0, 70_000, 9_999_999, 19_000_000]) sparse[at] = 1;
  const root = sampleInfospace({ 'output/sparse': sparse, 'output/zeros': Buffer.alloc(20_000_000) });
  await archiveInfospace(root);
  const target = newTarget();
  await restoreArchive('latest', { target, from: root });
  expect(treeOf(target)).toEqual(contentOf(root));
  for (const name of ['sparse', 'zeros']) {
    expect(statSync(join(target, 'output', name)).blocks * 512).toBeLessThan(1_000_000);
  }
});

describe('a package is found', () => {
  test('by id, manifest digest, as the latest, and as the latest of a subject', async () => {
    const root = sampleInfospace();
    const first = await archiveInfospace(root);
    const before = contentOf(root);
    writeFileSync(join(root, 'output/result.json'), '{"ok":false}\n');
    await archiveInfospace(root);
    const after = contentOf(root);
    writeFileSync(join(root, 'output/result.json'), '{}\n');
    await archiveInfospace(root, { subject: 'other' });
    const newest = contentOf(root);
    const restored = async (reference: string, subject?: string) => {
      const target = newTarget();
      await restoreArchive(reference, { target, from: root, subject });
      return treeOf(target);
    };
    expect(await restored(first.record.package_id)).toEqual(before);
    expect(await restored(first.record.manifest_digest)).toEqual(before);
    // The subject of the infospace.
    expect(await restored('latest')).toEqual(after);
    expect(await restored('latest', 'guide')).toEqual(after);
    expect(await restored('latest', 'other')).toEqual(newest);
    expect(await restored('latest~1')).toEqual(before);
    expect(await restored('latest~1', 'guide')).toEqual(before);
  });

  test.each([
    ['an id the store does not have', '01890a5d-ac96-774b-bcce-b302099a8057', 'NOT_FOUND'],
    ['a digest the store does not have', `blake3:${'0'.repeat(64)}`, 'NOT_FOUND'],
    ['an invalid name', 'v1,2', 'USAGE'],
    ['a label that no package has', 'v1.2', 'NOT_FOUND'],
  ] as const)('%s is refused by name', async (_, reference, code) => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const target = newTarget();
    await expect(restoreArchive(reference, { target, from: root })).rejects.toEqual(refusal(code, reference));
    expect(treeOf(join(target, '..'))).toEqual({});
  });

  test('not in an infospace that was never archived', async () => {
    const root = sampleInfospace();
    const before = treeOf(root);
    const refused = expect(restoreArchive('latest', { target: newTarget(), from: root })).rejects;
    await refused.toEqual(refusal('NOT_FOUND', 'archive'));
    expect(treeOf(root)).toEqual(before);
  });

  test('not for a subject without packages', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const options = { target: newTarget(), from: root, subject: 'nobody' };
    await expect(restoreArchive('latest', options)).rejects.toEqual(refusal('NOT_FOUND', '"nobody"'));
  });
});

describe('include', () => {
  test.each([
    [['artifacts/data'], ['artifacts/', 'artifacts/data/', 'artifacts/data/table.csv']],
    [
      ['reports', 'workflows/run.sh'],
      ['reports/', 'reports/pending/', 'workflows/', 'workflows/run.sh'],
    ],
    [['**/*.md'], ['artifacts/', 'artifacts/latest.md', 'artifacts/overview.md']],
  ])('%j restores only that', async (include, expected) => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const target = newTarget();
    const { fileCount } = await restoreArchive('latest', { target, from: root, include });
    const found = treeOf(target);
    expect(Object.keys(found).toSorted()).toEqual(expected);
    expect(contentOf(root)).toMatchObject(found);
    expect(fileCount).toBe(expected.filter((path) => !path.endsWith('/')).length + (include[0] === 'reports' ? 1 : 0));
  });

  test('a pattern without a match is refused by name, and nothing is restored', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const target = newTarget();
    const refused = expect(restoreArchive('latest', { target, from: root, include: ['output', 'no*such'] })).rejects;
    await refused.toEqual(refusal('NOT_FOUND', 'no*such'));
    expect(treeOf(join(target, '..'))).toEqual({});
  });
});

describe('the target', () => {
  let root: string;
  beforeAll(async () => {
    root = sampleInfospace();
    await archiveInfospace(root);
  });

  test('that is an empty folder is filled and stays the same folder', async () => {
    const target = temporaryFolder();
    const { ino } = statSync(target);
    await restoreArchive('latest', { target, from: root });
    expect(statSync(target).ino).toBe(ino);
    expect(treeOf(target)).toEqual(contentOf(root));
  });

  test('is created with its parents', async () => {
    const target = join(temporaryFolder(), 'a/b/c');
    await restoreArchive('latest', { target, from: root });
    expect(treeOf(target)).toEqual(contentOf(root));
    expect(readdirSync(join(target, '..'))).toEqual(['c']);
  });

  test('left by a killed restore is reported as such, and overwritten with force', async () => {
    const target = writeTree(temporaryFolder(), {
      '.infospace-restore-1234/files/infospace.yaml': 'half',
      'artifacts/': null,
    });
    const refused = expect(restoreArchive('latest', { from: root, target })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', '.infospace-restore-1234', 'interrupted', '--force'));
    await restoreArchive('latest', { from: root, target, force: true });
    expect(treeOf(target)).toMatchObject(contentOf(root));
  });

  test('that is not empty is refused and left unchanged', async () => {
    const target = writeTree(temporaryFolder(), { 'mine.txt': 'mine' });
    const before = treeOf(target);
    const refused = expect(restoreArchive('latest', { target, from: root })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', target, 'not empty', '--force'));
    expect(treeOf(target)).toEqual(before);
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'x')],
    ['a link to a folder', (path: string) => symlinkSync(temporaryFolder(), path)],
    ['a link to nothing', (path: string) => symlinkSync('nothing', path)],
  ])('that is %s is refused, even with force', async (_, make) => {
    for (const force of [false, true]) {
      const folder = temporaryFolder();
      make(join(folder, 'target'));
      const before = treeOf(folder);
      const refused = expect(restoreArchive('latest', { target: join(folder, 'target'), from: root, force })).rejects;
      await refused.toEqual(refusal('TARGET_REFUSED', join(folder, 'target')));
      expect(treeOf(folder)).toEqual(before);
    }
  });

  test('below a file is refused', async () => {
    const folder = writeTree(temporaryFolder(), { file: 'x' });
    const refused = expect(restoreArchive('latest', { target: join(folder, 'file/target'), from: root })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', 'file/target'));
    expect(Object.keys(treeOf(folder))).toEqual(['file']);
  });

  test.each(['', 'storage', 'storage/packs/new', 'x/y'])('inside the store (%j) is refused', async (below) => {
    const store = join(root, 'output/archives/.store');
    const before = treeOf(store);
    const options = { target: join(store, below), from: root, force: true };
    await expect(restoreArchive('latest', options)).rejects.toEqual(refusal('TARGET_REFUSED', 'inside the store'));
    expect(treeOf(store)).toEqual(before);
  });

  test('inside the store, but reached through a link, is refused too', async () => {
    const store = join(root, 'output/archives/.store');
    const before = treeOf(store);
    const way = join(temporaryFolder(), 'way');
    symlinkSync(root, way);
    for (const [from, target] of [
      [root, join(way, 'output/archives/.store/new')],
      [way, join(store, 'new')],
    ] as const) {
      const refused = expect(restoreArchive('latest', { target, from })).rejects;
      await refused.toEqual(refusal('TARGET_REFUSED', 'inside the store'));
    }
    expect(treeOf(store)).toEqual(before);
  });

  test('whose parents were created is removed with them when the restore fails', async () => {
    const damaged = sampleInfospace();
    await archiveInfospace(damaged);
    damagePacks(damaged);
    const folder = temporaryFolder();
    await expect(restoreArchive('latest', { target: join(folder, 'a/b/c'), from: damaged })).rejects.toEqual(
      refusal('INTEGRITY'),
    );
    expect(treeOf(folder)).toEqual({});
  });
});

describe('force', () => {
  async function forced(tree: Parameters<typeof writeTree>[1]): Promise<{ root: string; target: string }> {
    const root = sampleInfospace();
    await archiveInfospace(root);
    return { root, target: writeTree(temporaryFolder(), tree) };
  }

  test('replaces files and links of the package and keeps all others', async () => {
    const { root, target } = await forced({
      'mine.txt': 'mine',
      'artifacts/overview.md': 'old',
      'artifacts/mine/x': 'mine',
      'artifacts/latest.md': 'a file where the package has a link',
      'output/result.json': { link: '../mine.txt' },
      'workflows/run.sh': 'not executable',
      'reports/pending/mine': 'mine',
    });
    const mine = treeOf(target, (path) => /^(artifacts\/(overview|latest)|output|workflows)/.test(path));
    await restoreArchive('latest', { target, from: root, force: true });
    expect(treeOf(target)).toEqual({ ...mine, ...contentOf(root) });
  });

  test.each<[string, Parameters<typeof writeTree>[1]]>([
    ['a folder where the package has a file', { 'output/result.json/x': '' }],
    ['a folder where the package has a link', { 'artifacts/latest.md/': null }],
    ['a file where the package has a folder', { 'artifacts/data': 'x' }],
    ['a file where the package has an empty folder', { 'reports/pending': 'x' }],
  ])('refuses %s and leaves the target unchanged', async (_, tree) => {
    const { root, target } = await forced({ 'artifacts/overview.md': 'old', ...tree });
    const before = treeOf(target);
    const refused = expect(restoreArchive('latest', { target, from: root, force: true })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', Object.keys(tree)[0]!.replace(/\/x?$/, '')));
    expect(treeOf(target)).toEqual(before);
  });

  test('never writes through a link', async () => {
    const outside = writeTree(temporaryFolder(), { 'overview.md': 'outside', 'data/table.csv': 'outside' });
    const { root, target } = await forced({ artifacts: { link: outside } });
    const before = [treeOf(target), treeOf(outside)];
    const refused = expect(restoreArchive('latest', { target, from: root, force: true })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', join(target, 'artifacts'), 'a link'));
    expect([treeOf(target), treeOf(outside)]).toEqual(before);
  });
});

describe('a damaged store', () => {
  test.each<[string, (pack: string) => void]>([
    [
      'a changed byte',
      (pack) =>
        writeFileSync(
          pack,
          readFileSync(pack).map((byte, i) => (i === 32 ? byte ^ 1 : byte)),
        ),
    ],
    ['a pack cut off', (pack) => writeFileSync(pack, readFileSync(pack).subarray(0, 40))],
    ['a missing pack', (pack) => rmSync(pack)],
  ])('(%s) is detected, and the target is unchanged', async (_, harm) => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    packFiles(root).forEach(harm);
    for (const force of [false, true]) {
      const target = force ? writeTree(temporaryFolder(), { 'artifacts/overview.md': 'old' }) : temporaryFolder();
      const before = treeOf(target);
      await expect(restoreArchive('latest', { target, from: root, force })).rejects.toEqual(refusal('INTEGRITY'));
      expect(treeOf(target)).toEqual(before);
    }
  });
});
