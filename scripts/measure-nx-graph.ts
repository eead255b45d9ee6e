/** Measures the time that the Nx plugin adds to the project graph of a workspace with many infospaces, in a fresh process. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INFOSPACES = Number(process.argv[2] ?? 1000);
const RUNS = 15;

/** Nx loads a plugin this way, after it has read the list of files. */
const CHILD = `
  const started = performance.now();
  const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  const { createNodes } = require(process.argv[1]);
  const loaded = performance.now();
  const spent = cpu();
  const files = Array.from({ length: ${INFOSPACES} }, (_, i) => 'spaces/s' + i + '/infospace.yaml');
  createNodes[1](files, undefined, { workspaceRoot: process.argv[2] }).then((nodes) => {
    if (nodes.length !== files.length) throw new Error('some are missing');
    console.log(JSON.stringify([loaded - started, performance.now() - loaded, cpu() - spent]));
  });`;

const workspace = mkdtempSync(join(tmpdir(), 'infospaces-'));
const sample = readFileSync(new URL('../examples/soil-atlas/infospace.yaml', import.meta.url), 'utf8');
for (let i = 0; i < INFOSPACES; i++) {
  const root = join(workspace, `spaces/s${i}`);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), sample.replace('soil-atlas', `soil-atlas-s${i}`));
}
const plugin = createRequire(import.meta.url).resolve('infospace-archive/nx-plugin');
const runs: number[][] = [];
for (let i = 0; i < RUNS; i++) {
  runs.push(JSON.parse(execFileSync(process.execPath, ['--eval', CHILD, plugin, workspace], { encoding: 'utf8' })));
}
rmSync(workspace, { recursive: true });
for (const [i, what] of ['to load the plugin', 'to infer', 'of CPU to infer'].entries()) {
  const sorted = runs.map((run) => run[i]!).sort((a, b) => a - b);
  const [min, median, max] = [sorted[0]!, sorted[RUNS >> 1]!, sorted.at(-1)!].map((ms) => ms.toFixed(1));
  process.stdout.write(`${INFOSPACES} infospaces, ms ${what}: min ${min}, median ${median}, max ${max}\n`);
}
