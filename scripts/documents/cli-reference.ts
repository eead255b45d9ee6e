import type { Command, Option } from 'commander';
import { afterText, nameOf } from '../../src/cli/described.ts';
import { EXIT_CODES } from '../../src/cli/errors.ts';
import { commandLine } from '../../src/cli/program.ts';

const HEAD = `<!-- Written by "npm run build:docs" from src/cli; do not edit. -->

# The command line

\`--help\` of a command prints a short text, \`infospace-archive help <command>\` the text of this page, and \`infospace-archive man\`
all of it as a manual page. \`infospace-archive completion\` prints completions for bash, zsh and fish.
[Getting started](getting-started.md) shows a session.

## Which infospace, which store

A command works on the infospace of the working folder, or of the nearest folder above that has an \`infospace.yaml\` or an archive
index. \`-C <dir>\` (\`--from\`), or \`<root>\`, names exactly one folder instead. [The infospace](infospace.md) says more.

\`--store-root\` or the \`ARTIFACTSTORE_*\` variables name [a store](stores.md#configure); without them it is embedded in the
infospace. With them, commands that only read a store need no infospace.

## What packages are called

\`<package>\` is one of these, tried in this order:

| Name | Meaning |
|---|---|
| \`01a2b3c4-…\` | the id, or its first four characters or more |
| \`3f9c1d20\` | the short id, as \`list\` prints it: the last eight characters of the id. The first ones encode the time, and are equal for a minute |
| \`blake3:4f1c22ab…\` | the manifest or content digest, or its first eight digits or more; with or without \`blake3:\` |
| \`latest\`, \`latest~2\` | the newest package that the store keeps, and the second before it, in the order of the store's log |
| \`latest@{2026-09-01}\` | the newest package made by that time; a day counts to its end (UTC) |
| \`v1.4\` | a label |

A name that matches several packages is refused, and the error lists them. \`latest\` and labels are those of the infospace's subject, or
of \`--subject\`. \`<package>:<path>\` names a file for \`cat\`.

## Short options

A letter has the same meaning in every command: \`-q\` \`--quiet\`, \`-n\` \`--dry-run\`, \`-m\` \`--note\`, \`-f\` \`--force\`,
\`-y\` \`--yes\`, \`-C\` \`--from\`, \`-t\` \`--target\`, \`-i\` \`--include\`, \`-x\` \`--exclude\`, \`-j\` \`--json\`,
\`-h\` \`--help\`, \`-V\` \`--version\`.

## What is printed

Without \`--json\`, times are local. A terminal also gets colours, progress, and a pager for long output:
\`$INFOSPACE_PAGER\`, else \`$PAGER\`, else \`less -FRX\`. \`--no-color\` or \`NO_COLOR\` and \`--no-pager\` turn that off; a
pipe gets none of it.

\`--json\` prints JSON for programs, with times in UTC. The npm package has a JSON Schema for each command, such as
\`schemas/list.json\` and \`schemas/hold-apply.json\`. Later versions may add keys. An error is then the last line on stderr,
\`{"error":{"code":"NOT_FOUND","message":"…","path":"…"}}\` (\`schemas/error.json\`).

## Exit codes

| Code | Error | |
|---|---|---|
`;

const PATTERNS = `## Patterns

All patterns (\`--include\`, \`--exclude\`, paths, inputs of the Action, \`.infospaceignore\`) have the syntax of
[gitignore](https://git-scm.com/docs/gitignore#_pattern_format):

| Pattern | Matches |
|---|---|
| \`*\`, \`?\` | any characters of a name, one character |
| \`[a-z]\`, \`[!a]\` | one character of a set, one that is not in it |
| \`**\` | as a whole name: any number of folders |
| \`\\*\` | the character itself |

* Case matters, on every system. Names that begin with a dot are like others. On Windows, \`\\\` separates folders.
* An include pattern begins at the root of the infospace, with or without a leading \`/\`. A folder includes everything below it; a
  slash at the end matches only folders. The exact path of an existing file works, even if it contains characters of patterns.
* An exclude pattern without a slash matches in every folder; \`!\` before it includes again.
* Refused are \`!\` in an include pattern, braces (\`{a,b}\`, \`{1..3}\`), groups (\`@(a|b)\`), and an unfinished \`[\` or \`\\\`.
  Give several patterns instead, or write \`[{]\` for the character.`;

/** The meaning of the exit codes; `--help` has a shorter text. */
const MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'failed: the cause is named'],
  [2, 'wrong usage or configuration, or a Node.js that is too old'],
  [3, 'refused: the target is not empty or cannot be used'],
  [4, 'stored bytes or the audit log are damaged'],
  [5, 'not found: package, folder, store or file'],
  [6, 'a key of an encrypted store is missing or does not fit'],
];

/** docs/cli.md: all commands, arguments, options, defaults, examples and exit codes. */
export function cliReference(): string {
  const program = commandLine();
  const commands = program.commands.flatMap(leaves);
  const groups = [...new Set(program.commands.map((command) => command.helpGroup()))];
  const contents = groups.flatMap((group) => [
    `**${group}**`,
    program.commands
      .filter((command) => command.helpGroup() === group)
      .flatMap(leaves)
      .map((command) => `* [\`${nameOf(command)}\`](#${anchorOf(command)}): ${command.description()}`)
      .join('\n'),
  ]);
  return [
    HEAD + exitCodes(),
    'On SIGINT or SIGTERM, a command undoes what it began and exits with 130 or 143. A second signal ends it at once.',
    PATTERNS,
    '## Commands',
    ...contents,
    'Everywhere:',
    optionTable(program.createHelp().visibleOptions(program)),
    ...commands.map(section),
  ].join('\n\n');
}

/** The commands that do something themselves, without groups of commands. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function exitCodes(): string {
  const unknown = Object.entries(EXIT_CODES).find(([, code]) => MEANINGS.every(([known]) => known !== code));
  if (unknown) throw new Error(`The exit code of ${unknown[0]} has no meaning here.`);
  return MEANINGS.map(([code, meaning]) => {
    const errors = Object.entries(EXIT_CODES).filter(([, exitCode]) => exitCode === code);
    return `| ${code} | ${errors.map(([name]) => `\`${name}\``).join(', ')} | ${meaning} |`;
  }).join('\n');
}

function section(command: Command): string {
  const help = command.createHelp();
  const { about, examples } = afterText(command);
  return [
    `## ${nameOf(command)}`,
    `${sentence(command.description())}${command.aliases().length > 0 ? ` Also as \`${command.aliases().join('`, `')}\`.` : ''}`,
    fence('text', help.commandUsage(command)),
    argumentTable(command),
    optionTable(command.options.filter(({ hidden }) => !hidden)),
    about,
    examples.length === 0 ? '' : fence('console', examples.join('\n')),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function anchorOf(command: Command): string {
  return nameOf(command).replaceAll(' ', '-');
}

function argumentTable(command: Command): string {
  if (command.registeredArguments.length === 0) return '';
  const rows = command.registeredArguments.map((argument) => {
    const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
    return `| \`${name}\` | ${cell(argument.description)} |`;
  });
  return `| Argument | |\n|---|---|\n${rows.join('\n')}`;
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const { text, byDefault } = describe(option);
    return `| \`${option.flags}\` | ${byDefault} | ${cell(text)} |`;
  });
  return `| Option | Default | |\n|---|---|---|\n${rows.join('\n')}`;
}

/** Defaults that other code decides, which the options describe in words. */
function describe({ description, defaultValue, defaultValueDescription, mandatory, negate }: Option) {
  const match = /^(?<text>.*) \(default: (?<words>.*)\)$/.exec(description)?.groups;
  const known = defaultValueDescription ?? (negate ? undefined : defaultValue);
  const byDefault = mandatory ? 'required' : known !== undefined ? `\`${known}\`` : (match?.['words'] ?? '');
  return { text: match?.['text'] ?? description, byDefault: byDefault.replace(/^"(.*)"$/, '`$1`') };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
