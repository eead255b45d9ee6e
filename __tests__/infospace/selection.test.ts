import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stagedBeside } from '../../src/artifact-store/files/staged-names.ts';
import { type ArchiveOptions, archiveInfospace, openRegistry, planArchive } from '../../src/index.ts';
import { indexFile, refusal, sampleInfospace, type Tree, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

async function archivedPaths(root: string, options: ArchiveOptions = {}): Promise<string[]> {
  const { record } = await archiveInfospace(root, options);
  const registry = await openRegistry(root, options, 'read');
  try {
    return (await registry.getManifest(record.package_id)).files.map(({ path }) => path);
  } finally {
    await registry.close();
  }
}

async function plannedPaths(tree: Tree, options: ArchiveOptions = {}): Promise<string[]> {
  return (await planArchive(writeTree(temporaryFolder(), tree), options)).paths.toSorted();
}

describe('never archived', () => {
  test.each([[undefined], [['.']], [['**']], [['output']]])('record keeping, when %j is included', async (include) => {
    const root = sampleInfospace({ 'output/archives/notes.md': 'kept' });
    await archiveInfospace(root, { include });
    writeFileSync(join(root, 'output/archives/.index.yaml.lock'), '');
    for (const name of ['index.yaml', '.gitattributes']) {
      writeFileSync(stagedBeside(join(root, 'output/archives', name)), 'what a killed archive leaves');
    }
    const held = (await planArchive(root, { include })).paths.filter((path) => path.startsWith('output/archives'));
    expect(held).toEqual(['output/archives/notes.md']);
  });

  test('a store elsewhere inside an included folder', async () => {
    const root = sampleInfospace();
    const options = { storeRoot: join(root, 'artifacts/my-store') };
    const first = await archivedPaths(root, options);
    expect(treeOf(options.storeRoot)).toHaveProperty(['registry.sqlite3']);
    expect(await archivedPaths(root, options)).toEqual(first);
  });

  test('an embedded store at a folder set in the environment', async () => {
    const root = sampleInfospace();
    const env = {
      ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(root, 'artifacts/db.sqlite3')}`,
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(root, 'exports/storage'),
    };
    const first = await archivedPaths(root, { env });
    expect(treeOf(root)).toHaveProperty(['artifacts/db.sqlite3']);
    expect(await archivedPaths(root, { env })).toEqual(first);
  });
});

describe('include', () => {
  const tree = {
    'infospace.yaml': '',
    'notes.md': '',
    'output/a.md': '',
    'output/deep/b.md': '',
    'output/deep/c.json': '',
    'output/.hidden/d.md': '',
    'reports/a.md': '',
  };
  test.each([
    [
      undefined,
      [
        'infospace.yaml',
        'output/.hidden/d.md',
        'output/a.md',
        'output/deep/b.md',
        'output/deep/c.json',
        'reports/a.md',
      ],
    ],
    [['output/deep'], ['output/deep/b.md', 'output/deep/c.json']],
    [['./output//deep/'], ['output/deep/b.md', 'output/deep/c.json']],
    [
      ['notes.md', 'reports'],
      ['notes.md', 'reports/a.md'],
    ],
    [['output/*.md'], ['output/a.md']],
    [['output/**/*.md'], ['output/.hidden/d.md', 'output/a.md', 'output/deep/b.md']],
    [['*/a.md'], ['output/a.md', 'reports/a.md']],
    [
      ['/output/[!a]*/', '*.md'],
      ['notes.md', 'output/.hidden/d.md', 'output/deep/b.md', 'output/deep/c.json'],
    ],
    [
      ['output', 'output/deep', 'output/*.md'],
      ['output/.hidden/d.md', 'output/a.md', 'output/deep/b.md', 'output/deep/c.json'],
    ],
    [['.'], Object.keys(tree).toSorted()],
  ])('%j', async (include, expected) => {
    expect(await plannedPaths(tree, { include })).toEqual(expected);
  });

  test('an existing path can be given literally, even if it looks like a glob', async () => {
    const odd = { 'reports/Q1 (final).md': '', 'reports/a[1].md': '', 'reports/a1.md': '', 'reports/{x}.md': '' };
    for (const path of ['reports/Q1 (final).md', 'reports/a[1].md', 'reports/{x}.md']) {
      expect(await plannedPaths(odd, { include: [path] })).toContain(path);
    }
  });

  test.each([['missing.md'], ['reports/*.pdf'], ['nowhere/**']])(
    '%s, matching nothing, is an error that names it',
    async (pattern) => {
      const root = sampleInfospace();
      const before = treeOf(root);
      const refused = expect(archiveInfospace(root, { include: ['output', pattern] })).rejects;
      await refused.toEqual(refusal('NOTHING_TO_ARCHIVE', pattern));
      expect(treeOf(root)).toEqual(before);
    },
  );

  test.each(['../other', 'output/../../other', '/etc', 'C:/x', '..', ''])(
    '"%s" leads outside and is refused',
    async (pattern) => {
      const root = sampleInfospace();
      await expect(archiveInfospace(root, { include: [pattern] })).rejects.toEqual(refusal('USAGE', `"${pattern}"`));
    },
  );

  test('a path through a link is refused, not followed', async () => {
    const root = sampleInfospace({ 'output/secret/key': 'x', 'reports/way': { link: '../output' } });
    const refused = expect(planArchive(root, { include: ['reports/way/secret'] })).rejects;
    await refused.toEqual(refusal('PATH_INVALID', 'reports/way'));
  });

  test('counts the entries at the top that it does not select', async () => {
    const root = sampleInfospace({ 'notes.md': '', 'drafts/a.md': '', 'drafts/b.md': '' });
    expect((await planArchive(root)).leftOut).toEqual({ excluded: 0, notIncluded: 2, special: 0 });
  });
});

describe('exclude', () => {
  const tree = {
    'output/a.log': '',
    'output/keep.log': '',
    'output/a.md': '',
    'output/cache/x': '',
    'output/cache/y': '',
    'reports/cache/z': '',
  };
  test.each([
    [['*.log'], ['output/a.md', 'output/cache/x', 'output/cache/y', 'reports/cache/z'], 2],
    [
      ['*.log', '!keep.log'],
      ['output/a.md', 'output/cache/x', 'output/cache/y', 'output/keep.log', 'reports/cache/z'],
      1,
    ],
    [['cache/'], ['output/a.log', 'output/a.md', 'output/keep.log'], 2],
    [['/output/cache'], ['output/a.log', 'output/a.md', 'output/keep.log', 'reports/cache/z'], 1],
    [['output/*', '!output/a.md'], ['output/a.md', 'reports/cache/z'], 3],
  ])('%j excludes the same files as gitignore', async (exclude, expected, count) => {
    const root = writeTree(temporaryFolder(), tree);
    const { paths, leftOut } = await planArchive(root, { exclude });
    expect(paths.toSorted()).toEqual(expected);
    expect(leftOut.excluded).toBe(count);
  });

  test('.infospaceignore excludes too, and the option takes precedence', async () => {
    const root = writeTree(temporaryFolder(), { ...tree, '.infospaceignore': '# logs\n*.log\ncache/\n' });
    expect((await planArchive(root)).paths).toEqual(['output/a.md']);
    const { paths } = await planArchive(root, { exclude: ['!keep.log'] });
    expect(paths).toEqual(['output/a.md', 'output/keep.log']);
  });

  test('excluded contents are not stored', async () => {
    const root = sampleInfospace({
      'output/secret.bin': Buffer.alloc(100_000, 'secret'),
      '.infospaceignore': '*.bin\n',
    });
    const { record, leftOut, storedBytes } = await archiveInfospace(root);
    expect(leftOut.excluded).toBe(1);
    expect(record.total_bytes).toBeLessThan(1000);
    expect(storedBytes).toBeLessThan(10_000);
    expect(await archivedPaths(root)).not.toContain('output/secret.bin');
  });

  test('patterns are case-sensitive, like those of git on this file system', async () => {
    expect(await plannedPaths({ 'output/Build/a': '', 'output/build/b': '' }, { exclude: ['Build/'] })).toEqual([
      'output/build/b',
    ]);
  });

  test('excluding everything is an error, not an empty package', async () => {
    const refused = expect(archiveInfospace(sampleInfospace(), { exclude: ['*'] })).rejects;
    await refused.toEqual(refusal('NOTHING_TO_ARCHIVE'));
  });
});

test('a pipe is skipped with a warning, and not read', async () => {
  const root = sampleInfospace();
  execFileSync('mkfifo', [join(root, 'output/pipe')]);
  const { leftOut, warnings, record } = await archiveInfospace(root);
  expect(leftOut.special).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('pipes')]);
  expect(record.file_count).toBe((await planArchive(root, { exclude: ['pipe'] })).paths.length);
});

test('a link to the outside of the infospace is refused by name', async () => {
  for (const target of ['../../etc', '/etc/passwd', 'data/../../../x']) {
    const root = sampleInfospace({ 'artifacts/escape': { link: target } });
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('PATH_INVALID', 'artifacts/escape', target));
    expect(treeOf(root)).not.toHaveProperty([indexFile('').slice(1)]);
  }
});
