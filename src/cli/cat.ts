import { Command } from 'commander';
import type { LookOptions } from '../infospace/looking.ts';
import { interruptible } from '../terminal/interruption.ts';
import { catFile } from '../terminal/look.ts';
import { fromOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
The file is checked as it is read, and what is damaged is not written to its
end: the exit code is then 4.

Examples:
  $ infospace-archive cat latest:reports/a.md
  $ infospace-archive cat latest~2 reports/a.md > before.md`;

export function catCommand(): Command {
  return new Command('cat')
    .description('write a file of a package to the standard output')
    .addArgument(packageArgument('<package>', '; with ":" and a path, unless that follows'))
    .argument('[path]', 'of the file')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .option('-j, --json', 'print errors as JSON; the file is printed as it is')
    .addHelpText('after', EXAMPLES)
    .action((reference: string, path: string | undefined, flags: LookOptions) =>
      interruptible((signal) => catFile(reference, path, { ...flags, signal })),
    );
}
