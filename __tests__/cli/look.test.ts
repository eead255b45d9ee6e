import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, findFiles, listFiles, openRegistry, type PackageSummary } from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { failure, run } from './fixtures.ts';

let root: string;
let packages: PackageSummary[];

beforeAll(async () => {
  root = sampleInfospace({
    'output/deep/report.md': 'first\n',
    'output/blank': '',
    'output/run.sh': { script: 'run\n' },
  });
  await archiveInfospace(root);
  await archiveInfospace(root);
  writeFileSync(join(root, 'output/deep/report.md'), 'second\n');
  await archiveInfospace(root);
  rmSync(join(root, 'output/deep'), { recursive: true });
  await archiveInfospace(root);
  await archiveInfospace(root, { subject: 'other' });
  const registry = await openRegistry(root, {}, 'read');
  packages = await registry.listPackages();
  await registry.close();
});

/** Runs outside of any infospace, with only the store configured. */
function runAtStore(...args: string[]) {
  return run(
    [...args, '--subject', 'guide', '--store-root', join(root, 'output/archives/.store')],
    {},
    temporaryFolder(),
  );
}

const short = (i: number) => packages[i]!.id.slice(-8);
const lines = (text: string) => text.trimEnd().split('\n');

describe('ls', () => {
  test('lists paths, and everything below a folder or a pattern', async () => {
    const { code, stdout, stderr } = await runAtStore('ls', 'latest~1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout)).toEqual(
      (await collect(listFiles('latest~1', { from: root }))).map(({ path, kind }) =>
        kind === 'directory' ? `${path}/` : path,
      ),
    );
    expect(lines((await runAtStore('ls', short(2), 'output/deep', 'output/*.sh')).stdout)).toEqual([
      'output/deep/report.md',
      'output/run.sh',
    ]);
  });

  test('--long shows kind, size and digest, which find accepts', async () => {
    const [line = ''] = lines((await runAtStore('ls', 'latest', '-l', 'output/run.sh')).stdout);
    expect(line).toMatch(/^exec +\d+ B {2}[0-9a-f]{12} {2}output\/run\.sh$/);
    const found = await runAtStore('find', `blake3:${line.split(/ +/)[3]}`);
    expect(lines(found.stdout)).toHaveLength(5);
  });

  test('--json prints the entries of the manifest', async () => {
    const listed = JSON.parse((await runAtStore('ls', 'latest', '--json', 'output/*')).stdout) as object[];
    expect(listed).toContainEqual(expect.objectContaining({ path: 'output/run.sh', kind: 'file', executable: true }));
  });

  test('a pattern that matches nothing is an error that names it', async () => {
    expect(await run(['ls', 'latest', 'no*such', '--from', root])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('"no*such"'),
    });
  });
});

describe('cat', () => {
  test.each([
    [['latest~1:output/deep/report.md'], 'second\n'],
    [['latest~1', './output/deep/report.md'], 'second\n'],
    [['latest@{2999-01-01T00:00:00Z}:output/blank'], ''],
    [['latest~1:output/deep/report.md', '--range', '1-3'], 'eco'],
    [['latest~1:output/deep/report.md', '--range', '5-'], 'd\n'],
    [['latest~1:output/deep/report.md', '--range', '100-200'], ''],
  ])('%j writes the bytes', async (args, content) => {
    expect(await runAtStore('cat', ...args)).toEqual({ code: 0, stdout: content, stderr: '' });
  });

  test.each([
    ['latest:output', 'is a folder'],
    ['latest:artifacts/latest.md', 'link'],
    ['latest:output/none', 'not in the package'],
  ])('%s is not a file, and the error says why', async (reference, why) => {
    expect(await run(['cat', reference, '--from', root])).toEqual(failure(5, why));
  });

  test('without a path is wrong usage, and so is an invalid range', async () => {
    expect(await run(['cat', 'latest', '--from', root])).toEqual(failure(2, 'latest:reports/a.md'));
    for (const range of ['-5', '5', '3-1', 'a-b']) {
      expect(await run(['cat', 'latest:output/run.sh', `--range=${range}`, '--from', root])).toEqual(
        failure(2, 'range'),
      );
    }
  });
});

describe('find', () => {
  test('shows the packages with a path, in any folder', async () => {
    const { stdout } = await runAtStore('find', 'report.md');
    expect(lines(stdout).map((line) => [line.slice(0, 8).trim(), line.split(/ {2,}/).at(-1)])).toEqual([
      ['ID', 'PATH'],
      ...[0, 1, 2].map((i) => [short(i), 'output/deep/report.md']),
    ]);
    expect(lines((await runAtStore('find', 'output/**/*.md', '--last', '2')).stdout)).toHaveLength(2);
  });

  test('shows the packages with a content, by either digest', async () => {
    const [entry] = await collect(listFiles(packages[0]!.id, { from: root, paths: ['output/deep'] }));
    if (entry?.kind !== 'file') throw new Error('no file');
    for (const digest of [entry.blake3, entry.sha256]) {
      const found = await collect(findFiles(Buffer.from(digest).toString('hex'), { from: root }));
      expect(found.map(({ package: { id } }) => id)).toEqual([packages[0]!.id, packages[1]!.id]);
    }
    const blank = await collect(listFiles('latest', { from: root, paths: ['output/blank'] }));
    const digest = Buffer.from((blank[0] as typeof entry).blake3).toString('hex');
    expect(await collect(findFiles(`blake3:${digest}`, { from: root }))).toHaveLength(2 * packages.length);
  });

  test('reads no manifest of a package that cannot have the content', async () => {
    const registry = await openRegistry(root, {}, 'read');
    const [entry] = await collect(listFiles(packages[2]!.id, { registry, paths: ['output/deep'] }));
    if (entry?.kind !== 'file') throw new Error('no file');
    expect(await registry.packagesWithContent(Buffer.from(entry.blake3).toString('hex'))).toEqual(
      new Set([packages[2]!.id]),
    );
    await registry.close();
  });

  test('without a match is an error, and so is half a digest', async () => {
    expect(await run(['find', '*.none', '--from', root])).toEqual(failure(5, '*.none'));
    expect(await run(['find', 'blake3:12', '--from', root])).toEqual(failure(2, 'blake3:12'));
    expect(await run(['find', 'x', '--last', '0', '--from', root])).toEqual(failure(2, '"0"'));
  });
});

describe('log', () => {
  test('shows in which packages a file was added, changed or removed', async () => {
    const { code, stdout } = await runAtStore('log', 'output/deep/report.md');
    expect(code).toBe(0);
    expect(lines(stdout).map((line) => [line.slice(0, 8).trim(), line.slice(28, 36).trim()])).toEqual([
      ['ID', 'CHANGE'],
      [short(0), 'added'],
      [short(2), 'changed'],
      [short(3), 'removed'],
    ]);
    const versions = JSON.parse((await runAtStore('log', 'output/deep/report.md', '--json')).stdout) as object[];
    expect(versions.at(-1)).toMatchObject({ package_id: packages[3]!.id, change: 'removed', entry: null });
  });

  test('of a file that never existed is an error', async () => {
    expect(await run(['log', 'output/none', '--from', root])).toEqual(failure(5, 'output/none'));
  });
});

describe('diff', () => {
  const changed = async (...args: string[]) => (await run(['diff', '--name-status', '--from', root, ...args])).stdout;

  test('is limited by paths, on both sides', async () => {
    writeFileSync(join(root, 'output/added'), 'x');
    writeFileSync(join(root, 'output/run.sh'), 'other\n');
    expect(await changed('latest', root, '--', 'output/a*', 'reports')).toBe('A\toutput/added\n');
    expect(await changed('latest~1', root, '--include', 'output/deep')).toBe('D\toutput/deep/report.md\n');
    expect(await changed('latest~1', root, '--exclude', 'output/*')).toBe('');
    expect(await changed(short(0), short(2), 'output')).toBe('M\toutput/deep/report.md\n');
  });

  test('with paths that match on neither side is an error', async () => {
    expect(await run(['diff', 'latest', root, 'no*such', '--from', root])).toEqual(failure(5, '"no*such"'));
  });
});

test('names cannot send control sequences to the terminal', async () => {
  const odd = writeTree(temporaryFolder(), { 'output/\u001b[2Jx': 'x' });
  await archiveInfospace(odd);
  for (const args of [
    ['ls', 'latest'],
    ['ls', 'latest', '-l'],
    ['find', '*x'],
    ['log', 'output'],
  ]) {
    const { code, stdout } = await run([...args, '--from', odd]);
    expect({ code, hasEscape: stdout.includes('\u001b') }).toEqual({ code: 0, hasEscape: false });
  }
});
