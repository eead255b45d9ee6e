import type { Command } from 'commander';
import type { LookOptions } from '../infospace/looking.ts';
import { interruptible } from '../terminal/interruption.ts';
import { versionsAndPrint } from '../terminal/look.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
It lists the packages in which a file is new, changed or gone, oldest first. The
events of the store are in "audit log".

Examples:
  $ infospace-archive log reports/a.md
  $ infospace-archive log "output/**/*.json" --subject guide`;

interface Flags extends LookOptions {
  json?: boolean;
}

export function logCommand(): Command {
  return new DocumentedCommand('log')
    .description('list the versions of a file')
    .argument('<paths...>', 'paths and patterns')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((paths: string[], flags: Flags) =>
      interruptible((signal) => versionsAndPrint(paths, { ...flags, signal })),
    );
}
