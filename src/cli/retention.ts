import { Command } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { parseDays } from '../infospace/durations.ts';
import {
  classesAndPrint,
  type Extension,
  extendAndPrint,
  type RetentionFlags,
  showRetentionAndPrint,
  sweepAndPrint,
} from '../terminal/retention.ts';
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
  $ infospace-archive retention show latest
  $ infospace-archive retention extend v1.4 --until 2035-12-31 --reason lease
  $ infospace-archive retention extend v1.4 --days 365 --reason "a year more"
  $ infospace-archive retention extend v1.4 --never --reason "in the museum"
  $ infospace-archive retention sweep --json
  $ infospace-archive retention classes`;

interface ExtendFlags extends RetentionFlags {
  reason: string;
  until?: Date;
  days?: number;
  never?: boolean;
}

export function retentionCommand(): Command {
  const extend = new Command('extend')
    .description('keep a package longer; an expiry can never be shortened')
    .addArgument(packageArgument())
    .addOption(subjectOption())
    .addOption(timeOption('--until <time>', 'the new expiry'))
    .option('--days <count>', 'this many days longer: from its expiry, or from today if that has passed', parseDays)
    .option('--never', 'keep it forever')
    .addOption(reasonOption())
    .addOption(actorOption())
    .action((reference: string, flags: ExtendFlags) => extendAndPrint(reference, extensionOf(flags), flags));
  const sweep = new Command('sweep')
    .description('record which packages have expired, so that gc may dispose of them')
    .addOption(actorOption())
    .action((flags: RetentionFlags) => sweepAndPrint(flags));
  const show = new Command('show')
    .description('show the expiry and holds of a package')
    .addArgument(packageArgument())
    .addOption(subjectOption())
    .action((reference: string, flags: RetentionFlags) => showRetentionAndPrint(reference, flags));
  const classes = new Command('classes')
    .description('list the retention classes')
    .action((flags: RetentionFlags) => classesAndPrint(flags));
  const retention = new DocumentedCommand('retention')
    .description('show and extend the retention of packages')
    .documented(EXAMPLES);
  for (const command of [extend, sweep, show, classes]) {
    command.addOption(fromOption()).addOption(storeRootOption()).addOption(jsonOption());
    retention.addCommand(command);
  }
  return retention;
}

/** @throws ArchiveError `USAGE` unless there is exactly one. */
function extensionOf({ until, days, never }: ExtendFlags): Extension {
  const asked: Extension[] = [
    ...(until === undefined ? [] : [{ until }]),
    ...(days === undefined ? [] : [{ days }]),
    ...(never === undefined ? [] : [{ until: null }]),
  ];
  if (asked.length === 1) return asked[0]!;
  throw new ArchiveError('USAGE', 'Say for how long: give one of --until, --days and --never.');
}
