import type { Command } from 'commander';
import { printJson } from '../terminal/json.ts';
import { commandJson, describeCommand } from './described.ts';
import { DocumentedCommand } from './documented-command.ts';
import { manPage } from './man-page.ts';
import { jsonOption } from './options.ts';

const EXAMPLES = `
The manual page has what "help" says of all commands.

Examples:
  $ infospace-archive man | man -l -
  $ infospace-archive man --json | jq -r '.commands[].name'`;

export function manCommand(): Command {
  return new DocumentedCommand('man')
    .description('print the manual page')
    .addOption(jsonOption())
    .documented(EXAMPLES)
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
