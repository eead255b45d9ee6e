/**
 * Fuzzes the readers of untrusted bytes: makes inputs from earlier ones that reached new code, and keeps those that do so too.
 *
 *     npm run fuzz -- --seconds 600 [--seed <number>] [target…]
 *
 * jazzer.js (4.0.0) would be the tool, but its prebuilt fuzzer needs glibc 2.38, which Debian 12 does not have.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readCorpus, writeCorpus } from '../__tests__/fuzz/corpus.ts';
import { Coverage } from '../__tests__/fuzz/coverage.ts';
import { mutate, randomOf } from '../__tests__/fuzz/mutate.ts';
import { runTarget, targets } from '../__tests__/fuzz/targets.ts';

/** Limit of processor time: more than any decoder may take for an input of some kilobytes. */
const SLOW_US = 1_000_000;
/** The counters are read after a batch of this many inputs, and then after each of them only when the batch reached new code. */
const BATCH = 32;

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
const coverage = new Coverage();

for (const name of positionals.length > 0 ? positionals : Object.keys(targets)) await fuzz(name);

async function fuzz(name: string): Promise<void> {
  const target = targets[name];
  if (target === undefined)
    throw new Error(`There is no target ${name}; choose of ${Object.keys(targets).join(', ')}.`);
  const random = randomOf(seed);
  const seen = new Set<string>();
  const kept: Buffer[] = [];
  let runs = 0;

  const run = async (input: Buffer): Promise<void> => {
    const started = process.cpuUsage();
    try {
      await runTarget(target, input);
      const { user, system } = process.cpuUsage(started);
      if (user + system > SLOW_US) throw new Error('took too long');
    } catch (error) {
      process.stdout.write(`${name}: a finding, seed ${seed}, input ${input.toString('base64')}\n`);
      throw error;
    }
    runs++;
  };

  const keepIfNew = async (input: Buffer): Promise<void> => {
    coverage.take();
    await run(input);
    const fresh = coverage.take().filter((feature) => !seen.has(feature));
    if (fresh.length === 0) return;
    for (const feature of fresh) seen.add(feature);
    kept.push(input);
  };

  for (const input of [Buffer.alloc(0), ...readCorpus(name)]) await keepIfNew(input);
  const before = kept.length;
  for (const end = Date.now() + Number(values.seconds) * 1000; Date.now() < end; ) {
    const batch = Array.from({ length: BATCH }, () => mutate(kept, target.words, random));
    coverage.take();
    for (const input of batch) await run(input);
    if (!coverage.take().some((feature) => !seen.has(feature))) continue;
    for (const input of batch) await keepIfNew(input);
  }
  const found = kept.length - before;
  // The shortest of all inputs that reach the same code.
  const all = kept.splice(0).sort((a, b) => a.length - b.length);
  seen.clear();
  for (const input of all) await keepIfNew(input);
  writeCorpus(name, kept);
  process.stdout.write(
    `${name}: ${runs.toLocaleString('en-US')} runs, seed ${seed}, ${found} inputs found, ${kept.length} kept, ${seen.size} features, no findings\n`,
  );
}
