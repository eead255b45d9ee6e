/**
 * Builds `dist/`, which the GitHub Action runs from: the bundle with its lazy chunks, the worker, the starters, and the
 * native packages as they are. The same sources and lockfile give the same bytes on every machine.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyNativePackages, NATIVE_PACKAGES } from './native-packages.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const build = join(repository, 'build/action');
const dist = join(repository, 'dist');
/** The licences of all that is bundled. */
const LICENSES = 'licenses.txt';

function run(tool: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(repository, 'node_modules', tool), ...args], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Bundles one file with all it imports but the native packages. */
function bundle(entry: string, out: string): void {
  const externals = NATIVE_PACKAGES.flatMap((name) => ['--external', name]);
  run(
    '@vercel/ncc/dist/ncc/cli.js',
    'build',
    entry,
    '--out',
    out,
    '--no-cache',
    '--target',
    'es2022',
    '--license',
    LICENSES,
    ...externals,
  );
}

function size(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

rmSync(build, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.action.json');

bundle(join(build, 'action/main.js'), dist);
const worker = join(build, 'worker');
bundle(join(build, 'artifact-store/packs/worker.js'), worker);
// Threads start it by this name from beside the bundle.
if (readdirSync(worker).some((name) => !['index.js', 'package.json', LICENSES].includes(name))) {
  throw new Error(`The worker is more than one file: ${readdirSync(worker).join(', ')}.`);
}
copyFileSync(join(worker, 'index.js'), join(dist, 'worker.js'));

for (const name of readdirSync(join(repository, 'src/action')).filter((file) => file.endsWith('.cjs'))) {
  copyFileSync(join(repository, 'src/action', name), join(dist, name));
}
copyNativePackages(repository, join(dist, 'node_modules'));

for (const name of readdirSync(dist).filter((file) => file.endsWith('.js'))) {
  if (readFileSync(join(dist, name), 'utf8').includes(repository)) {
    throw new Error(`dist/${name} names a folder of this machine.`);
  }
}
rmSync(join(repository, 'build'), { recursive: true, force: true });
process.stdout.write(`dist/ has ${(size(dist) / 1e6).toFixed(1)} MB\n`);
