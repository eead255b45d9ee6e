import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useTempDirs } from './artifact-store/fixtures.ts';

/** The rule of `scripts/lint/spread-call.grit`, which `npm run check` applies. */

const repository = fileURLToPath(new URL('..', import.meta.url));
const makeTempDir = useTempDirs();

/** The text of each finding. */
async function found(code: string): Promise<string[]> {
  const folder = await makeTempDir();
  const plugin = join(repository, 'scripts/lint/spread-call.grit');
  await writeFile(join(folder, 'biome.json'), JSON.stringify({ plugins: [plugin] }));
  await writeFile(join(folder, 'example.ts'), code);
  const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome');
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { stdout, error } = spawnSync(
    process.execPath,
    [biome, 'lint', '--only=plugin', '--reporter=github', 'example.ts'],
    options,
  );
  if (error) throw error;
  const places = stdout.matchAll(/title=plugin,.*?,line=(\d+),endLine=\d+,col=(\d+),endColumn=(\d+)/g);
  return [...places].map(([, line, from, to]) =>
    code.split('\n')[Number(line) - 1]!.slice(Number(from) - 1, Number(to) - 1),
  );
}

test('a list spread among arguments, given to apply(), or copied to add an item is found', async () => {
  const code = `
all.push(...more);
Math.max(0, ...sizes);
new Place(...parts);
String.fromCharCode.apply(null, codes);
all = [...all, one];
this.#all = this.#all.concat(more);
`;
  expect(await found(code)).toEqual([
    '...more',
    '...sizes',
    '...parts',
    'String.fromCharCode.apply(null, codes)',
    'all = [...all, one]',
    'this.#all = this.#all.concat(more)',
  ]);
});

test('a spread outside of arguments is allowed, and one with a justified length', async () => {
  const code = `
const all = [...some, ...more];
take([...all], { ...fields }, (...rest: string[]) => [...rest]);
all.push(one, two);
index.apply(event, trailer);
// biome-ignore lint/plugin: two streams
pipeline(...streams);
`;
  expect(await found(code)).toEqual([]);
});

test('all delivered code obeys it', async () => {
  const { plugins } = JSON.parse(await readFile(join(repository, 'biome.json'), 'utf8'));
  const includes = expect.arrayContaining(['src/**/*.ts', 'nx-plugin/**/*.ts', 'scripts/**/*.ts']);
  expect(plugins).toEqual([{ path: './scripts/lint/spread-call.grit', includes }]);
});
