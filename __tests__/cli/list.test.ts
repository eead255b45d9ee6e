import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { localDay, localMinute } from '../../src/terminal/local-time.ts';
import { indexFile, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { archiveExpired, run, runJson, runProcess } from './fixtures.ts';

const SAME = { same_content: true, file_count: 0, total_bytes: 0 };

test('an infospace without archives is reported as such', async () => {
  const root = sampleInfospace();
  expect(await run(['list', root])).toEqual({ code: 0, stdout: 'No archives found.\n', stderr: '' });
  expect(await runJson(['list', root])).toEqual([]);
});

test('list and archive-list show the records as a table, or as JSON', async () => {
  const root = sampleInfospace();
  const first = await archiveInfospace(root, { note: 'the first' });
  const second = await archiveInfospace(root, { retentionClass: 'transient' });
  const { code, stdout } = await runProcess(['list', root]);
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines[0]!.split(/ {2,}/)).toEqual(['ID', 'CREATED', 'SIZE', 'CHANGE', 'KEPT UNTIL', 'NOTE']);
  expect(lines[1]!.split(/ {2,}/)).toEqual([
    first.record.package_id.slice(-8),
    localMinute(first.record.created_at),
    '84 B',
    localDay(first.expiresAt!),
    'the first',
  ]);
  expect(lines).toHaveLength(3);
  expect(await runJson(['archive-list', root])).toEqual([
    { ...first.record, change: null },
    { ...second.record, change: { same_content: true, file_count: 0, total_bytes: 0 } },
  ]);
});

test('each archive is compared with the previous one of its subject', async () => {
  const root = sampleInfospace();
  const archive = async (change: () => void, subject = 'guide') => {
    change();
    await archiveInfospace(root, { subject });
  };
  const output = join(root, 'output');
  await archive(() => {});
  await archive(() => writeFileSync(join(root, 'reports/one.md'), 'x'.repeat(2000)));
  await archive(() => {}, 'other');
  await archive(() => {});
  await archive(() => writeFileSync(join(output, 'result.json'), '{"ok":bad}}\n'));
  await archive(() => {
    renameSync(join(root, 'reports/one.md'), join(root, 'reports/two.md'));
    rmSync(join(output, 'empty.txt'));
    writeFileSync(join(output, 'result.json'), '{}\n');
    writeFileSync(join(output, 'new.txt'), 'new');
    writeFileSync(join(output, 'newer.txt'), '');
  });
  await archive(() => rmSync(join(root, 'reports/two.md')));
  const column = async (...args: string[]) => {
    const { stdout } = await run(['list', root, ...args]);
    return stdout
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(/ {2,}/)[3]);
  };
  const first = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/);
  expect(await column()).toEqual([
    first,
    '+1 file, +2.0 kB',
    first,
    'same',
    'changed',
    '+1 file, −6 B',
    '−1 file, −2.0 kB',
  ]);
  expect(await column('--changes')).toEqual([first, '+1', first, 'same', '~1', '+2 −1 ~1 →1', '−1']);
  const listed = (await runJson(['list', root, '--changes'])) as { change: object }[];
  expect(listed[5]!.change).toEqual({
    same_content: false,
    file_count: 1,
    total_bytes: -6,
    added: 2,
    removed: 1,
    changed: 1,
    renamed: 1,
  });
  rmSync(join(root, 'output/archives/.store'), { recursive: true });
  const { stdout, stderr } = await run(['list', root, '--changes']);
  expect(stderr).toMatch(/^warning: .*counts of changes cannot be shown.*\n$/);
  expect(stdout).toContain('+1 file, −6 B');
});

test('--with-retention adds the current state in the registry', async () => {
  const root = sampleInfospace();
  const store = temporaryFolder();
  const made = await archiveInfospace(root, { storeRoot: store, retentionClass: 'transient' });
  const kept = await archiveInfospace(root, { storeRoot: store, retentionClass: 'permanent-record' });
  const elsewhere = await archiveInfospace(root);
  const registry = await openRegistry(root, { storeRoot: store }, 'write');
  const hold = await registry.applyHold(made.record.package_id, 'an audit');
  await registry.close();
  const args = ['list', root, '--with-retention', '--store-root', store];
  expect(await runJson(args)).toEqual([
    {
      ...made.record,
      retention: {
        expires_at: made.expiresAt,
        expired_at: null,
        holds: [
          { id: hold, reason: 'an audit', actor: expect.any(String), applied_at: expect.any(String), until: null },
        ],
        eligible: false,
      },
      disposal: null,
      change: null,
    },
    {
      ...kept.record,
      retention: { expires_at: null, expired_at: null, holds: [], eligible: false },
      disposal: null,
      change: SAME,
    },
  ]);
  const lines = (await run(args)).stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/EXPIRES +STATE/);
  expect(lines[1]).toMatch(new RegExp(`${localDay(made.expiresAt!)} +on hold`));
  expect(lines[2]).toMatch(/never +kept/);
  expect(lines).toHaveLength(3);
  const own = await runJson(['list', root, '--with-retention']);
  expect(own).toMatchObject([{ retention: null }, { retention: null }, { retention: { holds: [] } }]);
  const ownLines = (await run(['list', root, '--with-retention'])).stdout.split('\n');
  expect(ownLines[1]).toMatch(/\? +not in this registry/);
  expect(ownLines[3]).toContain(elsewhere.record.package_id.slice(-8));
});

test.each<[string, (root: string) => void]>([
  ['gone', (root) => rmSync(join(root, 'output/archives/.store'), { recursive: true })],
  ['no database', (root) => writeFileSync(join(root, 'output/archives/.store/registry.sqlite3'), 'x'.repeat(5000))],
])('--with-retention warns and still lists when the store is %s', async (_, harm) => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  harm(root);
  const { code, stdout, stderr } = await run(['list', root, '--with-retention']);
  expect(code).toBe(0);
  expect(stdout).toContain(record.package_id.slice(-8));
  expect(stderr).toMatch(/^warning: .*registry cannot be reached.*\n$/);
});

test('--with-retention reads the log where the registry was emptied', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  writeFileSync(join(root, 'output/archives/.store/registry.sqlite3'), '');
  const { code, stdout, stderr } = await run(['list', root, '--with-retention', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject([{ package_id: record.package_id, retention: { holds: [] } }]);
});

test('records of other tools are listed, whatever fields they lack', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  writeFileSync(
    indexFile(root),
    `- package_id: bench-7
  manifest_digest: sha256:00
  retention_class: release-evidence
  created_at: 2023-07-01T12:00:00Z
  producer: bench
  subject: guide
  note: 2023
`,
  );
  const { code, stdout, stderr } = await run(['list', root]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^bench-7 +2023-07-01 \d\d:00 +release-evidence +2023$/m);
});

test('--with-retention shows what is eligible, expired and disposed of, when and why', async () => {
  const root = sampleInfospace();
  const disposed = await archiveExpired(root);
  await run(['gc', '--include-last', '--from', root, '--actor', 'ada']);
  const expired = await archiveExpired(root);
  await run(['retention', 'sweep', '--from', root]);
  const eligible = await archiveExpired(root);
  const states = (await run(['list', root, '--with-retention'])).stdout.trimEnd().split('\n').slice(1);
  const today = new Date().toISOString().slice(0, 10);
  const expiry = eligible.expiresAt!.slice(0, 10);
  expect(states.map((line) => line.split(/ {2,}/).slice(3))).toEqual([
    [`disposed ${today}: expired at ${disposed.expiresAt} as transient`],
    ['same', expiry, 'expired'],
    ['same', expiry, 'eligible'],
  ]);
  const listed = await runJson(['list', root, '--with-retention']);
  expect(listed).toEqual([
    {
      ...disposed.record,
      retention: null,
      disposal: {
        disposed_at: expect.stringContaining(today),
        disposed_by: 'ada',
        reason: `expired at ${disposed.expiresAt} as transient`,
      },
      change: null,
    },
    {
      ...expired.record,
      retention: {
        expires_at: expired.expiresAt,
        expired_at: expect.stringContaining(today),
        holds: [],
        eligible: true,
      },
      disposal: null,
      change: SAME,
    },
    {
      ...eligible.record,
      retention: { expires_at: eligible.expiresAt, expired_at: null, holds: [], eligible: true },
      disposal: null,
      change: SAME,
    },
  ]);
});

describe('the newest archives of a long index', () => {
  let root: string;
  let lines: string[];

  const last = (count: number) => runJson(['list', root, '--last', String(count)]) as Promise<object[]>;
  const lastOfAll = async (count: number) => ((await runJson(['list', root])) as object[]).slice(-count);
  const write = (changed: readonly string[]) =>
    writeFileSync(indexFile(root), changed.map((line) => `${line}\n`).join(''));

  beforeAll(async () => {
    root = sampleInfospace();
    const ids: string[] = [];
    for (const subject of ['guide', 'guide', 'other', 'guide', 'other', 'guide'])
      ids.push((await archiveInfospace(root, { subject, note: `${ids.length}` })).record.package_id);
    await run(['label', 'add', 'v1', ids[3]!], {}, root);
    await run(['note', ids[5]!, 'amended'], {}, root);
    await run(['hold', 'apply', ids[5]!, '--reason', 'audit'], {}, root);
    await run(['purge', ids[4]!, '--reason', 'test', '--yes'], {}, root);
    const own = readFileSync(indexFile(root), 'utf8').trimEnd().split('\n');
    const elsewhere = (i: number) => own[0]!.replace(ids[0]!, `01890a5d-ac96-774b-bcce-${String(i).padStart(12, '0')}`);
    const many = Array.from({ length: 200 }, (_, i) => elsewhere(i));
    lines = [...many, ...own.slice(0, 4), elsewhere(1000), ...own.slice(4)];
    write(lines);
  });

  test.each([1, 3, 4, 6, 150])('are the last ones of the whole list: %i', async (count) => {
    expect(await last(count)).toEqual(await lastOfAll(count));
  });

  test('look in the table as in that of all', async () => {
    const { stdout: all } = await run(['list', root]);
    expect((await run(['list', root, '--last', '3'])).stdout.split('\n').slice(-4)).toEqual(all.split('\n').slice(-4));
  });

  test('are read from the end of the file only', async () => {
    const listed = await last(3);
    write(lines.with(5, '- {broken'));
    expect(await last(3)).toEqual(listed);
    expect((await run(['list', root, '--last', '100'])).code).toBe(2);
  });

  test('are in the order of the store, even after a merge of branches', async () => {
    const [newest, ...before] = lines.toReversed();
    for (const merged of [
      [...before.slice(0, 3), newest!, ...before.slice(3)],
      [...before, newest!],
    ]) {
      write(merged.toReversed());
      expect(await last(3)).toEqual(await lastOfAll(3));
    }
  });
});
