/**
 * Prints how long the action takes from the start of its process to its first line of log, and how much of that is
 * Node.js itself, each the fastest of several runs, which other processes disturbed least. Fails when the action adds
 * more than is promised.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAX_ADDED_MS = 150;
const RUNS = 15;

const folder = mkdtempSync(join(tmpdir(), 'start-time-'));
const archive = fileURLToPath(new URL('../dist/archive.cjs', import.meta.url));

/** Milliseconds until the process writes, or until it ends. */
function measure(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const env = { PATH: process.env['PATH'], GITHUB_WORKSPACE: folder, INPUT_ROOT: 'missing' };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    let first: number | undefined;
    child.stdout.on('data', () => {
      first ??= performance.now() - startedAt;
    });
    child.on('close', () => resolve(first ?? performance.now() - startedAt));
  });
}

const node: number[] = [];
const action: number[] = [];
try {
  for (let run = 0; run < RUNS; run++) {
    node.push(await measure(['-e', '0']));
    action.push(await measure([archive]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const [bare, whole] = [Math.min(...node), Math.min(...action)];
const added = whole - bare;
process.stdout.write(
  `node -e 0: ${bare.toFixed(0)} ms; first line of the action: ${whole.toFixed(0)} ms; ` +
    `added: ${added.toFixed(0)} ms, of ${MAX_ADDED_MS} ms allowed\n`,
);
if (added > MAX_ADDED_MS) process.exitCode = 1;
