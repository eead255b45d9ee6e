import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../src/cli/program.ts';
import { archiveInfospace, listArchives } from '../../src/index.ts';
import { indexFile, sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { archiveExpired, asInProcess, failure, run, runJson, runProcess } from './fixtures.ts';

type Listed = { package_id: string; stored?: false; disposal?: object };

const idsOf = (listed: unknown) => (listed as Listed[]).map(({ package_id }) => package_id);

describe('a given store', () => {
  test('is listed whatever the index says: with an infospace its packages, without one all', async () => {
    const root = sampleInfospace();
    const other = writeTree(sampleInfospace({}, 'other'), { 'infospace.yaml': 'slug: other\n' });
    const storeRoot = temporaryFolder();
    const first = await archiveInfospace(root, { storeRoot, note: 'the first' });
    const foreign = await archiveInfospace(other, { storeRoot });
    const second = await archiveInfospace(root, { storeRoot });
    const place = ['--store-root', storeRoot];
    expect(await runJson(['list', root, ...place])).toMatchObject([first.record, second.record]);
    rmSync(indexFile(root));
    expect(idsOf(await runJson(['list', root, ...place]))).toEqual([first.record.package_id, second.record.package_id]);
    expect(await runJson(['list', root])).toEqual([]);
    const all = [first, foreign, second].map(({ record }) => record.package_id);
    expect(idsOf(await runJson(['list', ...place]))).toEqual(all);
    const { stdout } = await runProcess(['list', ...place]);
    expect(stdout.split('\n')[0]).toMatch(/CREATED +SUBJECT/);
    const env = {
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(storeRoot, 'storage'),
    };
    const cached = { ...env, XDG_CACHE_HOME: temporaryFolder() };
    expect(idsOf(await runJson(['list', root], cached))).toEqual([first.record.package_id, second.record.package_id]);
  });

  test('is an error when it does not exist, or when a variable is unknown', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const missing = join(temporaryFolder(), 'missing');
    expect(await run(['list', root, '--store-root', missing])).toEqual(failure(5, missing));
    const env = { ARTIFACTSTORE_BUCKET: 'x' };
    expect(await run(['list', root], env)).toEqual(failure(2, 'ARTIFACTSTORE_BUCKET'));
    expect(await run(['list'])).toEqual(failure(5, 'no infospace', '--from'));
  });
});

test('is filtered, and the note is visible in 80 columns', async () => {
  const root = sampleInfospace();
  const made: string[] = [];
  for (const [note, retentionClass, subject] of [
    ['the first release', 'permanent-record', 'guide'],
    ['a draft', 'transient', 'guide'],
    ['Release two, of which there is much to be told', 'release-evidence', 'guide'],
    ['elsewhere', 'transient', 'other'],
  ] as const) {
    writeTree(root, { 'artifacts/note.txt': note });
    made.push((await archiveInfospace(root, { note, retentionClass, subject })).record.package_id);
  }
  await run(['label', 'add', 'v1', made[0]!.slice(-8), '--from', root]);
  await run(['note', made[1]!, 'a DRAFT release', '--from', root]);
  const listed = async (...args: string[]) => idsOf(await runJson(['list', root, ...args]));
  const expected: [string[], number[]][] = [
    [
      ['--last', '2'],
      [2, 3],
    ],
    [
      ['--grep', 'release'],
      [0, 1, 2],
    ],
    [['--grep', 'release', '--last', '1'], [2]],
    [
      ['--class', 'transient'],
      [1, 3],
    ],
    [['--label', 'v1'], [0]],
    [
      ['--since', '2001-01-01'],
      [0, 1, 2, 3],
    ],
    [['--since', '9001-01-01'], []],
    [['--subject', 'other'], [3]],
    [['--subject', 'guide', '--class', 'transient'], [1]],
    [['--all-subjects'], [0, 1, 2, 3]],
  ];
  for (const [args, of] of expected) expect([args, await listed(...args)]).toEqual([args, of.map((i) => made[i])]);
  expect(await runJson(['list', root, '--label', 'v1'])).toMatchObject([{ labels: ['v1'], note: 'the first release' }]);
  for (const args of [
    ['--last', '0'],
    ['--since', 'soon'],
    ['--subject', 'guide', '--all-subjects'],
  ]) {
    expect(await run(['list', root, ...args])).toMatchObject({ code: 2, stdout: '' });
  }
  const narrow = () => {
    Object.assign(process.stdout, { columns: 80 });
    return runCli(['list', root]);
  };
  const lines = (await asInProcess(narrow, process.env, process.cwd())).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.length <= 80)).toEqual(lines.map(() => true));
  expect(lines[1]).toMatch(/ forever +\[v1\] the first release$/);
  expect(lines[2]).toMatch(/ a DRAFT release$/);
});

test('disposed packages are marked, in the list of an infospace and of a store', async () => {
  const root = sampleInfospace();
  const expired = await archiveExpired(root);
  const kept = await archiveInfospace(root);
  await run(['gc', '--include-last', '--from', root]);
  const store = ['--store-root', join(root, 'output/archives/.store')];
  for (const place of [[], store]) {
    const listed = (await runJson(['list', root, ...place])) as Listed[];
    expect(listed).toMatchObject([
      { package_id: expired.record.package_id, disposal: { reason: expect.stringContaining('expired') } },
      { package_id: kept.record.package_id },
    ]);
    expect(listed[1]).not.toHaveProperty('disposal');
    const lines = (await run(['list', root, ...place])).stdout.split('\n');
    expect(lines[0]).toContain('KEPT UNTIL');
    expect(lines[1]).toMatch(/ disposed$/);
    expect(lines[2]).not.toContain('disposed');
  }
});

describe('an infospace whose store is missing', () => {
  test('has marked records', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    rmSync(join(root, 'output/archives/.store'), { recursive: true });
    const { code, stdout, stderr } = await run(['list', root]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/KEPT UNTIL.*\n.*not stored/) });
    expect(stderr).toMatch(/^warning: .*no store.*\n$/);
    expect(JSON.parse((await run(['list', root, '--json'])).stdout)).toEqual([
      { ...record, stored: false, change: null },
    ]);
  });

  test('gets no new store, unless that is requested', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    rmSync(join(root, 'output/archives/.store'), { recursive: true });
    expect(await run(['archive', root])).toEqual(failure(5, root, '--store-root', '--new-store'));
    expect(await listArchives(root)).toEqual([record]);
    expect(await run(['archive', root, '--new-store', '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await runJson(['list', root])).toMatchObject([{ stored: false }, { embedded: true }]);
    expect(await run(['archive', root, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('gets a message when it creates one elsewhere', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root, { storeRoot: join(root, '../first') });
    rmSync(join(root, '../first'), { recursive: true });
    const { warnings } = await archiveInfospace(root, { storeRoot: join(root, '../first') });
    expect(warnings).toEqual([expect.stringContaining('so the new store lacks these packages')]);
  });
});

test('a lost registry is rebuilt by any change of the store', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  rmSync(join(root, 'output/archives/.store/registry.sqlite3'));
  const { code } = await run(['hold', 'apply', 'latest', '--reason', 'why', '--from', root]);
  expect(code).toBe(0);
});

describe('latest', () => {
  test('is the newest package of the subject in the store, not the last line of the index', async () => {
    const root = sampleInfospace();
    const first = await archiveInfospace(root);
    const second = await archiveInfospace(root);
    await archiveInfospace(root, { subject: 'other' });
    const expired = await archiveExpired(root);
    await run(['gc', '--include-last', '--from', root]);
    const lines = (await listArchives(root)).toReversed().map((record) => `- ${JSON.stringify(record)}\n`);
    writeFileSync(indexFile(root), lines.join(''));
    for (const [reference, { record }] of [
      ['latest', second],
      ['latest~1', first],
    ] as const) {
      const { stdout } = await run(['show', reference, '--from', root]);
      expect(stdout).toContain(`Package ${record.package_id}\n`);
    }
    expect(idsOf(await runJson(['list', root])).at(-1)).not.toBe(expired.record.package_id);
    writeFileSync(indexFile(root), '');
    const { stdout } = await run(['show', 'latest', '--from', root]);
    expect(stdout).toContain(`Package ${second.record.package_id}\n`);
  });

  test('is of the subject in the index, when all records have that one', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root, { subject: 'other' });
    expect((await run(['show', 'latest', '--from', root])).stdout).toContain(record.package_id);
  });
});
