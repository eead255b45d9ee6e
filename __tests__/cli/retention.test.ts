import { join } from 'node:path';
import { archiveInfospace, decodeEvent } from '../../src/index.ts';
import { localTime } from '../../src/terminal/local-time.ts';
import { sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { archiveExpired, eventsOf, failure, run, runJson, runProcess, runRefused } from './fixtures.ts';

const DAY_MS = 86_400_000;

function retentionFile(text: string): Record<string, string> {
  const folder = writeTree(temporaryFolder(), { 'classes.toml': text });
  return { ARTIFACTSTORE_RETENTION_CONFIG_PATH: join(folder, 'classes.toml') };
}

test('retention extend moves the expiry to a date, by days, and to never', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveInfospace(root, { retentionClass: 'transient' });
  const extend = ['retention', 'extend', 'latest', '--from', root, '--reason', 'contract 7', '--actor', 'ada'];
  const state = {
    package_id: record.package_id,
    retention_class: 'transient',
    expired_at: null,
    holds: [],
    eligible: false,
  };
  const longer = new Date(Date.parse(expiresAt!) + 3 * DAY_MS).toISOString();
  expect(await runJson([...extend, '--days', '3'])).toEqual({ ...state, expires_at: longer });
  const until = '2999-12-31T12:00:00+02:00';
  expect(await runJson([...extend, '--until', until])).toEqual({ ...state, expires_at: '2999-12-31T10:00:00.000Z' });
  const { stdout } = await run([...extend, '--never']);
  expect(stdout).toMatch(new RegExp(`^Package ${record.package_id}\n.*expires +never\n.*kept\n$`, 's'));
  expect(await runJson(['retention', 'show', 'latest', '--from', root])).toEqual({ ...state, expires_at: null });
  const events = (await eventsOf(root)).map(decodeEvent).filter(({ event_type }) => event_type.endsWith('.extended'));
  expect(events.map(({ actor, payload }) => [actor, payload])).toEqual([
    ['ada', { reason: 'contract 7', expires_at: longer }],
    ['ada', { reason: 'contract 7', expires_at: '2999-12-31T10:00:00.000Z' }],
    ['ada', { reason: 'contract 7', expires_at: null }],
  ]);
});

test('days begin today for an expired package', async () => {
  const root = sampleInfospace();
  await archiveExpired(root);
  const before = Date.now();
  const extend = ['retention', 'extend', 'latest', '--from', root, '--reason', 'needed', '--days', '1'];
  const { expires_at, eligible } = (await runJson(extend)) as { expires_at: string; eligible: boolean };
  expect(eligible).toBe(false);
  expect(Date.parse(expires_at)).toBeGreaterThanOrEqual(before + DAY_MS);
});

test.each<[string, string[], number, string]>([
  ['to a sooner time', ['--until', '2026-01-01', '--reason', 'why'], 1, 'only be extended'],
  ['to an impossible date', ['--until', '2030-02-30', '--reason', 'why'], 2, '"2030-02-30"'],
  ['by zero days', ['--days', '0', '--reason', 'why'], 2, '"0"'],
  ['by half a day', ['--days', '0.5', '--reason', 'why'], 2, '"0.5"'],
  ['without a new expiry', ['--reason', 'why'], 2, '--never'],
  ['with two expiries', ['--days', '1', '--never', '--reason', 'why'], 2, '--never'],
  ['with a blank reason', ['--never', '--reason', ' '], 2, 'reason'],
  ['with an empty reason', ['--never', '--reason', ''], 2, '--reason'],
])('an extension %s is refused, and nothing is recorded', async (_, args, code, message) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(await runRefused(['retention', 'extend', 'latest', ...args], root)).toEqual(failure(code, message));
});

test('an extension without a reason is wrong usage', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const output = await runRefused(['retention', 'extend', 'latest', '--never'], root);
  expect(output).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .*--reason.*\n$/) });
});

test('a permanent record is not extended', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root, { retentionClass: 'permanent-record' });
  const args = ['retention', 'extend', 'latest', '--days', '1', '--reason', 'why'];
  expect(await runRefused(args, root)).toEqual(failure(1, 'expires never'));
});

test('retention sweep records expired packages, once', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveExpired(root);
  await archiveInfospace(root);
  const show = ['retention', 'show', record.package_id, '--from', root];
  expect((await runProcess(show)).stdout).toMatch(/state +eligible$/m);
  const sweep = ['retention', 'sweep', '--from', root];
  const { code, stdout } = await runProcess([...sweep, '--actor', 'ada']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `1 package expired:\n  ${record.package_id}  guide, transient, ${localTime(expiresAt!)}\n`,
  });
  expect((await eventsOf(root)).at(-1)).toMatchObject({ event_type: 'v1.package.expired', actor: 'ada' });
  expect((await runProcess(show)).stdout).toMatch(/swept +\S+ \S+ [+-]\S+\n +state +expired$/m);
  expect(await runJson(show)).toMatchObject({ expired_at: expect.stringMatching(/Z$/), eligible: true });
  expect((await runProcess(sweep)).stdout).toBe('No package has expired since the last sweep.\n');
  expect(await runJson(sweep)).toEqual([]);
});

test('retention classes lists those of the operator, and needs no store', async () => {
  const env = retentionFile('[classes.team-evidence]\ndays = 730\n[classes.transient]\ndays = 1\n');
  const folder = temporaryFolder();
  const args = ['retention', 'classes', '--from', folder];
  expect(await runJson(args, env)).toEqual([
    { name: 'transient', days: 1, default: false },
    { name: 'raw-evidence', days: 90, default: false },
    { name: 'summary-evidence', days: 365, default: false },
    { name: 'release-evidence', days: 2555, default: true },
    { name: 'permanent-record', days: null, default: false },
    { name: 'team-evidence', days: 730, default: false },
  ]);
  const { stdout } = await run(args, env);
  expect(stdout).toMatch(/^CLASS +KEPT\ntransient +1 day\n/);
  expect(stdout).toMatch(/^release-evidence \(default\) +2,555 days\npermanent-record +forever$/m);
});

test.each([
  ['a misspelt key', '[classes.transient]\ndaya = 3\n', '"daya"'],
  ['a misspelt table', '[clases.transient]\ndays = 3\n', '"clases"'],
  ['no TOML', '[classes.transient\ndays = 3\n', 'cannot be read'],
])('a retention file with %s is refused by every command', async (_, text, message) => {
  const root = sampleInfospace();
  await archiveExpired(root);
  const env = retentionFile(text);
  for (const args of [['retention', 'classes'], ['retention', 'sweep'], ['gc']]) {
    const output = await runRefused(args, root, env);
    expect(output).toEqual(failure(2, 'ARTIFACTSTORE_RETENTION_CONFIG_PATH', message));
  }
});
