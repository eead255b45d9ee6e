import type { Command } from 'commander';
import { commandLine } from '../../src/cli/program.ts';
import { run } from './fixtures.ts';

/** A terminal of this size shows each help at once; the program's help has a line for each command. */
const COLUMNS = 80;
const LINES = 24;
const LINES_OF_ALL = 60;

interface Described {
  name: string;
  command: Command;
  help: string;
}

function described(command: Command, group = ''): Described[] {
  const name = `${group} ${command.name()}`.trim();
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text), getOutHelpWidth: () => COLUMNS });
  command.outputHelp();
  return [
    { name, command, help: written.join('').trimEnd() },
    ...command.commands.flatMap((sub) => described(sub, name)),
  ];
}

const [all, ...commands] = described(commandLine());

test('a command loads its own module, and no other command', () => {
  for (const name of commandLine().commands.map((command) => command.name())) {
    expect(commandLine(name).commands.map((command) => command.name())).toEqual([name]);
  }
});

test('each help fits on one screen', () => {
  expect(all!.help.split('\n').length).toBeLessThanOrEqual(LINES_OF_ALL);
  const tooLong = commands.filter(({ help }) => help.split('\n').length > LINES).map(({ name }) => name);
  const tooWide = [all!, ...commands].flatMap(({ help }) => help.split('\n').filter((line) => line.length > COLUMNS));
  expect({ tooLong, tooWide }).toEqual({ tooLong: [], tooWide: [] });
});

test('each help names every option, has an example, and says where the reference is', () => {
  for (const { name, command, help } of commands) {
    const flags = command
      .createHelp()
      .visibleOptions(command)
      .map((option) => option.flags);
    expect({ name, missing: flags.filter((flag) => !help.includes(flag)) }).toEqual({ name, missing: [] });
    expect(help).toContain(`infospace-archive help ${name.replace('infospace-archive ', '')}`);
    expect(help).toMatch(/^Examples:\n {2}\$ /m);
  }
});

test('help prints the full reference of a command, or of the program', async () => {
  const { stdout } = await run(['help', 'archive']);
  for (const text of ['(choices: "keep", "refuse",', 'Patterns are those of gitignore.', '--skip-unchanged --json'])
    expect(stdout).toContain(text);
  expect((await run(['help', 'hold', 'apply'])).stdout).toContain('use the embedded store in this folder');
  expect((await run(['help'])).stdout).toBe((await run(['--help'])).stdout);
  expect(await run(['help', 'hold', 'aply'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('"aply"'),
  });
});

test('commands are grouped by purpose, one line each', () => {
  const lines = all!.help.split('\n');
  const groups = lines.filter((line) => /^[A-Z][\w ]*:$/.test(line));
  expect(groups).toEqual([
    'Options:',
    'Start:',
    'Look:',
    'Bring back:',
    'Keep:',
    'Move:',
    'Store:',
    'Exit codes:',
    'Examples:',
  ]);
  for (const { name } of commands.filter(({ name }) => name.split(' ').length === 2)) {
    const word = name.split(' ')[1]!;
    expect(lines.filter((line) => line.startsWith(`  ${word} `))).toHaveLength(1);
  }
});

test('a letter means the same option everywhere, and an option with a letter has it everywhere', () => {
  const letters: Record<string, string> = {};
  const wrong: string[] = [];
  const options = commands.flatMap(({ name, command }) => command.options.map((option) => ({ name, option })));
  for (const { name, option } of options) {
    if (option.short === undefined) continue;
    letters[option.short] ??= option.long!;
    if (letters[option.short] !== option.long) wrong.push(`${name} ${option.flags}`);
  }
  for (const { name, option } of options) {
    if (Object.values(letters).includes(option.long!) && option.short === undefined)
      wrong.push(`${name} ${option.flags}`);
  }
  expect(wrong).toEqual([]);
  expect(letters).toMatchObject({
    '-q': '--quiet',
    '-n': '--dry-run',
    '-m': '--note',
    '-f': '--force',
    '-C': '--from',
    '-t': '--target',
    '-j': '--json',
    '-i': '--include',
    '-x': '--exclude',
  });
});

test('every command prints JSON', () => {
  const without = commands
    .filter(({ command }) => command.commands.length === 0)
    .filter(({ command }) => !command.options.some(({ long }) => long === '--json'));
  expect(without.map(({ name }) => name)).toEqual([]);
});
