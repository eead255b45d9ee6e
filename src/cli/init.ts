import type { Command } from 'commander';
import { type InitFlags, initAndPrint } from '../terminal/init.ts';
import { DocumentedCommand } from './documented-command.ts';
import { jsonOption, quietOption } from './options.ts';

const EXAMPLES = `
It writes infospace.yaml, and creates the folder if it does not exist. The slug
is the subject of the packages; by default it is made from --name, or else from
the folder's name.

Examples:
  $ infospace-archive init
  $ infospace-archive init guide --name "The Guide"
  $ infospace-archive init . --slug team-guide`;

export function initCommand(): Command {
  return new DocumentedCommand('init')
    .description('make a folder an infospace')
    .argument('[dir]', 'the folder (default: ".")')
    .option('--slug <slug>', 'the subject of its packages: letters, digits, ".", "_" and "-"')
    .option('--name <text>', 'its name for people')
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((folder: string | undefined, flags: InitFlags) => initAndPrint(folder ?? '.', flags));
}
