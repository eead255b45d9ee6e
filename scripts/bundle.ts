import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NATIVE_PACKAGES } from './native-packages.ts';

export const repository = fileURLToPath(new URL('..', import.meta.url));
/** Collects the licences of all bundled packages. */
const LICENSES = 'licenses.txt';

export function run(tool: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(repository, 'node_modules', tool), ...args], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Bundles a program with all its imports except native packages: `index.js`, its lazy chunks, and the worker's file. */
export function bundleProgram(entry: string, worker: string, out: string): void {
  bundle(entry, out);
  const workerOut = join(out, 'worker');
  bundle(worker, workerOut);
  if (readdirSync(workerOut).some((name) => !['index.js', 'package.json', LICENSES].includes(name))) {
    throw new Error(`The worker is more than one file: ${readdirSync(workerOut).join(', ')}.`);
  }
  // The program starts threads from the file of this name beside the bundle.
  copyFileSync(join(workerOut, 'index.js'), join(out, 'worker.js'));
  rmSync(workerOut, { recursive: true });
}

function bundle(entry: string, out: string): void {
  const externals = NATIVE_PACKAGES.flatMap((name) => ['--external', name]);
  const options = ['--no-cache', '--target', 'es2022', '--license', LICENSES, ...externals];
  // biome-ignore lint/plugin: as many as there are external modules
  run('@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, ...options);
}
