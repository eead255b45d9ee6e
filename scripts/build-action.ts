/**
 * Builds `dist/`, from which the GitHub Action runs: the bundle with its lazy chunks, the worker, the starters, and the
 * native packages with compressed binaries. The same sources and lockfile give the same bytes on every machine.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify } from '@swc/core';
import { bundleProgram, repository, run } from './bundle.ts';
import { copyNativePackages, packBinaries } from './native-packages.ts';

const build = join(repository, 'build/action');
const dist = join(repository, 'dist');

function size(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Names are kept, since stacks show them and clients of services compare them. */
async function minified(bundle: string): Promise<string> {
  const names = { keep_classnames: true, keep_fnames: true };
  const { code } = await minify(bundle, {
    module: true,
    ecma: 2022,
    compress: names,
    mangle: names,
    format: { comments: false, asciiOnly: true },
  });
  return `${code}\n`;
}

rmSync(build, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.action.json');

bundleProgram(join(build, 'action/main.js'), join(build, 'artifact-store/packs/worker.js'), dist);

for (const name of readdirSync(join(repository, 'src/action')).filter((file) => file.endsWith('.cjs'))) {
  copyFileSync(join(repository, 'src/action', name), join(dist, name));
}
copyNativePackages(repository, join(dist, 'node_modules'));
await packBinaries(repository, join(dist, 'binaries'));

for (const name of readdirSync(dist).filter((file) => file.endsWith('.js'))) {
  const bundle = readFileSync(join(dist, name), 'utf8');
  if (bundle.includes(repository)) throw new Error(`dist/${name} names a folder of this machine.`);
  writeFileSync(join(dist, name), await minified(bundle));
}
rmSync(join(repository, 'build'), { recursive: true, force: true });
process.stdout.write(`dist/ has ${(size(dist) / 1e6).toFixed(1)} MB\n`);
