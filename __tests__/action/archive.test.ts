import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { listArchives, openRegistry } from '../../src/index.ts';
import {
  packFiles,
  sampleInfospace,
  temporaryFolder,
  writeLarge,
  writeSparse,
  writeTree,
} from '../infospace/fixtures.ts';
import { actionFile, runStep } from './fixtures.ts';

const NEVER = { 'workflow-artifact': 'never' };

test('sets every output that action.yml declares, and its alias to the same value', async () => {
  const root = sampleInfospace();
  const { code, errors, outputs } = await runStep('archive', root, { inputs: { ...NEVER, note: 'a note' } });
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
  const [record] = await listArchives(root);
  expect(outputs).toMatchObject({
    package_id: record!.package_id,
    manifest_digest: record!.manifest_digest,
    content_digest: record!.content_digest,
    file_count: '9',
    total_bytes: String(record!.total_bytes),
    changed: 'true',
    index_path: join(root, 'output/archives/index.yaml'),
  });
  const manifest = readFileSync(outputs['manifest_path']!);
  expect(createHash('sha256').update(manifest).digest('hex')).toBe(outputs['manifest_sha256']);
  expect(Number(outputs['stored_bytes'])).toBeGreaterThan(0);
  expect(JSON.parse(outputs['result_json']!)).toMatchObject({ ...record, changed: true, left_out: { excluded: 0 } });
  const declared = Object.keys(parse(actionFile()).outputs).filter((name) => !/artifact/.test(name));
  expect(Object.keys(outputs).sort()).toEqual(declared.sort());
  for (const name of declared) expect(outputs[name]).toBe(outputs[name.replaceAll('-', '_')]);
});

test('the manifest records where it was made and contains no token', async () => {
  const root = sampleInfospace();
  const { outputs } = await runStep('archive', root, {
    inputs: NEVER,
    env: {
      GITHUB_SHA: 'abc123',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_WORKFLOW: 'Generate',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'octocat',
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      GITHUB_TOKEN: 'ghs_token',
      ACTIONS_RUNTIME_TOKEN: 'runtime-token',
    },
  });
  const registry = await openRegistry(root, {}, 'read');
  const { provenance } = await registry.getManifest(outputs['package_id']!);
  await registry.close();
  expect(provenance).toEqual({
    repository: 'octo/guide',
    commit: 'abc123',
    ref: 'refs/heads/main',
    workflow: 'Generate',
    run_id: '7',
    run_attempt: '2',
    actor: 'octocat',
    runner_os: 'Linux',
    runner_arch: 'X64',
  });
});

test('the summary shows what is new since the last package, and how to restore it', async () => {
  const root = sampleInfospace();
  const first = await runStep('archive', root, { inputs: NEVER });
  expect(first.summary).toContain('first package of this subject');
  writeTree(root, { 'output/result.json': '{}', 'output/`new`.txt': 'x' });
  rmSync(join(root, 'artifacts/overview.md'));
  const { summary, outputs } = await runStep('archive', dirname(root), {
    inputs: { ...NEVER, root: 'space', note: 'a | b', 'retention-class': 'permanent-record' },
    env: { GITHUB_ACTION_REPOSITORY: 'octo/archiver', GITHUB_ACTION_REF: 'v1.2' },
  });
  expect(summary).toContain('1 added, 1 changed, 1 removed, 7 unchanged');
  expect(summary).toContain('- added ``output/`new`.txt``');
  expect(summary).toContain('- changed `output/result.json`');
  expect(summary).toContain('- removed `artifacts/overview.md`');
  expect(summary).toContain('| Kept | `permanent-record`, never expires |');
  expect(summary).toContain('| Note | `a \\| b` |');
  const registry = await openRegistry(root, {}, 'read');
  const { sequence, digest } = await registry.eventHead();
  const log = await registry.logHead();
  await registry.close();
  expect(summary).toContain(`| Audit head | \`${sequence} ${digest}\` |`);
  expect(summary).toContain(`| Log head | \`${log.segment}:${log.digest}\` |`);
  expect(outputs['log_head']).toBe(`${log.segment}:${log.digest}`);
  const snippet = /```yaml\n([\s\S]*?)```/.exec(summary)![1]!;
  expect(parse(snippet)).toEqual([
    {
      uses: 'octo/archiver/restore@v1.2',
      with: { 'package-id': outputs['manifest_digest'], target: 'restored', root: 'space' },
    },
  ]);
  expect(summary).not.toContain('\x1b');
});

test('no summary is written when it is disabled, and a failure to write one is a warning', async () => {
  const root = sampleInfospace();
  expect((await runStep('archive', root, { inputs: { ...NEVER, summary: 'false' } })).summary).toBe('');
  const env = { GITHUB_STEP_SUMMARY: join(root, 'missing/summary') };
  const { code, warnings, outputs } = await runStep('archive', root, { inputs: NEVER, env });
  expect(code).toBe(0);
  expect(warnings).toEqual([expect.stringContaining('job summary')]);
  expect(outputs['package_id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('skip-unchanged makes no second package and reports that', async () => {
  const root = sampleInfospace();
  const inputs = { ...NEVER, 'skip-unchanged': 'true' };
  const first = await runStep('archive', root, { inputs });
  const again = await runStep('archive', root, { inputs });
  expect(again.outputs).toMatchObject({ changed: 'false', package_id: first.outputs['package_id'], stored_bytes: '0' });
  expect(again.summary).toContain('Nothing has changed');
  expect(await listArchives(root)).toHaveLength(1);
});

test('refuse-secrets fails with an annotation that names the files; without it they are a warning', async () => {
  const root = sampleInfospace({ 'output/.env': 'TOKEN=x' });
  const refused = await runStep('archive', root, { inputs: { ...NEVER, 'refuse-secrets': 'true' } });
  expect({ code: refused.code, outputs: refused.outputs }).toEqual({ code: 1, outputs: {} });
  expect(refused.errors).toEqual([expect.stringMatching(/^The input "refuse-secrets": .*"output\/\.env".*"exclude"/)]);
  const { warnings } = await runStep('archive', root, { inputs: NEVER });
  expect(warnings).toEqual([expect.stringContaining('"output/.env"')]);
});

test('the same content archived again by a retried job succeeds', async () => {
  const root = sampleInfospace();
  const first = await runStep('archive', root, { inputs: NEVER });
  const again = await runStep('archive', root, { inputs: NEVER, env: { GITHUB_RUN_ATTEMPT: '2' } });
  expect({ code: again.code, errors: again.errors }).toEqual({ code: 0, errors: [] });
  expect(again.outputs['content_digest']).toBe(first.outputs['content_digest']);
});

test.each([
  ['warn', { warnings: [expect.stringContaining('"include"')], code: 0, errors: [] }],
  ['ignore', { warnings: [], code: 0, errors: [] }],
  ['error', { warnings: [], code: 1, errors: [expect.stringContaining('"include"')] }],
])('if-no-files-found: %s', async (value, expected) => {
  const root = sampleInfospace();
  const inputs = { ...NEVER, 'if-no-files-found': value, include: 'output/none' };
  const { code, errors, warnings, outputs } = await runStep('archive', root, { inputs });
  expect({ code, errors, warnings }).toEqual(expected);
  if (value !== 'error') expect(outputs).toMatchObject({ package_id: '', changed: 'false' });
});

test('include and exclude choose what is archived, and excluded files are counted', async () => {
  const root = sampleInfospace();
  const inputs = { ...NEVER, include: 'output\nartifacts', exclude: '*.csv' };
  const { outputs, log } = await runStep('archive', root, { inputs });
  expect(outputs['file_count']).toBe('4');
  expect(log).toContain('Left out 1 excluded, 4 outside the include set');
});

test('an embedded store or a shared store keeps the package, and neither is uploaded', async () => {
  const root = sampleInfospace();
  const shared = temporaryFolder();
  const env = {
    ARTIFACTSTORE_DATABASE_URL: `sqlite:///${shared}/registry.sqlite3`,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(shared, 'storage'),
  };
  const inShared = await runStep('archive', root, { env });
  expect({ code: inShared.code, errors: inShared.errors, warnings: inShared.warnings }).toEqual({
    code: 0,
    errors: [],
    warnings: [],
  });
  expect(packFiles(shared, '.')).toHaveLength(1);
  const own = await runStep('archive', root, { inputs: { 'store-root': 'keep' } });
  expect(own.code).toBe(0);
  expect(own.warnings).toEqual([expect.stringContaining('so the new store lacks these packages')]);
  expect(packFiles(root, 'keep')).toHaveLength(1);
});

test('a root outside the workspace is archived with a warning', async () => {
  const root = sampleInfospace();
  const { code, warnings } = await runStep('archive', temporaryFolder(), { inputs: { ...NEVER, root } });
  expect(code).toBe(0);
  expect(warnings).toEqual([expect.stringContaining('outside the workspace')]);
});

test('file names cannot inject workflow commands', async () => {
  const root = sampleInfospace({ 'output/x\n::error::injected\n.txt': 'x' });
  const { errors, log } = await runStep('archive', root, { inputs: NEVER });
  expect(errors).toEqual([]);
  expect(log).not.toMatch(/^::error/m);
});

test('without an artifact service, auto keeps the outputs and fails with the remedy; act only warns', async () => {
  const root = sampleInfospace();
  const onGitHub = await runStep('archive', root);
  expect(onGitHub.code).toBe(1);
  expect(onGitHub.errors).toEqual([expect.stringMatching(/no service for workflow artifacts.*ARTIFACTSTORE_/)]);
  expect(onGitHub.outputs['package_id']).toMatch(/^[0-9a-f-]{36}$/);
  const underAct = await runStep('archive', root, { env: { ACT: 'true' } });
  expect(underAct.code).toBe(0);
  expect(underAct.warnings).toEqual([expect.stringContaining('--artifact-server-path')]);
  const always = await runStep('archive', root, { inputs: { 'workflow-artifact': 'always' }, env: { ACT: 'true' } });
  expect(always.code).toBe(1);
});

test.each<[string, Record<string, string>]>([
  ['root', { root: 'missing' }],
  ['retention-class', { 'retention-class': 'for-ever' }],
  ['include', { include: '../elsewhere' }],
  ['skip-unchanged', { 'skip-unchanged': 'maybe' }],
  ['refuse-secrets', { 'refuse-secrets': 'maybe' }],
  ['if-no-files-found', { 'if-no-files-found': 'explode' }],
  ['workflow-artifact', { 'workflow-artifact': 'sometimes' }],
  ['workflow-artifact-name', { 'workflow-artifact-name': 'a/b' }],
  ['workflow-artifact-retention-days', { 'workflow-artifact-retention-days': '0' }],
  ['summary', { summary: '1' }],
])('an invalid %s is one annotation that names it', async (name, inputs) => {
  const root = sampleInfospace();
  const { code, errors, outputs } = await runStep('archive', root, { inputs: { ...NEVER, ...inputs } });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining(`The input "${name}"`)]);
  expect(outputs).toEqual({});
});

test.each<[string, Record<string, string>]>([
  ['ARTIFACTSTORE_STORAGE_BACKEND', { ARTIFACTSTORE_S3_BUCKET: 'bucket' }],
  [
    'ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
    {
      ARTIFACTSTORE_DATABASE_URL: 'sqlite:////tmp/never',
      ARTIFACTSTORE_STORAGE_BACKEND: 's3',
      ARTIFACTSTORE_S3_BUCKET: 'bucket',
      ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'half-a-key',
    },
  ],
  [
    'ARTIFACTSTORE_S3_REGION',
    {
      ARTIFACTSTORE_DATABASE_URL: `sqlite:///${temporaryFolder()}/registry.sqlite3`,
      ARTIFACTSTORE_STORAGE_BACKEND: 's3',
      ARTIFACTSTORE_S3_BUCKET: 'bucket',
      ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'key',
      ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: 'very-secret-key',
    },
  ],
  ['ARTIFACTSTORE_S3_BUKET', { ARTIFACTSTORE_S3_BUKET: 'typo' }],
])('an incomplete store configuration is one annotation that names %s', async (name, env) => {
  const root = sampleInfospace();
  const { code, errors } = await runStep('archive', root, { env });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining(name)]);
  expect(await listArchives(root)).toEqual([]);
});

test('a store-root beside a configured store is refused, and the error names the input', async () => {
  const root = sampleInfospace();
  mkdirSync(join(root, 'keep'));
  const env = {
    ARTIFACTSTORE_DATABASE_URL: 'sqlite:////tmp/never',
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/tmp/never',
  };
  const { errors } = await runStep('archive', root, { inputs: { 'store-root': 'keep' }, env });
  expect(errors).toEqual([expect.stringContaining('the input "store-root"')]);
});

test('a cancelled step removes its archive again', async () => {
  const root = sampleInfospace();
  writeLarge(root);
  writeSparse(root, 40);
  const store = join(root, 'output/archives/.store');
  const cancelWhen = () => existsSync(join(store, 'storage/objects'));
  const step = await runStep('archive', root, { cancelWhen });
  expect(step).toMatchObject({ code: 1, errors: ['Stopped by SIGINT; run it again.'], outputs: {} });
  expect(await listArchives(root)).toEqual([]);
  const left = readdirSync(join(store, 'storage'), { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['store.json']);
});

test('a broken index is one annotation, and no package is made', async () => {
  const root = sampleInfospace();
  mkdirSync(join(root, 'output/archives'), { recursive: true });
  writeFileSync(join(root, 'output/archives/index.yaml'), 'a: b: c');
  const { code, errors } = await runStep('archive', root, { inputs: NEVER });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining('index.yaml is broken')]);
});
