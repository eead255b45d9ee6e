import type { Command } from 'commander';
import { type PurgeFlags, purgeAndPrint } from '../terminal/purge.ts';
import { DocumentedCommand } from './documented-command.ts';
import {
  actorOption,
  fromOption,
  jsonOption,
  packageArgument,
  reasonOption,
  storeRootOption,
  subjectOption,
  yesOption,
} from './options.ts';

const EXAMPLES = `
It cannot be undone: only a certificate with the reason remains. A package on
hold is refused. The log keeps the subject, the note and the labels of the
package, and index.yaml its record. The first "gc" after the grace period
removes its bytes.

Examples:
  $ infospace-archive purge 3f9c1d20 --reason "holds a password" --yes
  $ infospace-archive gc --grace 0`;

export function purgeCommand(): Command {
  return new DocumentedCommand('purge')
    .description('dispose of one package before its expiry, for a reason')
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .addOption(yesOption())
    .addOption(subjectOption())
    .addOption(actorOption())
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((reference: string, flags: PurgeFlags) => purgeAndPrint(reference, flags));
}
