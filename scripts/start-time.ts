/**
 * Prints how long commands take beside Node.js itself, each the fastest of several runs, which other processes disturbed
 * least. Fails when one adds more than is promised.
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
  /** Beside Node.js. */
  maxAddedMs: number;
}

const bare: Timed = { what: 'node -e 0', args: ['-e', '0'], maxAddedMs: 0 };
const timed: Timed[] = [
  { what: 'infospace-archive --version', args: [command, '--version'], maxAddedMs: 60 },
  { what: 'archive of an empty infospace', args: [command, 'archive', space], maxAddedMs: 150 },
  { what: 'first line of the action', args: [action], maxAddedMs: 150 },
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
  for (const what of timed) {
    const added = fastest.get(what)! - fastest.get(bare)!;
    process.stdout.write(`${what.what}: ${added.toFixed(0)} ms, of ${what.maxAddedMs} ms allowed\n`);
    if (added > what.maxAddedMs) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
