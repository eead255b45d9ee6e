/**
 * Runs the built command line with data of unusual size and shape, and in unusual environments, and prints the cost of each
 * command and how it grows.
 *
 *     npm run test:scale -- [--share 0.1] [environment…]
 *
 * Fails when a command fails, when a restore differs, and when time or memory exceed a limit.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, type Environment, TABLE_HEAD, tableRow } from './scale/bench.ts';
import { PLACES } from './scale/places.ts';
import { SIZES } from './scale/sizes.ts';

/** An environment that measures growth is also run at this share of its size. */
const SMALLER = 0.25;

const ENVIRONMENTS: readonly Environment[] = [...SIZES, ...PLACES];

const { values, positionals } = parseArgs({
  options: { share: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const share = Number(values.share);
if (!(share > 0 && share <= 1)) throw new Error(`"${values.share}" is no share; give a number above 0 and up to 1.`);
const unknown = positionals.find((name) => !ENVIRONMENTS.some((environment) => environment.name === name));
if (unknown !== undefined) {
  const names = ENVIRONMENTS.map(({ name }) => `"${name}"`).join(', ');
  throw new Error(`There is no environment "${unknown}"; choose of ${names}.`);
}

let commands = 0;
const failures: string[] = [];
process.stdout.write(`${TABLE_HEAD}\n`);
for (const environment of ENVIRONMENTS) {
  if (positionals.length > 0 && !positionals.includes(environment.name)) continue;
  try {
    await run(environment);
  } catch (error) {
    failures.push(`${environment.name}: ${(error as Error).message}`);
    process.stdout.write(`${tableRow([environment.name, '', 'FAILED'])} ${(error as Error).message}\n`);
  }
}
for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
process.stdout.write(`${commands} commands measured, ${failures.length} environments failed\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function run(environment: Environment): Promise<void> {
  const count = Math.max(environment.least ?? 1, Math.round(environment.count * share));
  const missing = environment.missing?.(count);
  if (missing !== undefined) {
    process.stdout.write(`${tableRow([environment.name, '', 'skipped'])} ${missing}\n`);
    return;
  }
  const smaller = environment.grows ? await runOnce(environment, Math.round(count * SMALLER), undefined) : undefined;
  await runOnce(environment, count, smaller);
}

async function runOnce(environment: Environment, count: number, smaller: Bench | undefined): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'infospace-scale-'));
  const bench = new Bench(environment, count, folder, smaller);
  try {
    await environment.run(bench, count);
    return bench;
  } finally {
    commands += bench.measured.length;
    rmSync(folder, { recursive: true, force: true });
  }
}
