import { type Command, Help, type Option } from 'commander';
import { afterText, nameOf } from './described.ts';
import { COMMON_OPTIONS } from './place.ts';

/** A terminal has 24 lines; the next prompt takes one. */
const LINES = 23;
const COLUMNS = 80;

type Row = readonly [term: string, text: string, choices?: readonly string[] | undefined];

/**
 * The output of --help, cut to one screen. To fit, it drops first the paragraphs, then examples, then what options say
 * after their first clause; `help` prints everything.
 */
export function briefHelp(command: Command, helper: Help): string {
  const columns = Math.min(helper.helpWidth ?? COLUMNS, COLUMNS);
  const head = [
    `Usage: ${helper.commandUsage(command)}`,
    '',
    ...wrapped(helper.commandDescription(command), columns),
    '',
  ];
  const rows = rowsOf(command, helper);
  const [full, brief] = [table(rows, columns, false), table(rows, columns, true)];
  const common = ['', ...commonLines(command, helper, columns)];
  const { about, examples } = afterText(command);
  const choices = [
    [...head, ...full, ...common, ...paragraphs(about), ...exampleLines(examples)],
    ...[full, brief].flatMap((options) =>
      [examples.length, 2, 1].map((count) => [
        ...head,
        ...options,
        ...common,
        ...exampleLines(examples.slice(0, count)),
      ]),
    ),
  ];
  const chosen = choices.find((lines) => lines.length <= LINES) ?? [...head, ...brief, ...common];
  return `${chosen.join('\n')}\n`;
}

/** The full help of a command. */
export function wholeHelp(command: Command, helper: Help): string {
  const { about, examples } = afterText(command);
  const text = Help.prototype.formatHelp
    .call(Object.assign(helper, { groupItems: commonLast }), command, helper)
    .trimEnd();
  return `${[text, ...paragraphs(about), ...exampleLines(examples)].join('\n')}\n`;
}

function commonLast<T extends Command | Option>(
  all: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Help.prototype.groupItems(all, visible, groupOf);
  const common = groups.get(COMMON_OPTIONS) ?? [];
  groups.delete(COMMON_OPTIONS);
  return common.length === 0 ? groups : groups.set(COMMON_OPTIONS, common);
}

function rowsOf(command: Command, helper: Help): Row[] {
  return [
    ...helper
      .visibleArguments(command)
      .map((argument): Row => [helper.argumentTerm(argument), helper.argumentDescription(argument)]),
    ...helper
      .visibleOptions(command)
      .filter((option) => !isCommon(option))
      .map((option): Row => [helper.optionTerm(option), helper.optionDescription(option), option.argChoices]),
    ...helper
      .visibleCommands(command)
      .map((sub): Row => [helper.subcommandTerm(sub), helper.subcommandDescription(sub)]),
  ];
}

/** Options that many commands share, and --help itself. */
function isCommon({ helpGroupHeading, long }: Option): boolean {
  return helpGroupHeading === COMMON_OPTIONS || long === '--help';
}

function commonLines(command: Command, helper: Help, columns: number): string[] {
  const flags = helper
    .visibleOptions(command)
    .filter(isCommon)
    .map((option) => helper.optionTerm(option));
  const lines = [''];
  for (const flag of flags) {
    const line = `${lines.at(-1)}  ${flag}`;
    if (line.length > columns) lines.push(`  ${flag}`);
    else lines[lines.length - 1] = line;
  }
  return [`${COMMON_OPTIONS.replace(':', '')} (in full: infospace-archive help ${nameOf(command)}):`, ...lines];
}

function table(rows: readonly Row[], columns: number, isBrief: boolean): string[] {
  const indent = rows.reduce((longest, [term]) => Math.max(longest, term.length), 0) + 4;
  return rows.flatMap(([term, text, choices]) => {
    const width = columns - indent;
    const shown = isBrief && text.length > width ? firstClause(text, choices, width) : text;
    const [first = '', ...more] = wrapped(shown, width);
    return [`  ${term.padEnd(indent - 2)}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(indent) + line)];
  });
}

/** Cuts a text at the strongest punctuation mark that makes it fit, but keeps the choices. */
function firstClause(text: string, choices: readonly string[] | undefined, width: number): string {
  const more = choices === undefined ? '' : ` (${choices.join(', ')})`;
  for (const mark of [' (', '; ', ': ', ', ']) {
    const clause = text.split(mark)[0]! + more;
    if (clause.length <= width) return clause;
  }
  return text;
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length > width && lines.at(-1) !== '') lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

function paragraphs(about: string): string[] {
  return about === '' ? [] : ['', ...about.split('\n')];
}

function exampleLines(examples: readonly string[]): string[] {
  const lines = examples.flatMap((example) => example.split('\n'));
  return lines.length === 0 ? [] : ['', 'Examples:', ...lines.map((line) => `  ${line}`)];
}
