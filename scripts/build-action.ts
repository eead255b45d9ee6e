/**
 * Builds `dist/`, which the GitHub Action runs from: the bundle with its lazy chunks, the worker, the starters, and the
 * native packages as they are. The same sources and lockfile give the same bytes on every machine.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram, repository, run } from './bundle.ts';
import { copyNativePackages } from './native-packages.ts';

const build = join(repository, 'build/action');
const dist = join(repository, 'dist');

function size(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

rmSync(build, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.action.json');

bundleProgram(join(build, 'action/main.js'), join(build, 'artifact-store/packs/worker.js'), dist);

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
