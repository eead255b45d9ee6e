import { createRequire } from 'node:module';
import { type Command, CommanderError, Option } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { reportError, reportErrorAsJson } from '../terminal/errors.ts';
import { printable } from '../terminal/format.ts';
import { type Pager, startPager } from '../terminal/pager.ts';
import { archiveCommand } from './archive.ts';
import { attestCommand } from './attest.ts';
import { auditCommand } from './audit.ts';
import { catCommand } from './cat.ts';
import { completionCommand } from './completion.ts';
import { copyCommand } from './copy.ts';
import { nameOf } from './described.ts';
import { diffCommand } from './diff.ts';
import { DocumentedCommand } from './documented-command.ts';
import { exitCodeOf } from './errors.ts';
import { exportCommand } from './export.ts';
import { findCommand } from './find.ts';
import { gcCommand } from './gc.ts';
import { helpCommand } from './help.ts';
import { briefHelp, wholeHelp } from './help-text.ts';
import { holdCommand } from './hold.ts';
import { importCommand } from './import.ts';
import { indexCommand } from './index-command.ts';
import { initCommand } from './init.ts';
import { labelCommand } from './label.ts';
import { listCommand } from './list.ts';
import { logCommand } from './log.ts';
import { lsCommand } from './ls.ts';
import { manCommand } from './man.ts';
import { noteCommand } from './note.ts';
import { findPlace } from './place.ts';
import { purgeCommand } from './purge.ts';
import { reportCommand } from './report.ts';
import { restoreCommand } from './restore.ts';
import { retentionCommand } from './retention.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { storeCommand } from './store.ts';
import { verifyCommand } from './verify.ts';

const EPILOG = `
The store is embedded in the infospace (output/archives/.store) unless
--store-root or the ARTIFACTSTORE_* variables name another one.

Exit codes:
  0  done                          4  bytes, log or attestation are damaged
  1  failed                        5  not found: package, folder, store, file
  2  wrong usage or configuration  6  a key of an encrypted store is missing
  3  refused: the target
SIGINT or SIGTERM undoes what was begun (130 or 143); a second one ends at once.

Examples:
  $ infospace-archive archive . --note "release 1.4"
  $ infospace-archive restore latest --target ../restored`;

/** The commands by help group and name, in the order of the help. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, () => Command>>>> = {
  Start: { init: initCommand, archive: archiveCommand },
  Look: {
    list: listCommand,
    show: showCommand,
    ls: lsCommand,
    cat: catCommand,
    find: findCommand,
    log: logCommand,
    diff: diffCommand,
    report: reportCommand,
    serve: serveCommand,
  },
  'Bring back': { restore: restoreCommand, verify: verifyCommand },
  Keep: {
    label: labelCommand,
    note: noteCommand,
    hold: holdCommand,
    retention: retentionCommand,
    gc: gcCommand,
    purge: purgeCommand,
  },
  Move: { export: exportCommand, import: importCommand, copy: copyCommand, attest: attestCommand },
  Store: {
    store: storeCommand,
    audit: auditCommand,
    index: indexCommand,
    help: helpCommand,
    completion: completionCommand,
    man: manCommand,
  },
};
/** Commands that describe all the others. */
const ABOUT_ALL = ['completion', 'help', 'man'];

/** Commands whose output may be long. */
const PAGED = ['list', 'show', 'ls', 'find', 'log', 'diff', 'help', 'audit log', 'hold list', 'label list'];

/** Every command takes them; only the program's help shows them. */
function outputOptions(): Option[] {
  return [
    new Option('--no-color', 'no colours (also with NO_COLOR)'),
    new Option('--no-pager', 'print long output without $PAGER'),
  ];
}

/**
 * All commands with their options, for parsing and for the reference.
 *
 * @param only builds just the command that will run, since building all of them slows the start.
 */
export function commandLine(only?: string): Command {
  const { version } = createRequire(import.meta.url)('infospace-archive/package.json') as { version: string };
  const program = new DocumentedCommand('infospace-archive')
    .usage('<command> [options]')
    .description('Preserve a folder as an immutable package, and restore it byte for byte.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or help on a command')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name(), formatItemList: withoutGap, formatHelp: wholeHelp })
    .documented(EPILOG);
  for (const [group, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(`${group}:`);
    for (const [name, command] of Object.entries(commands)) {
      if (only === undefined || name === only) program.addCommand(command());
    }
  }
  for (const option of outputOptions()) program.addOption(option);
  for (const command of program.commands.flatMap(withSubcommands)) {
    command.configureHelp({ formatHelp: briefHelp }).helpCommand(false);
    for (const option of outputOptions()) command.addOption(option.hideHelp());
  }
  return program;
}

/**
 * Runs the command line.
 *
 * @returns the exit code.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  process.stdout.on('error', leave);
  const program = commandLine(commandIn(args));
  let pager: Pager | undefined;
  program.hook('preAction', async (_, command) => {
    requireValues(command);
    const { color, pager: isPaged, json } = command.optsWithGlobals<{ color: boolean; pager: boolean; json?: true }>();
    if (!color) process.env['NO_COLOR'] = '1';
    if (isPaged && !json && PAGED.includes(nameOf(command))) pager = startPager();
    await findPlace(command);
  });
  const isJson = asksForJson(args);
  for (const command of withSubcommands(program)) {
    command.exitOverride().showSuggestionAfterError();
    command.configureOutput({
      outputError: (text, write) => {
        if (!isJson) writePrintable(withRemedy(text, command), write);
      },
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' }).finally(() => pager?.end());
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    const failure = error instanceof CommanderError ? usageError(error) : error;
    if (failure === undefined) return 0;
    if (isJson) reportErrorAsJson(failure);
    // Commander has already printed its own errors.
    else if (failure === error) reportError(failure);
    return exitCodeOf(failure);
  }
}

/** The command named by the first word; undefined if all commands are needed, as for an unknown word. */
function commandIn([word = '']: readonly string[]): string | undefined {
  const isKnown = Object.values(GROUPS).some((commands) => Object.hasOwn(commands, word));
  return isKnown && !ABOUT_ALL.includes(word) ? word : undefined;
}

/** Undefined when Commander only printed the requested help. */
function usageError({ exitCode, message }: CommanderError): ArchiveError | undefined {
  return exitCode === 0 ? undefined : new ArchiveError('USAGE', message.replace(/^error: /, ''));
}

/** Only letters without a value may precede the j: after one with a value, the j would be part of that value. */
const JSON_OPTION = /^(--json$|-[fhlnqyV]*j)/;

/** Whether to print errors as JSON. Looks at the raw words, since parsing itself may fail. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((word) => JSON_OPTION.test(word));
}

/** Drops the empty lines between groups, so that all commands fit on one screen. */
function withoutGap(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [heading, ...items];
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** Exits quietly when the reader closes the pipe, as `| head` does. */
function leave({ code }: NodeJS.ErrnoException): never {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: The output cannot be written (${code}); send it somewhere else.\n`);
  process.exit(1);
}

/** Refuses empty values: they come from unset shell variables and are never intended. */
function requireValues(command: Command): void {
  if (command.args.includes('')) {
    throw new ArchiveError('USAGE', `An argument of ${command.name()} is empty; give a value.`);
  }
  for (const option of command.options) {
    if ([command.getOptionValue(option.attributeName())].flat().includes('')) {
      throw new ArchiveError('USAGE', `The option ${option.long} is empty; give a value or leave it out.`);
    }
  }
}

/** Commander's errors name no remedy, unless they end with choices or a suggestion. */
function withRemedy(text: string, command: Command): string {
  const help = ['infospace-archive help', nameOf(command)].join(' ').trimEnd();
  return text.replace(/(?<![.)])\n$/, `; see "${help}".\n`);
}

/** Escapes control characters: Commander repeats arguments verbatim. */
function writePrintable(text: string, write: (text: string) => void): void {
  write(text.split('\n').map(printable).join('\n'));
}
