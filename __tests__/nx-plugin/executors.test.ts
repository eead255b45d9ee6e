import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import archive, { type ArchiveTaskOptions } from '../../nx-plugin/executors/archive.ts';
import list from '../../nx-plugin/executors/list.ts';
import restore from '../../nx-plugin/executors/restore.ts';
import verify from '../../nx-plugin/executors/verify.ts';
import { listArchives } from '../../src/index.ts';
import { contentOf, damagePacks, treeOf } from '../infospace/fixtures.ts';
import { contextOf, listen, workspaceWith } from './fixtures.ts';

const root = '{projectRoot}';
const from = root;

async function archived(workspace: string, options: Partial<ArchiveTaskOptions> = {}): Promise<Record<string, string>> {
  const { result, stderr } = await listen(() => archive({ root, ...options }, contextOf(workspace)));
  expect(stderr).toBe('');
  if (!result.success) throw new Error('the archive failed');
  return result.record as Record<string, string>;
}

/** The result of a mistake: a failed task, one sentence, and nothing changed. */
async function refused(
  workspace: string,
  action: () => Promise<{ success: boolean }>,
  ...message: string[]
): Promise<void> {
  const before = treeOf(workspace);
  const { result, stdout, stderr } = await listen(action);
  expect({ result, stdout }).toEqual({ result: { success: false }, stdout: '' });
  expect(stderr).toMatch(/^error: .+[.]\n$/);
  for (const words of message) expect(stderr).toContain(words);
  expect(treeOf(workspace)).toEqual(before);
}

test('archive returns the record, prints the output of the command and writes the record for later targets', async () => {
  const workspace = workspaceWith();
  const { result, stdout } = await listen(() =>
    archive({ root, note: 'nx', outputFile: 'dist/{projectName}.json' }, contextOf(workspace)),
  );
  const [record] = await listArchives(join(workspace, 'spaces/guide'));
  expect(result).toEqual({ success: true, record: expect.objectContaining({ ...record, note: 'nx', changed: true }) });
  expect(stdout).toMatch(/^Archived guide\n {2}package {3}[\s\S]*restore {3}infospace-archive restore /);
  const written = JSON.parse(readFileSync(join(workspace, 'dist/guide.json'), 'utf8')) as unknown;
  expect(result).toEqual({ success: true, record: written });
});

test('a dry run writes nothing at all', async () => {
  const workspace = workspaceWith();
  const before = treeOf(workspace);
  const { stdout } = await listen(() => archive({ root, dryRun: true, outputFile: 'x.json' }, contextOf(workspace)));
  expect(stdout).toContain('Would archive 9 entries');
  expect(treeOf(workspace)).toEqual(before);
});

test('options select the files, the store and whether an archive is needed', async () => {
  const workspace = workspaceWith();
  const options = {
    storeRoot: '{workspaceRoot}/stores/{projectName}',
    include: ['artifacts', 'reports'],
    exclude: ['*.csv'],
  };
  const record = await archived(workspace, { ...options, retentionClass: 'transient', subject: 's', producer: 'p' });
  expect(record).toMatchObject({ file_count: 3, retention_class: 'transient', subject: 's', producer: 'p' });
  expect(existsSync(join(workspace, 'stores/guide/registry.sqlite3'))).toBe(true);
  const again = await archived(workspace, {
    ...options,
    retentionClass: 'transient',
    subject: 's',
    skipUnchanged: true,
  });
  expect(again).toMatchObject({ changed: false, package_id: record['package_id'] });
});

test('archive refuses files with secrets on request', async () => {
  const workspace = workspaceWith({ 'spaces/guide': { 'output/.env': 'TOKEN=x' } });
  const refused = await listen(() => archive({ root, refuseSecrets: true }, contextOf(workspace)));
  expect(refused.result).toEqual({ success: false });
  expect(refused.stderr).toContain('"output/.env"');
});

test('list shows the archives, with retention on request', async () => {
  const workspace = workspaceWith();
  await archived(workspace, { note: 'shown' });
  const { result, stdout } = await listen(() => list({ root, withRetention: true }, contextOf(workspace)));
  expect(result).toEqual({ success: true });
  expect(stdout).toMatch(/EXPIRES[\s\S]*kept +shown/);
});

test('list has the filters of its command', async () => {
  const workspace = workspaceWith();
  const [first, second] = [await archived(workspace, { note: 'one' }), await archived(workspace, { note: 'two' })];
  const listed = async (options: object) => {
    const { stdout } = await listen(() => list({ root, json: true, ...options }, contextOf(workspace)));
    return (JSON.parse(stdout) as { package_id: string }[]).map(({ package_id }) => package_id);
  };
  expect(await listed({})).toEqual([first['package_id'], second['package_id']]);
  for (const filter of [{ last: 1 }, { grep: 'two' }]) expect(await listed(filter)).toEqual([second['package_id']]);
  for (const filter of [{ since: '2999-01-01' }, { class: 'transient' }, { label: 'v1' }, { subject: 'other' }]) {
    expect(await listed(filter)).toEqual([]);
  }
  await refused(workspace, () => list({ root, since: 'soon' }, contextOf(workspace)), '"soon" is not a time');
});

test('restore restores the archived files', async () => {
  const workspace = workspaceWith();
  await archived(workspace);
  const target = 'out/{projectName}';
  const { result, stdout } = await listen(() => restore({ package: 'latest', from, target }, contextOf(workspace)));
  expect(result).toEqual({ success: true });
  expect(stdout).toContain('all checked.');
  expect(treeOf(join(workspace, 'out/guide'))).toEqual(contentOf(join(workspace, 'spaces/guide')));
});

test('verify looks for an attestation in the workspace', async () => {
  const workspace = workspaceWith();
  await archived(workspace);
  const verifying = () =>
    verify({ package: 'latest', from, attestation: '{projectRoot}/none.json' }, contextOf(workspace));
  await refused(workspace, verifying, join(workspace, 'spaces/guide/none.json'));
});

test('verify accepts intact packages, one or all, and fails the task on damage', async () => {
  const workspace = workspaceWith();
  const { package_id: id } = await archived(workspace);
  const run = (options: object) => listen(() => verify({ package: 'latest', from, ...options }, contextOf(workspace)));
  expect(await run({})).toMatchObject({ result: { success: true }, stdout: expect.stringContaining(`${id}: ok`) });
  expect(await run({ all: true })).toMatchObject({ result: { success: true } });
  damagePacks(join(workspace, 'spaces/guide'));
  const { result, stdout, stderr } = await run({ all: false });
  const warned = expect.stringMatching(/^warning: .*archive the files again.*\.\n$/);
  expect({ result, stderr }).toEqual({ result: { success: false }, stderr: warned });
  expect(stdout).toMatch(new RegExp(`^(${id}: .+[.]\n)+$`));
});

test('verify reads a sample, and reports its size', async () => {
  const workspace = workspaceWith();
  const { package_id: id } = await archived(workspace);
  const run = (sample: number) => verify({ package: 'latest', all: true, from, sample }, contextOf(workspace));
  const { result, stdout } = await listen(() => run(50));
  expect(result).toEqual({ success: true });
  expect(stdout).toMatch(new RegExp(`^${id}: ok, .*; read \\d files?, \\d+ B\n$`));
  for (const share of [0, 101]) await refused(workspace, () => run(share), 'A sample is');
});

test('restore excludes, rewrites and removes as requested, or only lists', async () => {
  const workspace = workspaceWith();
  await archived(workspace);
  const into = (options: object) =>
    listen(() => restore({ package: 'latest', from, target: 'out', ...options }, contextOf(workspace)));
  const output = await into({ exclude: ['*.md'], dryRun: true });
  expect(output.stdout).toContain('make     output/result.json\n');
  expect(output.stdout).not.toContain('.md\n');
  expect(existsSync(join(workspace, 'out'))).toBe(false);
  await into({});
  writeFileSync(join(workspace, 'out/mine.txt'), 'mine');
  writeFileSync(join(workspace, 'out/output/result.json'), 'edited');
  await into({ overwrite: 'never' });
  expect(readFileSync(join(workspace, 'out/output/result.json'), 'utf8')).toBe('edited');
  await into({ force: true, delete: true });
  expect(treeOf(join(workspace, 'out'))).toEqual(contentOf(join(workspace, 'spaces/guide')));
});

test('a project that was never an infospace restores from a given store', async () => {
  const workspace = workspaceWith();
  const { package_id: id } = await archived(workspace, { storeRoot: 'store' });
  const plain = contextOf(workspace, 'libs/plain', 'plain');
  const place = { from, storeRoot: 'store' };
  expect((await listen(() => restore({ package: id!, target: 'a', ...place }, plain))).result.success).toBe(true);
  const latest = { package: 'latest', subject: 'guide', target: 'b', ...place };
  expect((await listen(() => restore(latest, plain))).result.success).toBe(true);
  expect(treeOf(join(workspace, 'a'))).toEqual(treeOf(join(workspace, 'b')));
});

test('the environment counts when the task runs, and its relative paths begin at the workspace', async () => {
  const workspace = workspaceWith();
  const variables = {
    ARTIFACTSTORE_DATABASE_URL: 'sqlite:///shared/registry.sqlite3',
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: 'shared/storage',
  };
  mkdirSync(join(workspace, 'shared'));
  Object.assign(process.env, variables);
  try {
    await archived(workspace);
    expect(existsSync(join(workspace, 'shared/registry.sqlite3'))).toBe(true);
    const before = process.cwd();
    process.env['ARTIFACTSTORE_STORAGE_BACKEND'] = 'tape';
    const action = () => archive({ root }, contextOf(workspace));
    await refused(workspace, action, 'ARTIFACTSTORE_STORAGE_BACKEND', 'tape');
    expect(process.cwd()).toBe(before);
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
});

describe('a mistake is reported in one line, fails the task and leaves store and index unchanged:', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = workspaceWith();
    await archived(workspace);
  });
  const plain = () => contextOf(workspace, 'libs/plain', 'plain');
  const guide = () => contextOf(workspace);

  test('no infospace.yaml', async () => {
    for (const action of [
      () => archive({ root }, plain()),
      () => list({ root }, plain()),
      () => restore({ package: 'latest', from, target: 'out' }, plain()),
      () => restore({ package: 'latest~1', from, target: 'out' }, plain()),
      () => verify({ package: 'latest', from }, plain()),
    ]) {
      await refused(workspace, action, 'project plain', 'infospace.yaml', 'libs/plain');
    }
  });

  test('an invalid package id', async () => {
    await refused(workspace, () => restore({ package: 'nope', from, target: 'out' }, guide()), 'nope', 'package id');
    const unknown = '01a20fa1-cb96-703d-8185-7eebeb9ac7d6';
    await refused(workspace, () => verify({ package: unknown, from }, guide()), unknown);
  });

  test('a target that is not empty, or missing', async () => {
    const into = (target?: string) => () => restore({ package: 'latest', from, ...(target && { target }) }, guide());
    await refused(workspace, into('libs'), 'not empty', join(workspace, 'libs'));
    await refused(workspace, into(), '--to');
    await refused(workspace, into('{projectRoot}/output/archives/.store/x'), 'inside the store');
  });

  test('an unknown class, an empty value, a package together with all', async () => {
    await refused(workspace, () => archive({ root, retentionClass: 'eternal' }, guide()), 'eternal');
    await refused(workspace, () => archive({ root, note: '' }, guide()), '"note"');
    await refused(workspace, () => archive({ root, include: [''] }, guide()), '"include"');
    const both = { package: '01a20fa1-cb96-703d-8185-7eebeb9ac7d6', all: true, from };
    await refused(workspace, () => verify(both, guide()), 'either a package or --all');
  });
});

test('an unwritable record file is an error that names the package, which exists', async () => {
  const workspace = workspaceWith();
  const asked = { root, outputFile: 'libs' };
  const { result, stderr } = await listen(() => archive(asked, contextOf(workspace)));
  expect(result).toEqual({ success: false });
  expect(stderr).toMatch(/^error: The package was made, but .*libs cannot be written \(EISDIR\).*[.]\n$/);
  expect(await listArchives(join(workspace, 'spaces/guide'))).toHaveLength(1);
});
