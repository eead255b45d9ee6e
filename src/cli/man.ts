import { Command } from 'commander';
import { printJson } from '../terminal/json.ts';
import { type DescribedCommand, describeCommand } from './described.ts';
import { manPage } from './man-page.ts';
import { jsonOption } from './options.ts';

const EXAMPLES = `
The manual page has what --help of all commands says. An installation with npm
puts it where man finds it.

Examples:
  $ infospace-archive man | man -l -
  $ infospace-archive man --json | jq -r '.commands[].name'`;

export function manCommand(): Command {
  return new Command('man')
    .description('print the manual page')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { json?: boolean }, command: Command) => {
      const program = command.parent!;
      if (json) printJson(commandJson(describeCommand(program)));
      else process.stdout.write(manOf(program));
    });
}

/** The page of a whole program. */
export function manOf(program: Command): string {
  const described = describeCommand(program);
  const [, exitCodes = ''] = described.about.split(/^Exit codes:\n/m);
  return manPage(described, program.version()!, exitCodes);
}

function commandJson(command: DescribedCommand): object {
  const { name, aliases, description, group } = command;
  return {
    name: name === '' ? 'infospace-archive' : name,
    aliases,
    description,
    group,
    arguments: command.arguments.map(({ name, isRequired, isVariadic, description }) => ({
      name,
      required: isRequired,
      variadic: isVariadic,
      description,
    })),
    options: command.options.map(({ flags, description, value, isRequired }) => ({
      flags,
      description,
      takes_value: value !== undefined,
      mandatory: isRequired,
    })),
    commands: command.commands.map(commandJson),
  };
}
