import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { archiveInfospace } from '../../src/index.ts';
import { cliFile, damagePacks, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { CONTROL, failure, run, runProcess } from './fixtures.ts';

test('every help has examples', async () => {
  const commands = [
    '',
    'archive',
    'list',
    'archive-list',
    'restore',
    'verify',
    'show',
    'report',
    'hold',
    'hold apply',
    'retention',
    'retention extend',
    'gc',
    'audit',
    'audit log',
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await run([...command.split(' ').filter(Boolean), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: infospace-archive/);
    expect(stdout).toMatch(/^Examples:\n( {2}\$ infospace-archive .*\n?)+/m);
  }
});

test('the help lists the exit codes', async () => {
  const { stdout } = await run(['--help']);
  for (const code of [0, 1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`(^| )${code}  \\w+`, 'm'));
});

test('--version is that of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect(await runProcess(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['archive', '.', '--retention', 'x'], '--retention'],
  [['archive', '.', '--note'], '--note'],
  [['show'], 'package'],
  [['archive', 'a', 'b'], 'too many arguments'],
  [['achive', '.'], 'achive'],
  [['list', '.', '--target', 'x'], '--target'],
])('%j is wrong usage, reported in a line or two', async (args, sentence) => {
  const { code, stdout, stderr } = await runProcess(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: .*\n(\(Did you mean .*\)\n)?$/);
  expect(stderr).toContain(sentence);
});

test.each([
  [['restore', 'latest'], 'help restore'],
  [['hold', 'release'], 'help hold release'],
  [['hold', 'relase'], 'release?'],
  [['gc', '--xyz'], 'help gc'],
  [['xyz'], 'infospace-archive help"'],
])('wrong usage %j names what helps', async (args, remedy) => {
  expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(remedy) });
});

test('no command at all is wrong usage, and shows the help', async () => {
  const { code, stdout, stderr } = await runProcess([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: /);
});

describe('an error', () => {
  test('is one sentence without a stack', async () => {
    const root = sampleInfospace();
    expect(await runProcess(['archive', root, '--include', 'nothing'])).toEqual(failure(1, '"nothing"', root));
    expect(await runProcess(['archive', join(root, 'gone')])).toEqual(failure(5, join(root, 'gone')));
    expect(await runProcess(['archive', root, '--retention-class', 'x'])).toEqual(
      failure(2, '"x"', 'permanent-record'),
    );
    expect(await runProcess(['list', join(root, 'gone')])).toEqual(failure(5, join(root, 'gone')));
    expect(await runProcess(['show', 'latest', '--from', root])).toEqual(failure(5, root));
  });

  test('is one line of JSON with --json, with fields', async () => {
    const root = sampleInfospace();
    const gone = join(root, 'gone');
    const errorOf = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(args, {}, root);
      expect({ code, stdout, stderr }).toEqual({
        code: expect.any(Number),
        stdout: '',
        stderr: expect.stringMatching(/^.*\n$/),
      });
      return { exit: code, ...(JSON.parse(stderr) as { error: object }).error };
    };
    const id = '01a2b3c4-0000-7000-8000-000000000000';
    await run(['archive', '--quiet'], {}, root);
    expect(await errorOf('list', gone, '-j')).toEqual({
      exit: 5,
      code: 'NOT_FOUND',
      message: expect.stringContaining(gone),
      path: gone,
    });
    expect(await errorOf('show', id, '--json')).toMatchObject({ exit: 5, code: 'NOT_FOUND', package_id: id });
    expect(await errorOf('show', '--json')).toMatchObject({ exit: 2, code: 'USAGE', message: expect.any(String) });
    expect(await errorOf('show', 'latest', '--jsn', '-qj')).toMatchObject({ exit: 2, code: 'USAGE' });
    expect(await errorOf('diff', id, '.', '--json')).toMatchObject({ exit: 5, package_id: id });
    damagePacks(root);
    const sentence = await errorOf('restore', 'latest', '-jt', join(root, 'x'));
    expect(sentence).toMatchObject({ exit: 4, code: 'INTEGRITY', expected: expect.stringMatching(/^blake3:/) });
    expect(sentence).toHaveProperty('path');
  });

  test('has its stack and causes on request', async () => {
    const { stderr } = await runProcess(['archive', '/nowhere/at/all'], { ARTIFACTSTORE_LOG_LEVEL: 'debug' });
    expect(stderr).toMatch(/^error: .*\/nowhere\/at\/all/);
    expect(stderr).toMatch(/^ {4}at .*infospace-file/m);
    expect(stderr).toContain('ENOENT');
  });
});

test.each([
  [['archive', '.', '--store-root', ''], '--store-root'],
  [['restore', 'latest', '--target', ''], '--target'],
  [['verify', 'latest', '--from', ''], '--from'],
])('%j, with an empty value as from an unset variable, is wrong usage', async (args, sentence) => {
  const folder = sampleInfospace();
  const before = treeOf(folder);
  expect(await run(args, {}, folder)).toEqual(failure(2, sentence));
  expect(treeOf(folder)).toEqual(before);
});

const withFullDevice = existsSync('/dev/full') ? test : test.skip;

withFullDevice('an output that cannot be written is an error in one line', async () => {
  const full = openSync('/dev/full', 'w');
  const stdio = ['ignore', full, 'pipe'] as const;
  const child = spawn(process.execPath, [cliFile, 'list', sampleInfospace()], {
    stdio: [...stdio],
  });
  closeSync(full);
  const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: .*ENOSPC.*\n$/);
});

describe('the environment', () => {
  const local = {
    ARTIFACTSTORE_DATABASE_URL: 'sqlite:////nowhere/x.db',
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/nowhere/x',
  };
  test.each([
    ['an unknown variable', { ARTIFACTSTORE_BUCKET: 'x' }, 'ARTIFACTSTORE_BUCKET'],
    ['a misspelt one', { ARTIFACTSTORE_DATABSE_URL: 'sqlite:///x' }, 'ARTIFACTSTORE_DATABSE_URL'],
    ['a group half set', { ARTIFACTSTORE_STORAGE_BACKEND: 'local' }, 'ARTIFACTSTORE_STORAGE_LOCAL_ROOT'],
    [
      'a database without a storage',
      { ARTIFACTSTORE_DATABASE_URL: local.ARTIFACTSTORE_DATABASE_URL },
      'ARTIFACTSTORE_STORAGE_BACKEND',
    ],
    ['an impossible value', { ARTIFACTSTORE_LOG_LEVEL: 'loud' }, 'ARTIFACTSTORE_LOG_LEVEL'],
    ['a missing file', { ARTIFACTSTORE_DATABASE_URL_FILE: '/nowhere/url' }, 'ARTIFACTSTORE_DATABASE_URL_FILE'],
    ['a variable of another backend', { ...local, ARTIFACTSTORE_S3_BUCKET: 'x' }, 'ARTIFACTSTORE_S3_BUCKET'],
  ] as [string, Record<string, string>, string][])(
    'with %s is refused by its name, and nothing is made',
    async (_, env, name) => {
      const root = sampleInfospace();
      const before = treeOf(root);
      expect(await run(['archive', root], env)).toEqual(failure(2, name));
      expect(treeOf(root)).toEqual(before);
    },
  );

  test('configures another store, and --store-root beside it is refused', async () => {
    const [root, folder] = [sampleInfospace(), temporaryFolder()];
    const env = {
      ARTIFACTSTORE_DATABASE_URL: `sqlite+aiosqlite:///${join(folder, 'db.sqlite3')}`,
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(folder, 'storage'),
    };
    expect(await runProcess(['archive', root, '--quiet'], env)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(Object.keys(treeOf(folder))).toEqual(expect.arrayContaining(['db.sqlite3', 'storage/packs/']));
    expect(treeOf(root)).not.toHaveProperty(['output/archives/.store/']);
    expect((await runProcess(['verify', 'latest', '--from', root], env)).code).toBe(0);
    expect(await runProcess(['archive', root, '--store-root', folder], env)).toEqual(failure(2, '--store-root'));
  });
});

describe('control characters', () => {
  const bad = 'a\x1b[31mred\x07\x9b2J\r\nb';

  test('never reach the terminal: in names, notes, subjects, labels', async () => {
    const root = sampleInfospace({ [`output/${bad}`]: '', [`${bad}/x`]: '' }, bad);
    await archiveInfospace(root, {
      include: ['.'],
      note: bad,
      subject: bad,
      producer: bad,
      provenance: { [bad]: bad },
    });
    const target = join(temporaryFolder(), bad);
    const runs = [
      ['archive', root, '--note', bad, '--subject', bad, '--include', 'output'],
      ['archive', root, '--dry-run'],
      ['list', root],
      ['show', 'latest', '--from', root],
      ['verify', 'latest', '--from', root],
      ['restore', 'latest', '--from', root, '--target', target],
    ];
    for (const args of runs) {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).not.toMatch(CONTROL);
    }
    const provenance = await archiveInfospace(root, { provenance: { [bad]: bad } });
    expect((await run(['show', provenance.record.package_id, '--from', root])).stdout).not.toMatch(CONTROL);
  });

  test('never reach the terminal: in errors', async () => {
    const root = sampleInfospace({ [`output/${bad}`]: { link: `/${bad}` } });
    const runs = [
      ['archive', root],
      ['archive', join(root, bad)],
      ['archive', root, '--include', bad],
      ['show', bad, '--from', root],
      ['archive', root, `--${bad}`],
      [bad],
    ];
    for (const args of runs) {
      const { code, stderr } = await run(args);
      expect(code).toBeGreaterThan(0);
      expect(stderr).not.toMatch(CONTROL);
    }
  });
});

/** Seen to exit with 0 and without output. */
test('a command that waits for an event that never comes fails', async () => {
  const preload = join(temporaryFolder(), 'hang.mjs');
  writeFileSync(
    preload,
    `import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    for (const name of ['readFile', 'open', 'stat', 'lstat']) fs[name] = () => new Promise(() => {});
    syncBuiltinESMExports();`,
  );
  const result = await runProcess(['list', sampleInfospace()], { NODE_OPTIONS: `--import=${preload}` });
  expect(result).toEqual(failure(1, 'Stopped before the end', 'bug'));
});
