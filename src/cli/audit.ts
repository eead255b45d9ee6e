import { Command } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import {
  type AuditFlags,
  headAndPrint,
  type LogFlags,
  logAndPrint,
  type TailFlags,
  tailAndPrint,
  type VerifyEventsFlags,
  verifyEventsAndPrint,
} from '../terminal/audit.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, storeRootOption, subjectOption, timeOption } from './options.ts';

const EXAMPLES = `
"log" and "tail" print one event per line, also with --json. "verify" finds
events that were changed by hand. To detect a log that was rewritten as a whole,
keep the output of "head" and give it to "verify".

Examples:
  $ infospace-archive audit log --package latest
  $ infospace-archive audit log --type v1.hold.applied -j | jq .payload.reason
  $ infospace-archive audit tail --follow
  $ infospace-archive audit head > head.txt
  $ infospace-archive audit verify --head "$(cat head.txt)"`;

export function auditCommand(): Command {
  const log = new Command('log')
    .description('print the events, oldest first')
    .option('--package <package>', 'only events of a package, by any of its names')
    .addOption(subjectOption())
    .addOption(timeOption('--since <time>', 'only events since'))
    .option('--type <type>', 'only events of a type: v1.hold.applied, or v1.hold for all about holds')
    .action((flags: LogFlags) => logAndPrint(flags));
  const verify = new Command('verify')
    .description('check every event and the chain of their digests')
    .option('--head <head>', 'also check that the log contains this earlier output of "audit head"', parseHead)
    .action((flags: VerifyEventsFlags) => verifyEventsAndPrint(flags));
  const tail = new Command('tail')
    .description('print the newest events')
    .option('--follow', 'keep printing new events until interrupted')
    .action((flags: TailFlags) => tailAndPrint(flags));
  const head = new Command('head')
    .description('print the sequence and digest of the newest event')
    .action((flags: AuditFlags) => headAndPrint(flags));
  const audit = new DocumentedCommand('audit').description('read and check the event log').documented(EXAMPLES);
  for (const command of [log, verify, tail, head]) {
    command.addOption(fromOption()).addOption(storeRootOption()).addOption(jsonOption());
    audit.addCommand(command);
  }
  return audit;
}

/** @throws ArchiveError `USAGE`. */
function parseHead(text: string): VerifyEventsFlags['head'] {
  const [, sequence, digest] = /^(\d{1,15}) (blake3:[0-9a-f]{64})$/.exec(text) ?? [];
  if (digest !== undefined) return { sequence: Number(sequence), digest };
  throw new ArchiveError(
    'USAGE',
    `"${text}" is not a head; give a sequence and a digest, as "audit head" prints them.`,
  );
}
