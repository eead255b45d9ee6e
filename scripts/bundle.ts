import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NATIVE_PACKAGES } from './native-packages.ts';

export const repository = fileURLToPath(new URL('..', import.meta.url));
/** Collects the licences of all bundled packages. */
const LICENSES = 'licenses.txt';

/** Runs a tool of `node_modules`. If it fails, prints what it said, and ends the program. */
export function run(tool: string, ...args: string[]): void {
  const { status, stdout } = spawnSync(process.execPath, [join(repository, 'node_modules', tool), ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status === 0) return;
  process.stderr.write(stdout);
  process.exit(1);
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
  for (const name of readdirSync(out).filter((file) => file.endsWith('.js'))) {
    const file = join(out, name);
    writeFileSync(file, inAscii(readFileSync(file, 'utf8')));
  }
}

/** More of them would make a file larger than they save. */
const MAX_ESCAPES = 1000;

/**
 * The same program in ASCII: for a single character beyond Latin-1, such as an ellipsis in a comment, Node.js keeps a whole file in
 * memory as UTF-16. Files with tables of characters are left as they are.
 */
function inAscii(source: string): string {
  const isEscaped = /\\[^\0-\x7f]/.test(source);
  const units = source.match(/[^\0-\x7f]/g)?.length ?? 0;
  if (isEscaped || units > MAX_ESCAPES) return source;
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
