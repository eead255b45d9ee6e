import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, damagePacks, indexFile, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { packProject } from './fixtures.ts';
import { type NxRun, NxWorkspace, type Setup } from './nx-workspace.ts';

let tarball: string;

beforeAll(async () => {
  ({ tarball } = await packProject());
}, 120_000);

/** Every night, with TEST_NX=all. */
const OTHER_SETUPS: Setup[] = [
  { nx: '21', manager: 'npm', type: 'commonjs', node: '22' },
  { nx: '22', manager: 'npm', type: 'commonjs' },
  { nx: '22', manager: 'pnpm', type: 'module' },
  { nx: '23', manager: 'npm', type: 'module' },
  { nx: '23', manager: 'pnpm', type: 'module' },
  { nx: '24', manager: 'pnpm', type: 'module' },
];

const SETUPS: Setup[] = [
  { nx: '24', manager: 'npm', type: 'module' },
  { nx: '21', manager: 'pnpm', type: 'commonjs', node: '22' },
  ...(process.env['TEST_NX'] === 'all' ? OTHER_SETUPS : []),
];

/** One line says what is wrong; Nx adds a summary, and a remark that a task which passed before is flaky. */
function saysInOneLine({ code, output }: NxRun, ...words: string[]): void {
  expect(code).toBe(1);
  const lines = output.split('\n').filter((line) => /^error: |^ *NX +(?! *(?:Running|Ran|Nx detected) )/.test(line));
  expect(lines).toHaveLength(1);
  for (const word of words) expect(lines[0]).toContain(word);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+/m);
}

function packagesIn(root: string): string[] {
  return [...readFileSync(indexFile(root), 'utf8').matchAll(/"package_id": ?"([^"]+)"/g)].map(([, id]) => id!);
}

describe.each(SETUPS)('Nx $nx with $manager, type $type', (setup) => {
  let workspace: NxWorkspace;
  let guide: string;

  beforeAll(async () => {
    workspace = await NxWorkspace.make(setup);
    guide = workspace.path('spaces/guide');
  }, 180_000);

  test('nx add registers the plugin', async () => {
    expect(await workspace.mustNx('add', `infospace-archive@file:${tarball}`)).toContain('added successfully');
    expect(JSON.parse(readFileSync(workspace.path('nx.json'), 'utf8'))).toMatchObject({
      plugins: ['infospace-archive/nx-plugin'],
    });
    for (const file of ['.gitignore', '.nxignore']) {
      expect(readFileSync(workspace.path(file), 'utf8')).toContain('**/output/archives/.store/\n');
    }
  }, 120_000);

  test('nx g makes infospaces and targets, and only lists them with --dry-run', async () => {
    const result = await workspace.mustNx('g', 'infospace-archive:infospace', 'spaces/guide', '--dry-run');
    expect(result).toContain('CREATE spaces/guide/infospace.yaml');
    expect(existsSync(guide)).toBe(false);
    await workspace.mustNx('g', 'infospace-archive:infospace', 'spaces/guide');
    await workspace.mustNx('g', 'infospace-archive:infospace', 'spaces/atlas', '--title=An Atlas', '--slug=atlas');
    const target = ['--targetName=archive-reports', '--include=reports', '--retentionClass=permanent-record'];
    await workspace.mustNx('g', 'infospace-archive:archive-target', 'guide', ...target);
    const before = treeOf(workspace.path('spaces'));
    await workspace.mustNx('g', 'infospace-archive:archive-target', 'guide', ...target);
    await workspace.mustNx('g', 'infospace-archive:infospace', 'spaces/guide');
    expect(treeOf(workspace.path('spaces'))).toEqual(before);
  }, 120_000);

  test('nx show lists the projects and their targets, and uses a name from package.json', async () => {
    workspace.write({ 'spaces/atlas/package.json': '{"name":"@org/atlas","version":"1.0.0"}' });
    expect(JSON.parse(await workspace.mustNx('show', 'projects', '--json'))).toEqual(
      expect.arrayContaining(['@org/atlas', 'guide']),
    );
    const { targets } = JSON.parse(await workspace.mustNx('show', 'project', 'guide', '--json'));
    expect(Object.keys(targets)).toEqual(
      expect.arrayContaining(['archive', 'archive-list', 'archive-reports', 'restore', 'verify']),
    );
    expect(targets.archive).toMatchObject({ executor: 'infospace-archive:archive', cache: false });
    expect(targets['archive-reports'].options).toMatchObject({ include: ['reports'] });
    expect(await workspace.mustNx('run', 'guide:restore', '--help')).toContain('--subject');
  }, 120_000);

  test('nx run archives, lists, verifies and restores', async () => {
    workspace.write({ 'spaces/guide/artifacts/a.md': 'a\n', 'spaces/guide/reports/r.md': 'r\n' });
    workspace.commit();
    const archived = await workspace.mustNx('run', 'guide:archive', '--note=first', '--outputFile=dist/record.json');
    expect(archived).toContain('Archived guide\n');
    const record = JSON.parse(readFileSync(workspace.path('dist/record.json'), 'utf8')) as Record<string, unknown>;
    expect(packagesIn(guide)).toEqual([record['package_id']]);
    expect(await workspace.mustNx('run', 'guide:archive', '--skipUnchanged')).toContain('Nothing has changed');
    const reports = await workspace.mustNx('run', 'guide:archive-reports');
    expect(reports).toMatch(/kept +permanent-record, never expires/);
    expect(await workspace.mustNx('run', 'guide:archive-list', '--withRetention')).toMatch(/kept +first/);
    expect(await workspace.mustNx('run', 'guide:verify', '--all')).toMatch(/(\S+: ok, .*\n){2}/);
    const target = join(temporaryFolder(), 'restored');
    const restored = await workspace.mustNx(
      'run',
      'guide:restore',
      `--package=${record['package_id']}`,
      `--to=${target}`,
    );
    expect(restored).toContain('all checked.');
    const isLeftOut = (path: string) => path === 'output/archives' || path === 'project.json';
    expect(treeOf(target)).toEqual(treeOf(guide, isLeftOut));
    expect(await workspace.mustNx('run', 'guide:restore', '--', `--target=${target}-2`)).toContain('all checked.');
  }, 180_000);

  test('nx affected archives only the infospaces whose content changed, and an archive is no such change', async () => {
    workspace.git('add', '--all', '--force', ':!node_modules', ':!.nx', ':!spaces/*/output/archives/.store');
    workspace.git('commit', '--quiet', '--message', 'chore: records');
    const affected = () => workspace.mustNx('affected', '-t', 'archive', '--base=HEAD', '--outputStyle=static');
    const before = packagesIn(guide).length;
    expect(await affected()).toContain('No tasks were run');
    workspace.write({ 'spaces/guide/artifacts/a.md': 'another a\n' });
    const output = await affected();
    expect(output).toContain('> nx run guide:archive');
    expect(output).not.toContain('atlas:archive');
    expect(packagesIn(guide)).toHaveLength(before + 1);
    workspace.git('checkout', '--quiet', '--', 'spaces/guide/artifacts');
    // The files written by the archive still count as changed.
    expect(workspace.git('status', '--short')).toContain('output/archives/index.yaml');
    expect(await affected()).toContain('No tasks were run');
  }, 120_000);

  test('infospaces archive in parallel into one store, configured in .env', async () => {
    workspace.write({ '.env': storeVariables('shared') });
    const both = await workspace.mustNx('run-many', '-t', 'archive', '--parallel=2', '--outputStyle=static');
    expect(both).toContain('Archived guide\n');
    expect(both).toContain('Archived atlas\n');
    await workspace.mustNx('run-many', '-t', 'verify', '--outputStyle=static');
    expect(await workspace.mustNx('run', 'guide:verify', '--all')).toMatch(/(\S+: ok, .*\n){2}/);
    expect(existsSync(workspace.path('shared/registry.sqlite3'))).toBe(true);
    expect(existsSync(workspace.path('spaces/atlas/output/archives/.store'))).toBe(false);
    rmSync(workspace.path('.env'));
  }, 120_000);

  test('a mistake is one line and a failed task, and changes nothing', async () => {
    const plain = { check: 'verify', keep: 'archive' };
    const targets = Object.fromEntries(
      Object.entries(plain).map(([name, executor]) => [name, { executor: `infospace-archive:${executor}` }]),
    );
    workspace.write({ 'plain/project.json': JSON.stringify({ name: 'plain', targets }) });
    const before = treeOf(workspace.path('spaces'));
    saysInOneLine(await workspace.nx('run', 'guide:archive', '--nope=1'), 'nope', 'schema');
    saysInOneLine(await workspace.nx('run', 'plain:keep'), 'plain', 'infospace.yaml');
    saysInOneLine(await workspace.nx('run', 'plain:check'), 'plain', 'infospace.yaml');
    saysInOneLine(await workspace.nx('run', 'guide:restore', '--package=nope', '--to=dist/x'), 'nope', 'package id');
    saysInOneLine(await workspace.nx('run', 'guide:restore', '--to=spaces'), 'not empty');
    saysInOneLine(await workspace.nx('run', 'guide:restore'), '--to');
    workspace.write({ '.env': 'ARTIFACTSTORE_STORAGE_BACKEND=tape\n' });
    saysInOneLine(await workspace.nx('run', 'guide:archive'), 'ARTIFACTSTORE_');
    rmSync(workspace.path('.env'));
    expect(treeOf(workspace.path('spaces'))).toEqual(before);
    expect(existsSync(workspace.path('dist/x'))).toBe(false);
  }, 180_000);
});

/** Paths relative to the workspace. */
function storeVariables(folder: string): string {
  return [
    `ARTIFACTSTORE_DATABASE_URL=sqlite:///${folder}/registry.sqlite3`,
    'ARTIFACTSTORE_STORAGE_BACKEND=local',
    `ARTIFACTSTORE_STORAGE_LOCAL_ROOT=${folder}/storage\n`,
  ].join('\n');
}

describe('Nx 23 with its devkit, a formatter and nx release', () => {
  let workspace: NxWorkspace;
  let guide: string;

  beforeAll(async () => {
    const nx = '23.3.1';
    workspace = await NxWorkspace.make({
      nx,
      manager: 'npm',
      type: 'module',
      dependencies: [`@nx/js@${nx}`, `@nx/devkit@${nx}`, 'prettier@3'],
      files: { '.prettierrc': '{ "tabWidth": 8 }\n' },
    });
    guide = workspace.path('spaces/guide');
    await workspace.mustNx('add', `infospace-archive@file:${tarball}`);
    await workspace.mustNx('g', 'infospace-archive:infospace', 'spaces/guide');
  }, 240_000);

  test('generators write in the layout of the workspace', () => {
    expect(readFileSync(workspace.path('nx.json'), 'utf8')).toContain(
      '\n        "plugins": ["infospace-archive/nx-plugin"]',
    );
  });

  test('the daemon keeps no value of the environment', async () => {
    const run = () =>
      workspace.run(workspace.path('node_modules/.bin/nx'), ['run', 'guide:archive'], { NX_DAEMON: 'true' });
    try {
      for (const folder of ['shared-a', 'shared-b']) {
        workspace.write({ '.env': storeVariables(folder) });
        expect(await run()).toMatchObject({ code: 0 });
        expect(existsSync(workspace.path(folder, 'registry.sqlite3'))).toBe(true);
      }
    } finally {
      await workspace.run(workspace.path('node_modules/.bin/nx'), ['daemon', '--stop'], { NX_DAEMON: 'true' });
      rmSync(workspace.path('.env'));
    }
  }, 120_000);

  test('a release verifies and restores its evidence first, and fails without it', async () => {
    const evidence = join(workspace.root, '../evidence');
    const nxJson = JSON.parse(readFileSync(workspace.path('nx.json'), 'utf8')) as object;
    const release = {
      projects: ['guide'],
      version: { preVersionCommand: 'npx nx run guide:verify && npx nx run guide:restore --to=../evidence' },
      changelog: { workspaceChangelog: false },
    };
    workspace.write({
      'nx.json': JSON.stringify({ ...nxJson, release }),
      'spaces/guide/package.json': '{"name":"guide","version":"1.0.0","private":true}',
    });
    await workspace.mustNx('run', 'guide:archive', '--note=release 1.1.0');
    workspace.commit();
    await workspace.mustNx('release', '1.1.0', '--skip-publish', '--first-release');
    expect(readFileSync(join(guide, 'package.json'), 'utf8')).toContain('"1.1.0"');
    expect(workspace.git('tag')).toContain('v1.1.0');
    const isLeftOut = (path: string) => path === 'package.json';
    expect(treeOf(evidence)).toEqual(
      Object.fromEntries(Object.entries(contentOf(guide)).filter(([path]) => !isLeftOut(path))),
    );
    rmSync(evidence, { recursive: true });
    damagePacks(guide);
    const { code } = await workspace.nx('release', '1.2.0', '--skip-publish');
    expect(code).not.toBe(0);
    expect(readFileSync(join(guide, 'package.json'), 'utf8')).toContain('"1.1.0"');
    expect(workspace.git('tag')).not.toContain('v1.2.0');
    expect(existsSync(evidence)).toBe(false);
  }, 180_000);
});
