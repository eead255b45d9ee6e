import type { Command } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { printJson } from '../terminal/json.ts';
import { commandJson, describeCommand } from './described.ts';
import { DocumentedCommand } from './documented-command.ts';
import { wholeHelp } from './help-text.ts';
import { jsonOption } from './options.ts';

const EXAMPLES = `
--help prints what fits on one screen. "help" prints everything: all options in
full, the explanations and all examples.

Examples:
  $ infospace-archive help restore
  $ infospace-archive help hold apply`;

export function helpCommand(): Command {
  return new DocumentedCommand('help')
    .description('print the full help of a command')
    .argument('[command...]', 'which (default: the program)')
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((words: string[], { json }: { json?: boolean }, { parent }: Command) => {
      const command = words.reduce(commandBelow, parent!);
      if (json) printJson(commandJson(describeCommand(command)));
      else process.stdout.write(wholeHelp(command, Object.assign(command.createHelp(), { helpWidth: columns() })));
    });
}

function columns(): number {
  return process.stdout.columns ?? 80;
}

/** @throws ArchiveError `USAGE`. */
function commandBelow(command: Command, word: string): Command {
  const found = command.commands.find((sub) => [sub.name(), ...sub.aliases()].includes(word));
  if (found !== undefined) return found;
  throw new ArchiveError('USAGE', `There is no command "${word}"; "infospace-archive help" lists them.`);
}
