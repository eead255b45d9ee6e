import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { archiveDaysAgo, archiveExpired, CONTROL, failure, runJson, runProcess, runRefused } from '../cli/fixtures.ts';
import { cliFile, sampleInfospace } from '../infospace/fixtures.ts';

interface EventJson {
  sequence: number;
  event_type: string;
  subject_id: string;
}

/** The first events of every archive of the sample. */
const ARCHIVED = ['v1.package.created', 'v1.retention.default_applied', 'v1.pack.sealed', 'v1.package.finalized'];

async function audit(root: string, ...args: string[]): Promise<EventJson[]> {
  const { code, stdout, stderr } = await runProcess(['audit', ...args, '--json', '--from', root]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as EventJson);
}

async function applyHold(root: string, reason: string): Promise<string> {
  const hold = (await runJson(['hold', 'apply', 'latest', '--from', root, '--reason', reason, '--actor', 'ada'])) as {
    id: string;
  };
  return hold.id;
}

/** Changes the log without the registry. */
function tamper(root: string, statement: string): void {
  const database = new SQLite(join(root, 'output/archives/.store/registry.sqlite3'));
  database.exec(statement);
  database.close();
}

test('audit log prints one event a line, with its payload decoded', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const hold = await applyHold(root, 'an "audit"');
  const { code, stdout } = await runProcess(['audit', 'log', '--from', root]);
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^1 {2}\S+Z {2}v1\.package\.created {2}package /);
  const [sequence, time, type, subject, actor, payload] = lines[4]!.split('  ');
  expect([sequence, type, subject, actor]).toEqual(['5', 'v1.hold.applied', `package ${record.package_id}`, 'by ada']);
  expect(payload).toContain('reason="an \\"audit\\""');
  const events = await audit(root, 'log');
  expect(events.map(({ event_type }) => event_type)).toEqual([...ARCHIVED, 'v1.hold.applied']);
  expect(events.at(-1)).toEqual({
    sequence: 5,
    created_at: time,
    event_type: 'v1.hold.applied',
    subject_kind: 'package',
    subject_id: record.package_id,
    actor: 'ada',
    payload: { hold_id: hold, reason: 'an "audit"', until: null },
    payload_digest: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
    previous_digest: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
  });
});

test('audit log filters by package, time and type', async () => {
  const root = sampleInfospace();
  const old = await archiveExpired(root);
  await archiveDaysAgo(1, root, { retentionClass: 'transient' });
  await applyHold(root, 'why');
  await runProcess(['gc', '--include-last', '--from', root]);
  const typesOf = async (...args: string[]) => (await audit(root, 'log', ...args)).map(({ event_type }) => event_type);
  const ended = ['v1.package.expired', 'v1.package.disposed'];
  const ofPackage = ARCHIVED.filter((type) => type !== 'v1.pack.sealed');
  expect(await typesOf('--package', old.record.package_id)).toEqual([...ofPackage, ...ended]);
  expect(await typesOf('--package', old.record.manifest_digest, '--type', 'v1.package.disposed')).toEqual([ended[1]]);
  expect(await typesOf('--package', 'latest', '--type', 'v1.hold')).toEqual(['v1.hold.applied']);
  expect(await typesOf('--type', 'v1.hold.appl')).toEqual([]);
  const today = new Date().toISOString();
  const hour = new Date(Date.now() - 3_600_000).toISOString();
  expect(await typesOf('--since', hour)).toEqual(['v1.hold.applied', ...ended]);
  expect((await audit(root, 'log', '--since', '2020-01-01')).length).toBe(10);
  expect((await runProcess(['audit', 'log', '--since', today, '--from', root])).stdout).toBe('No such events.\n');
});

test('audit tail prints the newest events', async () => {
  const root = sampleInfospace();
  for (let i = 0; i < 4; i++) await archiveInfospace(root);
  const sequences = (await audit(root, 'tail')).map(({ sequence }) => sequence);
  expect(sequences).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('audit tail --follow continues until %s', async (signal) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const args = ['audit', 'tail', '--follow', '--json', '--from', root];
  const child = spawn(process.execPath, [cliFile, ...args]);
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (JSON.parse((await lines.next()).value as string) as EventJson).event_type;
  for (const type of ARCHIVED) expect(await next()).toBe(type);
  const registry = await openRegistry(root, {}, 'write');
  await registry.applyHold((await registry.latestPackage('guide'))!.id, 'why');
  await registry.close();
  expect(await next()).toBe('v1.hold.applied');
  child.kill(signal);
  expect(await closed).toEqual([0, null]);
  expect((await lines.next()).done).toBe(true);
});

test('audit head is the newest event, and audit verify counts them all', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const head = await runProcess(['audit', 'head', '--from', root]);
  expect(head).toEqual({ code: 0, stdout: expect.stringMatching(/^4 blake3:[0-9a-f]{64}\n$/), stderr: '' });
  expect(await runJson(['audit', 'head', '--from', root])).toEqual({ sequence: 4, digest: head.stdout.slice(2, -1) });
  await applyHold(root, 'why');
  expect(await audit(root, 'log', '--type', 'v1.hold')).toMatchObject([{ previous_digest: head.stdout.slice(2, -1) }]);
  expect(await runProcess(['audit', 'verify', '--from', root])).toEqual({
    code: 0,
    stdout: 'The event log is whole: 5 events.\n',
    stderr: '',
  });
  expect(await runJson(['audit', 'verify', '--from', root])).toEqual({ ok: true, events: 5 });
});

test.each([
  ['changed', "update events set actor = 'somebody else' where sequence = 2", '2'],
  ['removed', 'delete from events where sequence = 3', '3'],
  [
    'appended',
    'insert into events select 6, created_at, event_type, subject_kind, subject_id, actor, payload, payload_digest, previous_digest from events where sequence = 5',
    '6',
  ],
])('audit verify names the first event that was %s', async (_, statement, sequence) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  await applyHold(root, 'why');
  tamper(root, statement);
  expect(await runRefused(['audit', 'verify'], root)).toEqual(failure(4, `sequence ${sequence}`));
});

test('a rewritten log does not match a saved head', async () => {
  const roots = [sampleInfospace(), sampleInfospace()];
  const heads: string[] = [];
  for (const root of roots) {
    await archiveInfospace(root);
    heads.push((await runProcess(['audit', 'head', '--from', root])).stdout.trim());
    await applyHold(root, 'why');
    heads.push((await runProcess(['audit', 'head', '--from', root])).stdout.trim());
  }
  const verify = (head: string) => runRefused(['audit', 'verify', '--head', head], roots[0]!);
  for (const head of heads.slice(0, 2)) expect(await verify(head)).toMatchObject({ code: 0, stderr: '' });
  for (const head of heads.slice(2)) expect(await verify(head)).toEqual(failure(4, `sequence ${head[0]}`));
  expect(await verify(`6${heads[1]!.slice(1)}`)).toEqual(failure(4, 'sequence 6'));
  expect(await verify(heads[0]!.slice(0, -1))).toEqual(failure(2, 'audit head'));
});

test('audit log stops at an unreadable payload', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  tamper(root, "update events set payload = x'ff' where sequence = 1");
  expect(await runRefused(['audit', 'log'], root)).toEqual(failure(4, 'sequence 1'));
});

test('control characters of reasons and actors never reach the terminal', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const bad = 'a\x1b[31mred\x07\x9b2J\r\nb';
  const outputs = [await runProcess(['hold', 'apply', 'latest', '--reason', bad, '--actor', bad, '--from', root])];
  for (const args of [
    ['hold', 'list'],
    ['retention', 'show', 'latest'],
    ['audit', 'log'],
    ['audit', 'tail'],
  ]) {
    outputs.push(await runProcess([...args, '--from', root]));
  }
  for (const { code, stdout, stderr } of outputs) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('red');
    expect(stdout).not.toMatch(CONTROL);
  }
});

test.each([
  ['an invalid time', ['log', '--since', 'yesterday'], '"yesterday"'],
  ['an empty type', ['log', '--type', ''], '--type'],
  ['no package', ['log', '--package', 'the newest'], '"the newest"'],
])('audit log of %s is wrong usage', async (_, args, message) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(await runRefused(['audit', ...args], root)).toEqual(failure(2, message));
});
