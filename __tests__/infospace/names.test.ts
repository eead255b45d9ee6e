import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, restoreArchive } from '../../src/index.ts';
import {
  caseInsensitiveFolder,
  contentOf,
  refusal,
  sampleInfospace,
  type Tree,
  temporaryFolder,
  treeOf,
} from './fixtures.ts';

const onlyOnLinux = process.platform === 'linux' ? test : test.skip;

async function roundTrip(root: string, target = join(temporaryFolder(), 'restored')): Promise<void> {
  await archiveInfospace(root);
  await restoreArchive('latest', { target, from: root });
  expect(treeOf(target)).toEqual(contentOf(root));
}

const ODD_NAMES = [
  'a b',
  ' leading and trailing ',
  'single\'double"quote',
  'line\nbreak\r\tand tab',
  'escape\x1b[31m\x7f',
  '😀👩‍👩‍👧.md',
  'back\\slash',
  'a:b|c<d>?*',
  '$(touch x);`y`&',
  '%2e%2e',
  '-rf',
  '#comment',
  '!negated',
  '[brackets]{braces}',
  '...',
  'dot.',
  '~',
  '\u202eright to left',
  '\u2028',
  'replacement \ufffd character',
  '\u{10ffff}\uffff\ue000',
  '__proto__',
  'constructor',
  'x'.repeat(255),
  'ü'.repeat(127),
  '.index.yaml.lock',
  '.infospace-restore-000000000000',
];

onlyOnLinux('names of files, links and folders of every kind are restored unchanged', async () => {
  const tree: Tree = {};
  for (const [i, name] of ODD_NAMES.entries()) {
    tree[`output/files/${name}`] = `${i}`;
    tree[`output/${name}/inside`] = `${i}`;
    tree[`reports/${name}/`] = null;
    tree[`artifacts/links/${name}`] = { link: `../../output/files/${name}` };
  }
  await roundTrip(sampleInfospace(tree));
});

onlyOnLinux('names that differ only in case or normalization stay distinct', async () => {
  await roundTrip(
    sampleInfospace({
      'output/readme.md': '1',
      'output/README.md': '2',
      'output/Readme.md': '3',
      'output/caf\u00e9': '4',
      'output/cafe\u0301': '5',
      'output/straße': '6',
      'output/STRASSE': '7',
      'output/ﬁ': '8',
      'output/fi': '9',
    }),
  );
});

onlyOnLinux('folders that differ only in case stay distinct, with files of the same name in each', async () => {
  await roundTrip(sampleInfospace({ 'output/Data/table.csv': '1', 'output/data/table.csv': '2' }));
});

test('names that the target takes for the same one are refused before anything is written', async () => {
  const folder = caseInsensitiveFolder();
  if (folder === undefined) {
    process.stderr.write('skipped: no case-insensitive file system can be mounted here\n');
    return;
  }
  const root = sampleInfospace({ 'output/readme.md': '1', 'output/README.md': '2' });
  await archiveInfospace(root, { exclude: ['latest.md'] });
  for (const target of [folder, join(folder, 'a/b')]) {
    const refused = expect(restoreArchive('latest', { target, from: root })).rejects;
    await refused.toEqual(refusal('TARGET_REFUSED', 'output/readme.md', 'output/README.md'));
    expect(treeOf(folder)).toEqual({});
  }
  await restoreArchive('latest', { target: folder, from: root, include: ['output/readme.md'] });
  expect(Object.keys(treeOf(folder))).toEqual(['output/', 'output/readme.md']);
});

describe('a name that is not UTF-8', () => {
  const invalid = Buffer.from('caf\xe9-\xff', 'latin1');
  const below = (folder: string) => Buffer.concat([Buffer.from(`${folder}/`), invalid]);

  onlyOnLinux.each<[string, (root: string) => void]>([
    ['of a file', (root) => writeFileSync(below(join(root, 'output')), 'x')],
    ['of a folder', (root) => mkdirSync(below(join(root, 'output')))],
    ['of a link', (root) => symlinkSync('result.json', below(join(root, 'output')))],
  ])('%s is refused, and the error shows its bytes', async (_, make) => {
    const root = sampleInfospace();
    make(root);
    const before = treeOf(root);
    const refused = expect(archiveInfospace(root)).rejects;
    await refused.toEqual(refusal('PATH_INVALID', join(root, 'output'), 'caf\\xe9-\\xff'));
    expect(treeOf(root)).toEqual(before);
  });

  onlyOnLinux('as the target of a link is refused, and the error names the link', async () => {
    const root = sampleInfospace();
    symlinkSync(invalid, join(root, 'output/way'));
    const refused = expect(archiveInfospace(root)).rejects;
    await refused.toEqual(refusal('PATH_INVALID', 'output/way', 'caf\\xe9-\\xff'));
  });

  onlyOnLinux('is allowed outside of the archived files', async () => {
    const root = sampleInfospace({ 'output/cache/x': '' });
    writeFileSync(below(root), 'at the top, outside of the include set');
    writeFileSync(below(join(root, 'output/cache')), 'in an excluded folder');
    const { leftOut } = await archiveInfospace(root, { exclude: ['cache/'] });
    expect(leftOut).toEqual({ excluded: 1, notIncluded: 1, special: 0 });
  });
});

onlyOnLinux.each(['nul', 'CON.txt', 'Lpt1', 'com¹.log', 'aux/file'])(
  'the name %s, reserved by Windows, is refused',
  async (name) => {
    const root = sampleInfospace({ [`output/${name}`]: 'x' });
    const before = contentOf(root);
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('PATH_INVALID', `output/${name}`, 'Windows'));
    expect(contentOf(root)).toEqual(before);
  },
);

test('links keep their targets unchanged, even missing ones', async () => {
  const root = sampleInfospace({
    'artifacts/dangling': { link: 'not/there' },
    'artifacts/odd': { link: './/data/../data/./table.csv' },
    'artifacts/folder': { link: 'data' },
    'artifacts/itself': { link: 'itself' },
    'output/up': { link: '..' },
  });
  const target = join(temporaryFolder(), 'restored');
  await roundTrip(root, target);
  expect(readlinkSync(join(target, 'artifacts/odd'))).toBe('.//data/../data/./table.csv');
});
