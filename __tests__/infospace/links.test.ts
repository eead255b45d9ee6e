import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, planArchive, restoreArchive } from '../../src/index.ts';
import { contentOf, refusal, sampleInfospace, type Tree, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

/** Links as left by git-annex, DVC, or a moved folder. */
const TREE: Tree = {
  'infospace.yaml': 'slug: guide\n',
  'output/a.md': 'a',
  'output/fine': { link: 'a.md' },
  'output/way': { link: '../reports/sub' },
  'reports/sub/b.md': 'b',
  'output/data.bin': { link: '../.git/annex/objects/K9/obj' },
  '.git/annex/objects/K9/obj': 'the real data',
  artifacts: { link: 'real/' },
  'real/c.md': 'c',
  'real/self': { link: '.' },
  'real/other': { link: '../more/d.md' },
  'real/cut.log': 'log',
  'more/d.md': 'd',
  'output/gone': { link: 'nothing' },
};

const space = (extra: Tree = {}) => writeTree(temporaryFolder(), { ...TREE, ...extra });

test('links to targets outside of the archive cause a warning with their names, others do not', async () => {
  const { warnings } = await planArchive(space());
  expect(warnings).toEqual([
    expect.stringMatching(/^Links point to targets that are not archived: "artifacts" \(to "real\/"\), /),
  ]);
  expect(warnings[0]).toContain('"output/data.bin" (to "../.git/annex/objects/K9/obj"), "output/gone" (to "nothing");');
  expect(warnings[0]).not.toMatch(/output\/(fine|way)/);
});

test('they are refused on request, before anything is stored', async () => {
  const root = space();
  const before = treeOf(root);
  const refused = expect(archiveInfospace(root, { links: 'refuse' })).rejects;
  await refused.toEqual(refusal('PATH_INVALID', '"output/data.bin"', '"artifacts"'));
  expect(treeOf(root)).toEqual(before);
  expect((await planArchive(sampleInfospace(), { links: 'refuse' })).warnings).toEqual([]);
});

test('their targets in the infospace are archived in their place on request', async () => {
  const root = space();
  const { warnings } = await archiveInfospace(root, { links: 'follow-inside', exclude: ['*.log'] });
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { target, from: root });
  expect(treeOf(target)).toEqual(
    treeOf(
      writeTree(temporaryFolder(), {
        'infospace.yaml': 'slug: guide\n',
        'output/a.md': 'a',
        'output/fine': { link: 'a.md' },
        'output/way': { link: '../reports/sub' },
        'reports/sub/b.md': 'b',
        'output/data.bin': 'the real data',
        'artifacts/c.md': 'c',
        'artifacts/self': { link: '.' },
        'artifacts/other': 'd',
        'output/gone': { link: 'nothing' },
      }),
    ),
  );
  expect(warnings).toEqual([expect.stringContaining('archived: "output/gone" (to "nothing");')]);
  const again = await archiveInfospace(root, { links: 'follow-inside', exclude: ['*.log'], skipUnchanged: true });
  expect(again.changed).toBe(false);
});

test('an absolute link into the infospace is followed, one to the outside is refused', async () => {
  const root = space();
  writeTree(root, { 'output/abs': { link: join(root, 'more') } });
  expect((await planArchive(root, { links: 'follow-inside' })).paths).toContain('output/abs/d.md');
  writeTree(root, { 'output/out': { link: '/etc/hostname' } });
  const refused = expect(planArchive(root, { links: 'follow-inside' })).rejects;
  await refused.toEqual(refusal('PATH_INVALID', 'output/out'));
});

test('no link into the store is followed', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  writeTree(root, { 'output/store': { link: 'archives/.store' }, 'output/archives-too': { link: 'archives' } });
  const { paths } = await planArchive(root, { links: 'follow-inside' });
  expect(paths.filter((path) => /\.store|storage|index\.yaml|registry/.test(path))).toEqual([]);
});

test('another store among the files is excluded with a warning, unless it is included by name', async () => {
  const root = sampleInfospace();
  const other = join(root, 'exports/old-store');
  await archiveInfospace(sampleInfospace(), { storeRoot: other });
  const { record, warnings } = await archiveInfospace(root);
  expect(warnings).toEqual([expect.stringContaining('"exports/old-store"')]);
  expect(record.file_count).toBe(Object.keys(contentOf(root)).filter((path) => !/\/$|old-store/.test(path)).length + 1);
  const { paths } = await planArchive(root, { include: ['exports/old-store'] });
  expect(paths).toContain('exports/old-store/registry.sqlite3');
});

test('files that only their owner may read cause a warning', async () => {
  const root = sampleInfospace({ 'output/mine': 'x' });
  chmodSync(join(root, 'output/mine'), 0o600);
  expect((await planArchive(root)).warnings).toEqual([expect.stringContaining('"output/mine"')]);
});
