import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, restoreArchive } from '../../src/index.ts';
import { CONTROL, failure, type Run, runJson, runProcess } from '../cli/fixtures.ts';
import {
  contentOf,
  damagePacks,
  filesOf,
  indexFile,
  noise,
  SAMPLE,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';

/**
 * Seen to fail with hunks that name the line behind an empty range, without the mode of a new file, with unquoted names,
 * with a line end after a link's target, without the tab after a name with a space, and with one line too few for a new text.
 */

const DIFFERENT = { code: 1, stderr: '' };
const SAME: Run = { code: 0, stdout: '', stderr: '' };

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}\n`).join('');

async function archived(extra: Parameters<typeof sampleInfospace>[0] = {}): Promise<string> {
  const root = sampleInfospace(extra);
  await archiveInfospace(root);
  return root;
}

/** The state of the latest archive, in a separate folder. */
async function restored(root: string): Promise<string> {
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  return target;
}

async function patchOf(...args: string[]): Promise<string> {
  const { stdout, ...rest } = await runProcess(['diff', ...args]);
  expect(rest).toEqual(DIFFERENT);
  return stdout;
}

test('equal states have no difference', async () => {
  const root = await archived();
  expect(await runProcess(['diff', 'latest', '.'], {}, root)).toEqual(SAME);
  expect(await runProcess(['diff', 'latest', await restored(root), '--from', root])).toEqual(SAME);
  expect(await runProcess(['diff', root, await restored(root)])).toEqual(SAME);
});

test('a patch equals the output of git, except for the names of blobs', async () => {
  const root = await archived({ 'reports/long.md': numbered(30), 'reports/gone.md': 'gone\n', 'output/run': 'run\n' });
  const before = await restored(root);
  writeFileSync(join(root, 'reports/long.md'), numbered(30).replace('line 4\n', '').replace('line 20', 'twenty'));
  writeFileSync(join(root, 'output/result.json'), '{"ok":false}');
  writeFileSync(join(root, 'output/empty.txt'), 'full\n');
  writeFileSync(join(root, 'output/new file.txt'), 'new\n');
  writeFileSync(join(root, 'output/blob'), Buffer.from([0, 1, 2]));
  writeFileSync(join(root, 'output/two\nlines"\u009b'), 'odd\n');
  chmodSync(join(root, 'output/run'), 0o755);
  rmSync(join(root, 'reports/gone.md'));
  renameSync(join(root, 'artifacts/overview.md'), join(root, 'artifacts/moved.md'));
  rmSync(join(root, 'artifacts/latest.md'));
  symlinkSync('moved.md', join(root, 'artifacts/latest.md'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: temporary, encoding: 'utf8', stdio: 'pipe' });
  const temporary = temporaryFolder();
  git('init', '--quiet');
  const treeAt = (folder: string) => {
    git('--work-tree', folder, 'add', '--all', '--', ':!output/archives');
    return git('write-tree').trim();
  };
  const [old, now] = [treeAt(before), treeAt(root)];
  const expected = git('-c', 'core.quotepath=false', 'diff', '--no-color', old, now);
  // Git does not escape characters above 127, including those that control a terminal.
  const ofGit = expected
    .replace(/^index .*\n/gm, '')
    .replace(/^(@@ .* @@).*$/gm, '$1')
    .replaceAll('\u009b', '\\302\\233');
  expect(ofGit).toContain('rename to');
  expect(await patchOf('latest', root)).toBe(ofGit);
});

describe('git apply turns one state into the other', () => {
  const tree = {
    'output/no-end.txt': 'a\nb',
    'output/end.txt': 'a\nb\n',
    'output/windows.txt': 'a\r\nb\rc\r\nd\r\n',
    'output/empty.md': '',
    'output/a name with spaces.txt': numbered(5),
    'output/tab\tquote".txt': numbered(5),
    'output/umlaut-ä.txt': 'äöü\n',
    'output/form\u000bfeed.txt': 'a\u000bb\u2028c\u0085d\n\n\n',
    'output/tool.sh': { script: 'echo\n' },
    'output/to-file': { link: 'end.txt' },
    'output/bom.txt': '\ufeffbegins with a mark\n',
    'output/deep/er/file.txt': 'deep\n',
    'reports/long.md': numbered(1000),
    'reports/anew.md': numbered(2500),
  };

  test.each<[string, (root: string) => void]>([
    [
      'lines',
      (root) => {
        writeFileSync(join(root, 'output/no-end.txt'), 'a\nb\n');
        writeFileSync(join(root, 'output/end.txt'), 'a\nb');
        writeFileSync(join(root, 'output/windows.txt'), 'a\r\nB\rc\r\nd\n');
        writeFileSync(join(root, 'output/a name with spaces.txt'), `first\n${numbered(5)}last`);
        writeFileSync(join(root, 'output/tab\tquote".txt'), numbered(4));
        writeFileSync(join(root, 'output/umlaut-ä.txt'), 'äößü\n');
        writeFileSync(join(root, 'output/form\u000bfeed.txt'), 'a\u000bb\u2028C\u0085d\n\n');
        writeFileSync(join(root, 'output/bom.txt'), 'begins without\n');
        writeFileSync(join(root, 'reports/long.md'), numbered(1000).replaceAll('7\n', 'seven\n'));
        writeFileSync(join(root, 'reports/anew.md'), `${numbered(2500).replaceAll('line', 'verse')}the end`);
      },
    ],
    [
      'files',
      (root) => {
        writeTree(root, { 'output/new/one.txt': 'one\n', 'output/new/none': '', 'output/new/run': { script: 'run' } });
        rmSync(join(root, 'output/empty.md'));
        rmSync(join(root, 'output/deep'), { recursive: true });
        writeFileSync(join(root, 'output/end.txt'), '');
        writeFileSync(join(root, 'output/empty.txt'), 'no more\n');
        rmSync(join(root, 'reports/long.md'));
      },
    ],
    [
      'modes, links, kinds and names',
      (root) => {
        chmodSync(join(root, 'output/tool.sh'), 0o644);
        chmodSync(join(root, 'output/end.txt'), 0o755);
        rmSync(join(root, 'output/to-file'));
        symlinkSync('no-end.txt', join(root, 'output/to-file'));
        symlinkSync('end.txt', join(root, 'output/new link'));
        rmSync(join(root, 'output/empty.md'));
        symlinkSync('end.txt', join(root, 'output/empty.md'));
        rmSync(join(root, 'artifacts/latest.md'));
        writeFileSync(join(root, 'artifacts/latest.md'), 'a file now\n');
        renameSync(join(root, 'reports/long.md'), join(root, 'output/tab\tlong".md'));
        renameSync(join(root, 'output/windows.txt'), join(root, 'output/unix now.txt'));
        chmodSync(join(root, 'output/unix now.txt'), 0o755);
      },
    ],
  ])('%s', async (_, change) => {
    const root = await archived(tree);
    const target = await restored(root);
    change(root);
    for (const [name, operands, from, to] of [
      ['there', ['latest', root], target, contentOf(root)],
      ['back', [root, 'latest'], cloned(root), contentOf(await restored(root))],
    ] as const) {
      const patch = join(temporaryFolder(), `${name}.patch`);
      writeFileSync(patch, await patchOf(...operands));
      execFileSync('git', ['apply', '--whitespace=nowarn', patch], { cwd: from, stdio: 'pipe' });
      const isFile = ([, what]: [string, string]) => what !== 'folder';
      expect(Object.entries(treeOf(from)).filter(isFile)).toEqual(Object.entries(to).filter(isFile));
    }
  });

  function cloned(root: string): string {
    const copy = join(temporaryFolder(), 'copy');
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, 'output/archives'), { recursive: true });
    return copy;
  }
});

const hasPatch = spawnSync('patch', ['--version']).status === 0;

(hasPatch ? test : test.skip)('patch -p1 takes it too', async () => {
  const root = await archived({ 'output/a b.txt': numbered(9), 'reports/gone.md': 'gone\n' });
  const target = await restored(root);
  writeFileSync(join(root, 'output/a b.txt'), numbered(9).replace('line 8\n', 'line eight'));
  writeTree(root, { 'reports/new.md': 'new\n' });
  rmSync(join(root, 'reports/gone.md'));
  execFileSync('patch', ['-p1', '--silent'], { cwd: target, input: await patchOf('latest', root) });
  expect(filesOf(target)).toEqual(
    Object.fromEntries(Object.entries(contentOf(root)).filter(([, what]) => what !== 'folder')),
  );
});

test('a binary or too long file is reported as different', async () => {
  const root = await archived({
    'output/blob': noise(100),
    'output/long.txt': numbered(30_000),
    'output/latin': 'e\n',
  });
  writeFileSync(join(root, 'output/blob'), noise(100, 'other'));
  writeFileSync(join(root, 'output/long.txt'), 'short\n');
  writeFileSync(join(root, 'output/latin'), Buffer.from([0xe9, 10]));
  const patch = await patchOf('latest', root);
  for (const path of ['output/blob', 'output/long.txt', 'output/latin']) {
    expect(patch).toContain(`diff --git a/${path} b/${path}\nBinary files a/${path} and b/${path} differ\n`);
  }
});

test('an added or removed empty folder is listed, and git apply ignores it', async () => {
  const root = await archived();
  const target = await restored(root);
  rmSync(join(root, 'reports/pending'), { recursive: true });
  writeTree(root, { 'output/later/': null, 'reports/new.md': 'new\n' });
  const patch = await patchOf('latest', root);
  expect(patch).toContain('Empty folder output/later/ added\n');
  expect(patch).toContain('Empty folder reports/pending/ removed\n');
  execFileSync('git', ['apply'], { cwd: target, input: patch });
  expect(readFileSync(join(target, 'reports/new.md'), 'utf8')).toBe('new\n');
});

test('packages are compared by any of their names', async () => {
  const root = await archived();
  const { record: first } = await archiveInfospace(root);
  writeFileSync(join(root, 'output/result.json'), '{"ok":null}\n');
  const { record: second } = await archiveInfospace(root);
  for (const [a, b] of [
    ['latest~1', 'latest'],
    [first.package_id, second.manifest_digest],
  ] as const) {
    expect(await runProcess(['diff', a, b, '--name-status'], {}, root)).toEqual({
      ...DIFFERENT,
      stdout: 'M\toutput/result.json\n',
    });
  }
  expect(await runProcess(['diff', 'latest~2', 'latest~1'], {}, root)).toEqual(SAME);
  expect(await runProcess(['diff', 'latest~3', 'latest'], {}, root)).toEqual(failure(5, 'latest', 'has 3'));
});

test('a folder with the name of a package can be given', async () => {
  const root = await archived();
  const folder = temporaryFolder();
  cpSync(await restored(root), join(folder, 'latest'), { recursive: true, verbatimSymlinks: true });
  expect(await runProcess(['diff', 'latest', './latest', '--from', root], {}, folder)).toEqual(SAME);
  expect(await runProcess(['diff', 'latest', 'latest', '--from', folder], {}, folder)).toMatchObject({ code: 5 });
});

test('of an infospace the files of an archive are compared, of another folder all', async () => {
  const root = await archived({ '.infospaceignore': '*.log\n', 'output/a.log': 'log' });
  writeTree(root, { 'output/b.log': 'log', 'notes/mine.md': 'mine' });
  expect(await runProcess(['diff', 'latest', root])).toEqual(SAME);
  const exports = writeTree(join(temporaryFolder(), 'plain'), { 'a.log': 'log', 'sub/b': 'b' });
  const listed = await runProcess(['diff', 'latest', exports, '--from', root, '--name-status', '--exclude', 'sub']);
  expect(listed.stdout).toMatch(/^A\ta\.log\n(D\t[^\n]+\n)+$/);
  writeFileSync(join(root, 'output/result.json'), 'changed');
  expect(await runProcess(['diff', 'latest', root, '--include', 'reports', '--name-status'])).toEqual(SAME);
  expect(await runProcess(['diff', 'latest', root, '--include', 'output', '--name-status'])).toEqual({
    ...DIFFERENT,
    stdout: 'M\toutput/result.json\n',
  });
});

test('an infospace without any files is compared', async () => {
  const root = await archived();
  for (const path of Object.keys(SAMPLE)) rmSync(join(root, path), { recursive: true, force: true });
  for (const path of ['artifacts', 'workflows', 'reports', 'exports']) rmSync(join(root, path), { recursive: true });
  const { changes } = (await (async () =>
    JSON.parse((await runProcess(['diff', 'latest', root, '--json'])).stdout))()) as {
    changes: { status: string }[];
  };
  expect(changes.map(({ status }) => status)).toEqual(Object.keys(SAMPLE).map(() => 'removed'));
});

test('--stat counts lines and bytes', async () => {
  const root = await archived({ 'reports/a.md': numbered(10) });
  writeFileSync(join(root, 'reports/a.md'), numbered(12).replace('line 3\n', 'three\n'));
  writeFileSync(join(root, 'output/blob'), Buffer.alloc(2000));
  renameSync(join(root, 'artifacts/overview.md'), join(root, 'artifacts/b.md'));
  rmSync(join(root, 'output/result.json'));
  const { code, stdout } = await runProcess(['diff', 'latest', root, '--stat']);
  expect(code).toBe(1);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['CHANGE', 'LINES', 'SIZE', 'PATH'],
    ['renamed', 'artifacts/overview.md → artifacts/b.md'],
    ['added', 'binary', '+2.0 kB', 'output/blob'],
    ['removed', '−1', '−12 B', 'output/result.json'],
    ['changed', '+3 −1', '+15 B', 'reports/a.md'],
    ['1 added, 1 removed, 1 changed, 1 renamed; lines: +3 −2; bytes: +2.0 kB'],
    [''],
  ]);
});

test('--json has both entries of every change', async () => {
  const root = await archived();
  const { record } = await archiveInfospace(root);
  chmodSync(join(root, 'output/result.json'), 0o755);
  const { code, stdout } = await runProcess(['diff', 'latest', root, '--json']);
  expect(code).toBe(1);
  const file = { path: 'output/result.json', kind: 'file', size: 12, executable: false };
  const digests = { blake3: expect.stringMatching(/^[0-9a-f]{64}$/), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(JSON.parse(stdout)).toEqual({
    before: {
      package_id: record.package_id,
      subject: 'guide',
      created_at: record.created_at,
      manifest_digest: record.manifest_digest,
      content_digest: record.content_digest,
    },
    after: { folder: root },
    summary: { added: 0, removed: 0, changed: 1, renamed: 0, unchanged: 8 },
    changes: [
      {
        status: 'changed',
        path: 'output/result.json',
        before: { ...file, ...digests },
        after: { ...file, ...digests, executable: true },
      },
    ],
  });
  expect(await runJson(['diff', 'latest', 'latest', '--from', root])).toMatchObject({ changes: [] });
});

test('names cannot write to the terminal', async () => {
  const root = await archived();
  writeTree(root, { 'output/\u001b[2J\u009b': 'x\n' });
  for (const option of [[], ['--stat'], ['--name-status']]) {
    const { stdout } = await runProcess(['diff', 'latest', root, ...option]);
    expect(stdout.replaceAll('\t', '')).not.toMatch(CONTROL);
    expect(stdout).toContain('[2J');
  }
});

test('--quiet answers by the exit code alone', async () => {
  const root = await archived();
  expect(await runProcess(['diff', 'latest', root, '--quiet'])).toEqual(SAME);
  writeFileSync(join(root, 'output/result.json'), '');
  expect(await runProcess(['diff', 'latest', root, '--quiet'])).toEqual({ ...DIFFERENT, stdout: '' });
});

test('failures exit with more than 1, so that they are not mistaken for a difference', async () => {
  const root = await archived();
  expect(await runProcess(['diff', 'latest', 'missing', '--from', root])).toEqual(failure(5, 'missing'));
  expect(await runProcess(['diff', 'latest', 'latest', '--from', temporaryFolder()])).toEqual(failure(5, 'no store'));
  expect(await runProcess(['diff', 'latest', root, '--include', 'nothing'])).toEqual(failure(5, 'nothing'));
  expect(await runProcess(['diff', 'latest', root, '--stat', '--json'])).toMatchObject({ code: 2, stdout: '' });
  writeFileSync(indexFile(root), '{');
  expect(await runProcess(['diff', 'latest', root])).toEqual(failure(2, 'index.yaml'));
});

test('damaged contents are refused, and file names are compared without them', async () => {
  const root = await archived();
  writeFileSync(join(root, 'output/result.json'), 'changed\n');
  damagePacks(root);
  expect(await runProcess(['diff', 'latest', root])).toEqual(failure(4, 'output/result.json'));
  expect(await runProcess(['diff', 'latest', root, '--name-status'])).toEqual({
    ...DIFFERENT,
    stdout: 'M\toutput/result.json\n',
  });
});

test('diff changes nothing', async () => {
  const root = await archived();
  writeFileSync(join(root, 'output/result.json'), 'changed\n');
  mkdirSync(join(root, 'output/more'));
  const before = treeOf(root);
  await patchOf('latest', root);
  expect(treeOf(root)).toEqual(before);
});
