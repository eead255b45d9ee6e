import { join } from 'node:path';
import { archiveInfospace, decodeEvent } from '../../src/index.ts';
import { localTime } from '../../src/terminal/local-time.ts';
import { sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { archiveExpired, eventsOf, failure, runJson, runProcess, runRefused } from './fixtures.ts';

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';

interface HoldJson {
  id: string;
  state: string;
}

async function apply(root: string, ...options: string[]): Promise<HoldJson> {
  return (await runJson(['hold', 'apply', 'latest', '--from', root, '--reason', 'why', ...options])) as HoldJson;
}

test('hold apply, list and release show the hold', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const until = '2999-12-31';
  const options = ['--reason', 'an audit', '--actor', 'ada', '--until', until];
  const applied = await runProcess(['hold', 'apply', record.manifest_digest, ...options], {}, root);
  const id = /^Hold (\S+)\n/.exec(applied.stdout)![1]!;
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  for (const message of [record.package_id, 'an audit', 'by ada', localTime(`${until}T00:00:00Z`)]) {
    expect(applied.stdout).toContain(message);
  }
  const held = {
    id,
    package_id: record.package_id,
    reason: 'an audit',
    actor: 'ada',
    applied_at: expect.stringMatching(/Z$/),
    until: `${until}T00:00:00.000Z`,
    released_at: null,
    state: 'in force',
  };
  expect(await runJson(['hold', 'list', '--from', root])).toEqual([held]);
  const lines = (await runProcess(['hold', 'list', '--from', root])).stdout.trimEnd().split('\n');
  expect(lines[0]!.split(/ {2,}/)).toEqual(['HOLD', 'PACKAGE', 'APPLIED', 'BY', 'UNTIL', 'STATE', 'REASON']);
  expect(lines[1]!.split(/ {2,}/)).toEqual([
    id,
    record.package_id,
    expect.any(String),
    'ada',
    until,
    'in force',
    'an audit',
  ]);
  const release = ['hold', 'release', id, '--from', root, '--reason', 'done', '--actor', 'bob'];
  expect(await runJson(release)).toEqual({ ...held, released_at: expect.stringMatching(/Z$/), state: 'released' });
  expect((await runProcess(['hold', 'list', '--from', root])).stdout).toBe('No holds in force.\n');
  const [, released] = (await eventsOf(root)).slice(-2).map(decodeEvent);
  expect(released).toMatchObject({ actor: 'bob', payload: { hold_id: id, reason: 'done' } });
});

test('hold list shows those in force, or all, of one package or of the store', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const [first, second] = [await apply(root), await apply(root)];
  await runJson(['hold', 'release', first.id, '--from', root, '--reason', 'done']);
  await archiveInfospace(root);
  const third = await apply(root);
  const listed = async (...args: string[]) =>
    ((await runJson(['hold', 'list', '--from', root, ...args])) as HoldJson[]).map(({ id, state }) => [id, state]);
  expect(await listed()).toEqual([
    [second.id, 'in force'],
    [third.id, 'in force'],
  ]);
  expect(await listed(record.package_id, '--all')).toEqual([
    [first.id, 'released'],
    [second.id, 'in force'],
  ]);
  expect(await listed('latest')).toEqual([[third.id, 'in force']]);
});

test('an expired package on hold stays until the hold is released', async () => {
  const root = sampleInfospace();
  const { record } = await archiveExpired(root);
  const { id } = await apply(root);
  expect(await runJson(['gc', '--include-last', '--from', root])).toMatchObject({ disposed: [] });
  await runJson(['hold', 'release', id, '--from', root, '--reason', 'done']);
  expect(await runJson(['gc', '--include-last', '--from', root])).toMatchObject({ disposed: [record.package_id] });
  expect(await runJson(['hold', 'list', 'latest', '--all', '--from', root])).toMatchObject([{ id }]);
  const refused = await runRefused(['hold', 'apply', 'latest', '--reason', 'too late'], root);
  expect(refused).toEqual(failure(5, record.package_id, 'disposed of'));
});

test.each<[string, string[], number, string]>([
  ['an unknown package', ['apply', UNKNOWN, '--reason', 'why'], 5, UNKNOWN],
  ['no package at all', ['apply', 'the newest', '--reason', 'why'], 2, '"the newest"'],
  ['a blank reason', ['apply', 'latest', '--reason', ' '], 2, 'reason'],
  ['an empty reason', ['apply', 'latest', '--reason', ''], 2, '--reason'],
  ['a blank actor', ['apply', 'latest', '--reason', 'why', '--actor', ' '], 2, 'actor'],
  ['an end in the past', ['apply', 'latest', '--reason', 'why', '--until', '2020-01-01'], 2, 'past'],
  ['an invalid end', ['apply', 'latest', '--reason', 'why', '--until', 'soon'], 2, '"soon"'],
  ['an unknown hold', ['release', UNKNOWN, '--reason', 'why'], 5, UNKNOWN],
])('a hold with %s is refused, and nothing is recorded', async (_, args, code, message) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(await runRefused(['hold', ...args], root)).toEqual(failure(code, message));
});

test('a hold without a reason is wrong usage', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const output = await runRefused(['hold', 'apply', 'latest'], root);
  expect(output).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .*--reason.*\n$/) });
});

test('a hold can be released once', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const { id } = await apply(root);
  await runJson(['hold', 'release', id, '--from', root, '--reason', 'done']);
  const again = await runRefused(['hold', 'release', id, '--reason', 'done'], root);
  expect(again).toEqual(failure(1, id, 'released'));
});

test('a secret of the store is refused in reasons and actors', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const folder = temporaryFolder();
  const env = {
    ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(folder, 'db.sqlite3')}`,
    ARTIFACTSTORE_STORAGE_BACKEND: 's3',
    ARTIFACTSTORE_S3_BUCKET: 'archive',
    ARTIFACTSTORE_S3_REGION: 'eu-central-1',
    ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: 'very-secret-key',
  };
  const output = await runRefused(
    ['hold', 'apply', 'latest', '--reason', 'why', '--actor', 'very-secret-key'],
    root,
    env,
  );
  expect(output).toEqual(failure(2, 'the actor'));
  expect(output.stderr).not.toContain('very-secret-key');
});

test('no command creates a store where there is none', async () => {
  const root = sampleInfospace();
  const commands = [
    ['hold', 'apply', UNKNOWN, '--reason', 'why'],
    ['hold', 'release', UNKNOWN, '--reason', 'why'],
    ['hold', 'list'],
    ['retention', 'extend', UNKNOWN, '--never', '--reason', 'why'],
    ['retention', 'sweep'],
    ['gc'],
    ['audit', 'log'],
  ];
  for (const args of commands) expect(await runRefused(args, root)).toEqual(failure(5, root, 'archive to create it'));
  expect(treeOf(root)).not.toHaveProperty(['output/archives/']);
});
