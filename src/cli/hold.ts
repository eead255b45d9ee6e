import { Command } from 'commander';
import {
  type ApplyFlags,
  applyAndPrint,
  type HoldListFlags,
  listHoldsAndPrint,
  type ReleaseFlags,
  releaseAndPrint,
} from '../terminal/hold.ts';
import { DocumentedCommand } from './documented-command.ts';
import {
  actorOption,
  fromOption,
  jsonOption,
  packageArgument,
  reasonOption,
  storeRootOption,
  subjectOption,
  timeOption,
} from './options.ts';

const EXAMPLES = `
Examples:
  $ infospace-archive hold apply latest --reason "lawsuit 12/4"
  $ infospace-archive hold apply latest --reason "audit" --until 2030-01-31
  $ infospace-archive hold list
  $ infospace-archive hold release 01a2b3c4-… --reason "the case is closed"`;

export function holdCommand(): Command {
  const apply = new Command('apply')
    .description('keep a package until the hold is released or lapses')
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .addOption(subjectOption())
    .addOption(timeOption('--until <time>', 'when it lapses by itself'))
    .addOption(actorOption())
    .action((reference: string, flags: ApplyFlags) => applyAndPrint(reference, flags));
  const release = new Command('release')
    .description('end a hold')
    .argument('<hold-id>', 'as "hold list" shows it')
    .addOption(reasonOption())
    .addOption(actorOption())
    .action((holdId: string, flags: ReleaseFlags) => releaseAndPrint(holdId, flags));
  const list = new Command('list')
    .description('list the holds in force')
    .addArgument(packageArgument('[package]', '; without, all of the store'))
    .addOption(subjectOption())
    .option('--all', 'also those that were released or have lapsed')
    .action((reference: string | undefined, flags: HoldListFlags) => listHoldsAndPrint(reference, flags));
  const hold = new DocumentedCommand('hold').description('keep packages whatever their expiry').documented(EXAMPLES);
  for (const command of [apply, release, list]) {
    command.addOption(fromOption()).addOption(storeRootOption()).addOption(jsonOption());
    hold.addCommand(command);
  }
  return hold;
}
