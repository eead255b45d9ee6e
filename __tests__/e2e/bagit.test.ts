import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { archiveInfospace, exportPackage, importBag } from '../../src/index.ts';
import { MADE_BAGS } from '../artifact-store/bag/made-bags.ts';
import { runProcess } from '../cli/fixtures.ts';
import {
  contentOf,
  noise,
  refusal,
  repository,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';
import { execute } from './fixtures.ts';

/** The reference implementation, by the Library of Congress. */
const BAGIT = 'bagit==1.9.0';

/** The folder of a virtual environment; undefined where Python cannot make one or reach the index. */
async function pythonWithBagit(): Promise<string | undefined> {
  const folder = join(repository, 'node_modules/.cache', BAGIT);
  const python = join(folder, 'bin/python');
  if (existsSync(join(folder, 'installed'))) return python;
  try {
    await execute('python3', ['-m', 'venv', '--clear', folder]);
    await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', BAGIT]);
    writeFileSync(join(folder, 'installed'), '');
    return python;
  } catch (error) {
    process.stderr.write(`skipped: Python cannot install ${BAGIT}: ${String(error).split('\n', 1)[0]}\n`);
    return undefined;
  }
}

const python = await pythonWithBagit();
const withPython = python === undefined ? test.skip : test;
const bagit = (...args: string[]) => execute(python!, ['-m', 'bagit', '--quiet', ...args]);

const EXTRA = {
  'output/big.bin': noise(3_000_000),
  'output/two\nlines.txt': 'lines',
  'output/dangling': { link: 'nowhere' },
  'output/reports': { link: '../reports' },
  'output/grün.txt': 'composed',
};

withPython('bagit.py accepts a package, from a folder and from a file, and finds changes', async () => {
  const root = sampleInfospace(EXTRA);
  await archiveInfospace(root, { note: 'first\nsecond', provenance: { repository: 'https://example.org/guide' } });
  const place = temporaryFolder();
  const [folder, file] = [join(place, 'bag'), join(place, 'bag.tar.zst')];
  const { id } = await exportPackage('latest', { from: root, to: folder });
  await bagit('--validate', folder);
  await exportPackage('latest', { from: root, to: file });
  writeFileSync(join(place, 'bag.tar'), zstdDecompressSync(readFileSync(file)));
  await execute('tar', ['-xf', 'bag.tar'], { cwd: place });
  expect(treeOf(join(place, id))).toEqual(treeOf(folder));
  await bagit('--validate', join(place, id));
  writeFileSync(join(folder, 'data/output/result.json'), '{"ok":fals}\n');
  await expect(bagit('--validate', folder)).rejects.toThrow('data/output/result.json');
});

withPython.each([[['--sha256', '--sha512']], [['--md5']]])(
  'a bag of bagit.py with %s is imported',
  async (algorithms) => {
    const folder = writeTree(join(temporaryFolder(), 'survey'), {
      'notes/100%.txt': 'percent',
      'notes/two\nlines.txt': 'lines',
      'notes/grün.txt': 'umlaut',
      'empty.txt': '',
      'data/big.bin': noise(3_000_000),
      'run.sh': { script: '#!/bin/sh\n' },
      'latest.txt': { link: 'notes/grün.txt' },
    });
    mkdirSync(join(folder, 'none'));
    const before = treeOf(folder);
    await bagit(...algorithms, '--source-organization', 'The Library', '--external-identifier', 'Survey 7', folder);
    const store = join(temporaryFolder(), 'store');
    const { package: made } = await importBag(folder, { storeRoot: store });
    expect(made).toMatchObject({ subject: 'survey-7', producer: 'The Library', isNew: true });
    const target = join(temporaryFolder(), 'back');
    const args = ['restore', made.id, '--store-root', store, '--target', target, '--quiet'];
    expect(await runProcess(args)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(treeOf(target)).toEqual(before);
    const tar = join(temporaryFolder(), 'survey.tar.gz');
    await execute('tar', ['-czf', tar, '-C', join(folder, '..'), 'survey']);
    const packed = await importBag(tar, { storeRoot: store });
    expect(packed.package).toMatchObject({ contentDigest: made.contentDigest, storedBytes: expect.any(Number) });
    expect(packed.package.storedBytes).toBeLessThan(5_000);
    writeFileSync(join(folder, 'data/empty.txt'), 'x');
    await expect(importBag(folder, { storeRoot: store })).rejects.toEqual(refusal('INTEGRITY', 'data/empty.txt'));
  },
);

withPython('export, import and export again give the same bytes, which a validator accepts', async () => {
  const root = sampleInfospace(EXTRA);
  await archiveInfospace(root);
  const place = temporaryFolder();
  const [first, second] = [join(place, 'first.tar.zst'), join(place, 'second.tar.zst')];
  const { id } = await exportPackage('latest', { from: root, to: first });
  const storeRoot = join(place, 'store');
  await importBag(first, { storeRoot });
  await exportPackage(id, { storeRoot, to: second });
  expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
  const folder = join(place, 'bag');
  await exportPackage(id, { storeRoot, to: folder });
  await bagit('--validate', folder);
  const target = join(place, 'back');
  await runProcess(['restore', id, '--store-root', storeRoot, '--target', target]);
  expect(treeOf(target)).toEqual(contentOf(root));
});

/** Prints for each folder whether it is valid. */
const VERDICTS = `
import bagit, logging, sys
logging.disable(logging.CRITICAL)
for folder in sys.stdin.read().splitlines():
    try:
        print(bagit.Bag(folder).validate())
    except Exception:
        print(False)
`;

withPython('bagit.py says of the made bags what is recorded', async () => {
  const place = temporaryFolder();
  const made = MADE_BAGS.flatMap(({ name, bags, takers }) =>
    bags.map(([version, tree]) => ({ name, version, tree, isTaken: takers.includes('bagit.py') })),
  );
  const folders = made.map(({ tree }, i) => writeTree(join(place, String(i)), tree));
  const output = execFileSync(python!, ['-W', 'ignore', '-c', VERDICTS], {
    input: folders.join('\n'),
    encoding: 'utf8',
  });
  const said = output.trimEnd().split('\n');
  expect(said).toHaveLength(made.length);
  const others = made.filter(({ isTaken }, i) => said[i] !== (isTaken ? 'True' : 'False'));
  expect(others.map(({ name, version }) => `${version}: ${name}`)).toEqual([]);
});
