/**
 * Prints the duration of commands as multiples of Node.js's own start, which hardly depend on the machine. Each is the fastest
 * of several runs, since other processes disturbed it least. Fails when one exceeds its promise.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstOutputMs } from './first-output.ts';

const RUNS = 30;

const folder = mkdtempSync(join(tmpdir(), 'start-time-'));
const space = join(folder, 'space');
const command = fileURLToPath(new URL('../bin/infospace-archive.cjs', import.meta.url));
const action = fileURLToPath(new URL('../dist/archive.cjs', import.meta.url));

interface Timed {
  what: string;
  args: readonly string[];
  /** In starts of Node.js, which take 30 ms on a machine of 2026. */
  maxStarts: number;
}

const bare: Timed = { what: 'node -e 0', args: ['-e', '0'], maxStarts: 1 };
const timed: Timed[] = [
  { what: 'infospace-archive --version', args: [command, '--version'], maxStarts: 3 },
  { what: 'archive of an empty infospace', args: [command, 'archive', space], maxStarts: 6 },
  { what: 'first line of the action', args: [action], maxStarts: 6 },
];

function measure({ args }: Timed): Promise<number> {
  return firstOutputMs(args, { GITHUB_WORKSPACE: folder, INPUT_ROOT: 'missing' }, folder);
}

try {
  mkdirSync(space);
  writeFileSync(join(space, 'infospace.yaml'), 'slug: empty\n');
  const fastest = new Map([bare, ...timed].map((what) => [what, Number.POSITIVE_INFINITY]));
  for (let run = 0; run < RUNS; run++) {
    for (const [what, best] of fastest) {
      rmSync(join(space, 'output/archives/index.yaml'), { force: true });
      fastest.set(what, Math.min(best, await measure(what)));
    }
  }
  process.stdout.write(`${bare.what}: ${fastest.get(bare)!.toFixed(0)} ms\n`);
  for (const what of timed) {
    const ms = fastest.get(what)!;
    const starts = ms / fastest.get(bare)!;
    process.stdout.write(`${what.what}: ${ms.toFixed(0)} ms, ${starts.toFixed(1)} of ${what.maxStarts} starts\n`);
    if (starts > what.maxStarts) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
