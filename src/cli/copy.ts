import type { Command } from 'commander';
import { type CopyFlags, copyAndPrint } from '../terminal/copy.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import {
  actorOption,
  fromOption,
  jsonOption,
  packageArgument,
  quietOption,
  storeRootOption,
  subjectOption,
} from './options.ts';

const EXAMPLES = `
The other store is a folder, as of --store-root, or a file of ARTIFACTSTORE_*
variables that describe it. The package keeps its id, its manifest and its
expiry; what the other store has already is neither read nor sent. Holds, labels
and amended notes are not copied.

Examples:
  $ infospace-archive copy latest --from guide --to-store /mnt/backup/archive
  $ infospace-archive copy latest --to-store production.env --actor ada`;

export function copyCommand(): Command {
  return new DocumentedCommand('copy')
    .description('copy a package to another store; only missing contents are sent')
    .addArgument(packageArgument())
    .requiredOption('--to-store <store>', 'folder of the other store, or a file of its variables')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(actorOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((reference: string, flags: CopyFlags) =>
      interruptible((signal) => copyAndPrint(reference, { ...flags, signal })),
    );
}
