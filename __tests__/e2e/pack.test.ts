import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { copyOfProject, execute, packProject } from './fixtures.ts';

let tarball: string;
let packed: string[];

beforeAll(async () => {
  ({ tarball, packed } = await packProject());
}, 120_000);

test('the package contains the files needed to run and nothing else', () => {
  const unexpected = packed.filter(
    (path) =>
      !/^(bin\/infospace-archive\.cjs|lib\/.*\.(js|d\.ts)|lib\/cli\/licenses\.txt|man\/infospace-archive\.1|schemas\/[a-z.-]+\.json|nx-plugin\/.*\.json|package\.json|[A-Z]+(\.md)?)$/.test(
        path,
      ),
  );
  expect(unexpected).toEqual([]);
  expect(packed).toEqual(
    expect.arrayContaining([
      'bin/infospace-archive.cjs',
      'lib/src/index.js',
      'lib/src/index.d.ts',
      'lib/cli/index.js',
      'lib/cli/worker.js',
      'lib/src/artifact-store/packs/worker.js',
      'lib/nx-plugin/index.js',
      'nx-plugin/executors.json',
      'nx-plugin/executors/archive.json',
      'nx-plugin/generators.json',
      'nx-plugin/generators/init.json',
      'nx-plugin/migrations.json',
      'man/infospace-archive.1',
      'package.json',
      'schemas/list.json',
    ]),
  );
});

test('in the command line only tables of characters are not ASCII, since Node.js keeps such files as UTF-16', () => {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  const cli = join(folder, 'package/lib/cli');
  const files = readdirSync(cli).filter((name) => name.endsWith('.js'));
  const others = files.map((name) => readFileSync(join(cli, name), 'utf8').match(/[^\0-\x7f]/g)?.length ?? 0);
  expect(files.length).toBeGreaterThan(10);
  expect(others.filter((count) => count > 0 && count < 1000)).toEqual([]);
});

test('the installed command archives, lists, verifies and restores in fresh folders', async () => {
  const prefix = temporaryFolder();
  await execute('npm', ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', tarball]);
  const root = sampleInfospace();
  const run = (...args: string[]) => execute(join(prefix, 'bin/infospace-archive'), args, { cwd: root });
  expect(await run('archive', '.', '--note', 'installed')).toContain('Archived guide');
  expect(await run('list', '.')).toContain('installed');
  expect(await run('verify', '--all')).toMatch(/: ok, 9 entries/);
  const target = join(temporaryFolder(), 'restored');
  expect(await run('restore', 'latest', '--target', target)).toContain('all checked');
  expect(treeOf(target)).toEqual(contentOf(root));
}, 180_000);

test('the library runs and type-checks in a project that installs it', async () => {
  const project = writeTree(temporaryFolder(), {
    'package.json': '{"name":"consumer","private":true,"type":"module"}',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        moduleResolution: 'nodenext',
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        types: ['node'],
        noEmit: true,
      },
      include: ['use.ts'],
    }),
    'use.ts': `import {
  type AnnotatedRecord, annotateRetention, ArchiveError, type ArchivePlan, archiveInfospace, type ArchiveOptions,
  type ArchiveRecord, type ArchiveResult, type ErrorCode, listArchives, type Manifest, openRegistry, type PackageSummary,
  planArchive, type Registry, restoreArchive, type RestoreResult,
} from 'infospace-archive';

const options: ArchiveOptions = { retentionClass: 'transient', include: ['output'], note: 'typed' };
const plan: ArchivePlan = await planArchive('space', options);
const made: ArchiveResult = await archiveInfospace('space', options);
const records: ArchiveRecord[] = await listArchives('space');
const registry: Registry = await openRegistry('space', {}, 'read');
const annotated: AnnotatedRecord[] = await annotateRetention(records, registry);
const packages: PackageSummary[] = await registry.listPackages();
const manifest: Manifest = await registry.getManifest(packages[0]!.id);
await registry.close();
const back: RestoreResult = await restoreArchive(made.record.manifest_digest, { target: 'back', from: 'space' });
let code: ErrorCode | undefined;
try {
  await restoreArchive('latest', { target: 'back', from: 'space' });
} catch (error) {
  if (error instanceof ArchiveError) code = error.code;
}
// @ts-expect-error: the target must be given
void (() => restoreArchive('latest', {}));
console.log(JSON.stringify([plan.paths, manifest.files.length, annotated[0]!.retention!.eligible, back.fileCount, code]));
`,
    'space/output/a.txt': 'a',
  });
  const dependencies = [tarball, 'typescript@7', '@types/node@24'];
  await execute('npm', ['install', '--no-audit', '--no-fund', ...dependencies], { cwd: project });
  expect(await execute('npx', ['tsc', '-p', '.'], { cwd: project })).toBe('');
  const output = await execute(process.execPath, ['use.ts'], { cwd: project });
  expect(JSON.parse(output)).toEqual([['output/a.txt'], 1, false, 1, 'TARGET_REFUSED']);
}, 180_000);

test('the library works in a program given on the command line', async () => {
  const copy = copyOfProject();
  await execute('npm', ['run', 'build'], { cwd: copy });
  const root = sampleInfospace();
  writeFileSync(join(root, 'output/more'), 'more');
  const library = JSON.stringify(join(copy, 'lib/src/index.js'));
  const program = `import { archiveInfospace } from ${library};
    console.log((await archiveInfospace(${JSON.stringify(root)})).record.file_count);`;
  expect(await execute(process.execPath, ['--input-type=module', '--eval', program])).toBe('10\n');
}, 120_000);
