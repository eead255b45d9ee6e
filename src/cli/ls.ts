import type { Command } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type LsFlags, listFilesAndPrint } from '../terminal/look.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
An empty folder ends with a slash; folders with something in them are not
listed. The digest of --long is the beginning of the BLAKE3, by which "find"
finds the content in other packages.

Examples:
  $ infospace-archive ls latest
  $ infospace-archive ls latest~1 reports "output/**/*.json" -l`;

export function lsCommand(): Command {
  return new DocumentedCommand('ls')
    .description('list the files of a package')
    .addArgument(packageArgument())
    .argument('[paths...]', 'only these: paths and patterns')
    .option('-l, --long', 'print kind, size and digest before each path')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((reference: string, paths: string[], flags: LsFlags) =>
      interruptible((signal) => listFilesAndPrint(reference, paths, { ...flags, signal })),
    );
}
