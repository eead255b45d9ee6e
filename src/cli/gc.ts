import { type Command, Option } from 'commander';
import { DEFAULT_GRACE, parseDuration } from '../infospace/durations.ts';
import { collectAndPrint, type GarbageFlags } from '../terminal/gc.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import { actorOption, fromOption, jsonOption, parseCount, storeRootOption, yesOption } from './options.ts';

const EXAMPLES = `
The last package of a subject stays, even if it has expired, unless
--include-last is given. On a terminal it asks before it disposes of packages.

Bytes that no package needs are removed only after the grace period, which must
be longer than any archive or restore takes.

Examples:
  $ infospace-archive gc --dry-run
  $ infospace-archive gc --grace 7d --json`;

export function gcCommand(): Command {
  return new DocumentedCommand('gc')
    .description('dispose of packages that have expired and reclaim their bytes')
    .option('-n, --dry-run', 'list the packages that would be disposed of, and change nothing')
    .addOption(
      new Option(
        '--keep-last <count>',
        'keep this many of the newest packages of each subject, even if expired',
      ).argParser(parseCount),
    )
    .option('--include-last', 'dispose of the last package of a subject too')
    .addOption(yesOption())
    .addOption(
      new Option('--grace <duration>', 'how long unneeded bytes are kept: 90m, 24h, 7d, 0')
        .argParser(parseDuration)
        .default(parseDuration(DEFAULT_GRACE), DEFAULT_GRACE),
    )
    .addOption(actorOption())
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((flags: GarbageFlags) => interruptible((signal) => collectAndPrint({ ...flags, signal })));
}
