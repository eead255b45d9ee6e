import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutationsOf } from '../scripts/mutations/generic.ts';
import { NAMED } from '../scripts/mutations/named.ts';
import { repository } from './infospace/fixtures.ts';

/** `npm run mutate` takes an hour; this only checks that it can run. */
test.each(NAMED)('the fault "$name" applies to the sources', ({ file, change }) => {
  const text = readFileSync(join(repository, file), 'utf8');
  expect(change(text)).not.toBe(text);
});

test('faults have unique names, and existing tests', () => {
  expect(new Set(NAMED.map(({ name }) => name)).size).toBe(NAMED.length);
  const files = globSync('**/*.test.ts', { cwd: join(repository, '__tests__') });
  const patterns = [...new Set(NAMED.flatMap(({ tests }) => tests))];
  expect(patterns.filter((pattern) => !files.some((file) => file.includes(pattern)))).toEqual([]);
});

test('random changes are of operators, conditions and statements', () => {
  const file = 'src/artifact-store/identity/digest.ts';
  const names = mutationsOf(repository, file).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(3);
  expect(names).toContainEqual(expect.stringMatching(/===.* -> .*!==/));
});
