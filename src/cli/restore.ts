import { Command } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type RestoreFlags, restoreAndPrint } from '../terminal/restore.ts';
import {
  fromOption,
  jsonOption,
  packageArgument,
  quietOption,
  repeatable,
  storeRootOption,
  subjectOption,
} from './options.ts';

const EXAMPLES = `
"latest" is the newest package of the infospace, or of --subject, that the store
keeps; "latest~1" is the one before it.

Examples:
  $ infospace-archive restore latest --target ../restored
  $ infospace-archive restore blake3:4f1c… --target evidence --from guide
  $ infospace-archive restore latest --store-root /srv/archive -t . -i reports`;

export function restoreCommand(): Command {
  return new Command('restore')
    .description('restore a package into a folder, checking every byte')
    .addArgument(packageArgument())
    .requiredOption('-t, --target <dir>', 'folder to restore into; made if need be')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(repeatable('-i, --include <pattern>', 'restore only this; may be repeated'))
    .option('-f, --force', 'restore over what is in the target; files the package does not have stay')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action((reference: string, flags: RestoreFlags) =>
      interruptible((signal) => restoreAndPrint(reference, { ...flags, signal })),
    );
}
