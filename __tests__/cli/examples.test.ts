import { execFileSync } from 'node:child_process';
import { commandLine } from '../../src/cli/program.ts';
import { blocksOf } from '../documents/markdown.ts';

/** The examples of every `--help`, which docs/cli.md repeats. Seen to fail when an example has an unknown option. */

class Parsed extends Error {}

/** The arguments before a pipe, split like a shell does. */
function argumentsOf(example: string): string[] {
  const head = `cat() { echo '1 blake3:${'0'.repeat(64)}'; }`;
  const script = `${head}\ninfospace-archive() { printf '%s\\0' "$@"; }\n${example.replace(/ (\||>) .*$/, '')}`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const examples = blocksOf('docs/cli.md')
  .filter(({ language }) => language === 'console')
  // A backslash at the end of a line continues it.
  .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.replace(/^\$ /, '').replace(/^source <\((.*)\)$/, '$1'));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(20);
});

test.each([...new Set(examples)])('%s', async (example) => {
  const program = commandLine();
  // By then everything is parsed, and nothing done.
  program.hook('preAction', () => {
    throw new Parsed();
  });
  const commands = [program, ...program.commands, ...program.commands.flatMap(({ commands: inner }) => inner)];
  for (const command of commands) command.exitOverride();
  await expect(program.parseAsync(argumentsOf(example), { from: 'user' })).rejects.toBeInstanceOf(Parsed);
});
