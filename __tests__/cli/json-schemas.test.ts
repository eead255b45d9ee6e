import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../src/cli/program.ts';
import { repository, sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { archiveExpired, run } from './fixtures.ts';
import { complaints, leavesOf, schemaOf, schemaOfRun } from './json-schemas.ts';

const root = sampleInfospace();
const folder = temporaryFolder();

/** Each runs in an infospace with three packages, one of which has expired; `HOLD` is the hold of the newest. */
const RUNS: readonly string[] = [
  'completion bash',
  'man',
  'help',
  'help hold apply',
  `init ${folder}/new`,
  'archive --dry-run',
  'archive --skip-unchanged',
  'list',
  'list --changes --with-retention',
  'show latest',
  'ls latest',
  'find *.md',
  'log output/result.json',
  'diff latest~1 latest',
  'diff latest .',
  `report --html ${folder}/report.html`,
  `restore latest --target ${folder}/restored`,
  `restore latest --target ${folder}/restored --dry-run --force`,
  `restore latest --target ${folder}/restored --force --delete`,
  'verify latest',
  'verify --all --sample 50%',
  'label add v1 latest',
  'label move v1 latest~1 --reason why',
  'label list',
  'list --label v1',
  `copy v1 --to-store ${folder}/labelled`,
  'label remove v1',
  'note latest amended',
  'hold apply latest --reason audit',
  'hold list',
  'hold release HOLD --reason over',
  'retention show latest',
  'retention extend latest --days 3 --reason more',
  'retention classes',
  'retention sweep',
  'gc --dry-run',
  `export latest --to ${folder}/bag.tar.zst`,
  `import ${folder}/bag.tar.zst --store-root ${folder}/store --new-store`,
  `copy latest --to-store ${folder}/copied`,
  'attest latest',
  'attest latest --predicate',
  `attest latest --to ${folder}/statement.json`,
  'store check --deep',
  'store stats',
  'store rebuild',
  'store repair',
  'audit log',
  'audit tail',
  'audit verify',
  'audit head',
  'index rebuild',
  'purge latest --yes --reason why',
  'gc --grace 0 --include-last',
  'show EXPIRED',
  'list',
];

/** Exceptions: one prints bytes, one runs until it is ended (`e2e/page`), one creates a store on servers or a git host; `store-key`. */
const KEYS = ['generate', 'list', 'add', 'remove', 'rotate', 'check', 'writer'].map((name) => `key-${name}`);
const ELSEWHERE = ['cat', 'serve', 'store-init', ...KEYS];

test('the JSON output of each command matches its schema', async () => {
  const expired = await archiveExpired(root);
  await run(['archive', '--quiet', '--note', 'first'], {}, root);
  writeTree(root, { 'output/result.json': '{"ok":false}\n', 'reports/b.md': 'b\n' });
  await run(['archive', '--quiet'], {}, root);
  let hold = '';
  const wrong: object[] = [];
  for (const line of RUNS) {
    const args = line.replace('HOLD', hold).replace('EXPIRED', expired.record.package_id).split(' ');
    const { code, stdout, stderr } = await run([...args, '--json'], {}, root);
    const schema = schemaOfRun(args)!;
    const values = /^audit-(log|tail)$/.test(schema) ? stdout.trimEnd().split('\n') : [stdout];
    const said = Number(code) > 1 ? [stderr] : values.flatMap((text) => complaints(schema, JSON.parse(text)));
    if (said.length > 0) wrong.push({ line, said: said.slice(0, 4), stdout: stdout.slice(0, 300) });
    if (line.startsWith('hold apply')) hold = (JSON.parse(stdout) as { id: string }).id;
  }
  expect(wrong).toEqual([]);
});

test('each command has a schema, and a test that compares it with the output', () => {
  const schemas = leavesOf(commandLine()).map(schemaOf);
  const tried = new Set([...RUNS.map((line) => line.split(' ')), ...runsInTests()].map(schemaOfRun));
  expect(schemas.filter((name) => !tried.has(name) && !ELSEWHERE.includes(name))).toEqual([]);
  const missing = schemas.filter((name) => !existsSync(join(repository, 'schemas', `${name}.json`)));
  expect(missing.filter((name) => name !== 'cat')).toEqual([]);
});

/** The words of the commands that the tests beside this one run with `runJson`, which checks the output. */
function runsInTests(): string[][] {
  const folder = join(repository, '__tests__/cli');
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/runJson\(\['([a-z]+)'(?:, '([a-z]+)')?/g)].map(([, ...words]) => words),
  );
}

test('errors match their schema, which has every code', async () => {
  for (const args of [['show', 'ffffffff'], ['show'], ['list', join(folder, 'none')]]) {
    const { stderr } = await run([...args, '--json'], {}, root);
    expect(complaints('error', JSON.parse(stderr))).toEqual([]);
  }
  const { EXIT_CODES } = await import('../../src/cli/errors.ts');
  const text = readFileSync(join(repository, 'schemas/error.json'), 'utf8');
  const { properties } = JSON.parse(text) as { properties: { error: { properties: { code: { enum: string[] } } } } };
  const codes = properties.error.properties.code.enum;
  expect(new Set(codes)).toEqual(new Set([...Object.keys(EXIT_CODES), 'INTERRUPTED', 'UNEXPECTED']));
});
