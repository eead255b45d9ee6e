/**
 * Breaks the sources of the store in many ways, one at a time in a copy, and lists the faults that no test finds.
 *
 *     npm run mutate -- [--only <text in the name>]… [--sample 40 [--seed <number>]]
 *
 * Without `--sample`, it makes the faults in `mutations/named.ts`; with it, as many random changes of operators, conditions and
 * statements. Fails when a named fault no longer applies to the sources, or is not found.
 */
import { randomInt } from 'node:crypto';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomOf } from '../__tests__/fuzz/mutate.ts';
import { Copy } from './mutations/copy.ts';
import { mutationsOf } from './mutations/generic.ts';
import type { Mutation } from './mutations/mutation.ts';
import { NAMED } from './mutations/named.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    sample: { type: 'string' },
    seed: { type: 'string' },
  },
});
const repository = fileURLToPath(new URL('..', import.meta.url));
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);

function sampled(count: number): Mutation[] {
  const random = randomOf(seed);
  const files = globSync('src/artifact-store/**/*.ts', { cwd: repository }).sort();
  const all = files.flatMap((file) => mutationsOf(repository, file));
  process.stdout.write(`${count} of ${all.length} changes, seed ${seed}\n`);
  return Array.from({ length: Math.min(count, all.length) }, () => all.splice(random(all.length), 1)[0]!);
}

const chosen = values.sample === undefined ? NAMED : sampled(Number(values.sample));
const mutations = chosen.filter(({ name }) => values.only.some((text) => name.includes(text)));
if (mutations.length === 0) throw new Error(`Nothing is called ${values.only.join(' or ')}; correct or drop it.`);
using copy = new Copy(repository);
// One after the other, as below, so that tests do not disturb each other.
for (const pattern of new Set(mutations.flatMap(({ tests }) => tests))) {
  const failure = await copy.failureOf([pattern]);
  if (failure !== undefined) throw new Error(`${pattern} fails before anything is broken:\n${failure}`);
}

const survivors: string[] = [];
for (const mutation of mutations) {
  const isNoticed = await copy.isNoticed(mutation);
  if (!isNoticed) survivors.push(mutation.name);
  process.stdout.write(`${isNoticed ? 'noticed ' : 'SURVIVED'} ${mutation.name}\n`);
}
const noticed = mutations.length - survivors.length;
process.stdout.write(
  `${noticed} of ${mutations.length} noticed (${Math.floor((100 * noticed) / mutations.length)} %)\n`,
);
for (const name of survivors) process.stdout.write(`survived: ${name}\n`);
if (values.sample === undefined && survivors.length > 0) process.exitCode = 1;
