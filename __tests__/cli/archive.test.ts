import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listArchives } from '../../src/index.ts';
import { cliFile, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

test('archive shows what was made, and how to restore it', async () => {
  const root = sampleInfospace({ 'notes.md': '', 'output/a.log': '' });
  const { code, stdout, stderr } = await runProcess([
    'archive',
    root,
    '--exclude',
    '*.log',
    '--retention-class',
    'transient',
  ]);
  const [record] = await listArchives(root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Archived guide\n/);
  for (const message of [
    record!.package_id,
    record!.manifest_digest,
    record!.content_digest,
    '9 entries, 84 B',
    '1 excluded, 1 outside the include set',
    'transient, until ',
    `infospace-archive restore ${record!.package_id} --from ${root} --target <dir>`,
  ]) {
    expect(stdout).toContain(message);
  }
});

test.each([
  ['of the infospace', []],
  ['named by --store-root', ['--store-root', "the 'big' store"]],
])('the printed restore command works unchanged, with the store %s', async (_, options) => {
  const folder = join(temporaryFolder(), "Ada's folder");
  writeTree(folder, { "Ada's space/output/a": 'a' });
  const { stdout } = await run(['archive', "Ada's space", ...options], {}, folder);
  const printed = /^ +restore +infospace-archive (.+) <dir>$/m.exec(stdout)![1]!;
  execFileSync('sh', ['-c', `"$0" "$1" ${printed} restored`, process.execPath, cliFile], {
    cwd: folder,
  });
  expect(treeOf(join(folder, 'restored'))).toEqual({ 'output/': 'folder', 'output/a': expect.any(String) });
});

test('archive --json prints the record and the costs', async () => {
  const root = sampleInfospace();
  const options = [
    '--note',
    'a note',
    '--producer',
    'ci',
    '--subject',
    'other',
    '--include',
    'output',
    '--include',
    'reports',
  ];
  const made = await runJson(['archive', root, ...options]);
  const [record] = await listArchives(root);
  expect(made).toEqual({
    ...record,
    changed: true,
    expires_at: expect.stringMatching(/Z$/),
    stored_bytes: expect.any(Number),
    reused_files: 0,
    reused_bytes: 0,
    unread_files: 0,
    left_out: { excluded: 0, not_included: 4, special: 0 },
    warnings: [],
  });
  expect(made).toMatchObject({
    note: 'a note',
    producer: 'ci',
    subject: 'other',
    included_paths: ['output', 'reports'],
  });
});

test('archive --dry-run lists and changes nothing', async () => {
  const root = sampleInfospace({ 'output/a.log': '' });
  const before = treeOf(root);
  const output = await run(['archive', root, '--dry-run', '--exclude', '*.log']);
  const lines = output.stdout.trimEnd().split('\n');
  expect(output).toMatchObject({ code: 0, stderr: '' });
  expect(lines.slice(0, -1)).toContain('output/result.json');
  expect(lines.slice(0, -1)).not.toContain('output/a.log');
  expect(lines.at(-1)).toBe('Would archive 9 entries, 84 B of guide; left out 1 excluded.');
  expect(await runJson(['archive', root, '--dry-run', '--include', 'output/*.json'])).toEqual({
    dry_run: true,
    subject: 'guide',
    included_paths: ['output/*.json'],
    file_count: 1,
    total_bytes: 12,
    left_out: { excluded: 0, not_included: 5, special: 0 },
    paths: ['output/result.json'],
    warnings: [],
  });
  expect(treeOf(root)).toEqual(before);
});

test('archive --skip-unchanged reports that nothing changed', async () => {
  const root = sampleInfospace();
  const first = await runJson(['archive', root]);
  const { code, stdout } = await run(['archive', root, '--skip-unchanged']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Nothing has changed in guide; its newest package is\n/);
  expect(stdout).toContain((first as { package_id: string }).package_id);
  writeFileSync(join(root, 'output/new'), '');
  expect(await runJson(['archive', root, '--skip-unchanged', '--no-stat-cache'])).toMatchObject({
    changed: true,
    unread_files: 0,
  });
});

test('archive --quiet prints nothing but warnings', async () => {
  const root = sampleInfospace();
  expect(await run(['archive', root, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  rmSync(join(root, 'infospace.yaml'));
  const warned = await run(['archive', root, '--quiet']);
  expect(warned).toEqual({ code: 0, stdout: '', stderr: expect.stringMatching(/^warning: .*infospace\.yaml.*\n$/) });
});

test('archive warns about files with secrets, and with --refuse-secrets makes no package of them', async () => {
  const root = sampleInfospace({ 'output/.env': 'TOKEN=x' });
  const refused = await run(['archive', root, '--refuse-secrets']);
  expect(refused).toEqual(failure(1, '"output/.env"', '--exclude'));
  expect(existsSync(join(root, 'output/archives'))).toBe(false);
  const warned = await run(['archive', root, '--quiet']);
  expect(warned).toEqual({ code: 0, stdout: '', stderr: expect.stringMatching(/^warning: .*"output\/\.env".*\n$/) });
});

test('archive --store-root puts the store there', async () => {
  const root = sampleInfospace();
  const store = join(temporaryFolder(), 'store');
  await runJson(['archive', root, '--store-root', store]);
  expect(existsSync(join(store, 'registry.sqlite3'))).toBe(true);
  expect(existsSync(join(root, 'output/archives/.store'))).toBe(false);
});
