import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { nameOf } from '../../src/cli/described.ts';
import { commandLine } from '../../src/cli/program.ts';
import { sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { failure, run } from './fixtures.ts';

const root = sampleInfospace();
const store = join(temporaryFolder(), 'store');
const inside = join(root, 'artifacts/data');
const outside = temporaryFolder();

beforeAll(async () => {
  expect((await run(['archive', '--quiet'], {}, inside)).code).toBe(0);
  expect((await run(['archive', '--quiet', '--store-root', store], {}, inside)).code).toBe(0);
});

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** Valid arguments for each command that works on an infospace. */
function argumentsOf(command: Command): string[] {
  const path = nameOf(command).split(' ');
  const given = command.registeredArguments.filter(({ required }) => required).map(() => 'latest');
  const options = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => [long!, 'x']);
  return [...path, ...options.flat(), ...given];
}

const commands = commandLine()
  .commands.flatMap(leaves)
  .filter((command) => command.options.some(({ long }) => long === '--from'));

test.each(commands.map(argumentsOf).map((args) => [args.join(' '), args] as const))(
  '%s outside of an infospace says so, and creates nothing',
  async (_, args) => {
    expect(await run(args, {}, outside)).toEqual(failure(5, outside, 'or above', 'init', '--from'));
    expect(treeOf(outside)).toEqual({});
  },
);

test.each([
  ['list'],
  ['show', 'latest'],
  ['verify', 'latest'],
  ['diff', 'latest', 'latest'],
  ['retention', 'show', 'latest'],
  ['hold', 'list'],
  ['gc', '--dry-run'],
  ['audit', 'head'],
  ['store', 'stats'],
  ['archive', '--dry-run'],
  ['index', 'rebuild', '--json'],
  ['attest', 'latest'],
  ['report', '--html', '-'],
  ['export', 'latest', '--to', '-'],
])('%j works in a folder below the infospace as at its top', async (...args) => {
  const output = await run(args, {}, inside);
  expect(output).toMatchObject({ code: 0, stderr: '' });
  // A tar archive and a page contain the time of their creation.
  if (args[0] !== 'export' && args[0] !== 'report') expect(output.stdout).toBe((await run(args, {}, root)).stdout);
});

test('-C names exactly the infospace to use', async () => {
  const here = await run(['list', '--json'], {}, root);
  expect(await run(['list', '-C', root, '--json'], {}, outside)).toEqual(here);
  expect(await run(['show', 'latest', '-C', inside], {}, root)).toEqual(failure(5, inside));
  expect(await run(['list', root, '--from', root])).toEqual(failure(2, '--from', 'one of them'));
});

test('a given store needs no infospace for reading, and one for archiving', async () => {
  const listed = await run(['list', '--store-root', store], {}, outside);
  expect(listed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('guide') });
  const { code } = await run(['audit', 'head', '--store-root', store], {}, outside);
  expect(code).toBe(0);
  expect(await run(['archive', '--store-root', store], {}, outside)).toEqual(failure(5, outside, 'init'));
});

test('a given folder is archived without infospace.yaml, too', async () => {
  const plain = join(temporaryFolder(), 'plain');
  mkdirSync(join(plain, 'output/x'), { recursive: true });
  const { code, stderr } = await run(['archive', '.', '--quiet'], {}, plain);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('no infospace.yaml') });
  // The folder now has an index.
  expect((await run(['list'], {}, join(plain, 'output/x'))).stdout).toContain('1');
});

test('init creates an infospace, and refuses an existing one', async () => {
  const made = join(temporaryFolder(), 'guide');
  const output = await run(['init', made, '--name', 'The Guide'], {}, outside);
  expect(output).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('"the-guide"') });
  expect(readFileSync(join(made, 'infospace.yaml'), 'utf8')).toContain('slug: the-guide\nname: The Guide\n');
  expect(await run(['init'], {}, made)).toEqual(failure(3, 'infospace.yaml'));
  expect((await run(['list'], {}, made)).stdout).toBe('No archives found.\n');
});
