import type { Command, Option } from 'commander';
import { afterText, nameOf } from '../../src/cli/described.ts';
import { EXIT_CODES } from '../../src/cli/errors.ts';
import { commandLine } from '../../src/cli/program.ts';

const HEAD = `<!-- Written by "npm run build:docs" from src/cli; do not edit. -->

# The command line

\`--help\` of a command prints what fits on one screen, \`infospace-archive help <command>\` what is said here, \`infospace-archive man\`
all of it as a manual page; \`infospace-archive completion\` has the completions of bash, zsh and fish. [Getting started](getting-started.md) shows a session.

## Where am I

A command works on the infospace here: the working folder, or the nearest one above it with an \`infospace.yaml\` or an archive
index. \`-C <dir>\` (\`--from\`), or \`<root>\`, names another: that very folder. Where there is none, the command says so.
\`--store-root\` or the \`ARTIFACTSTORE_*\` variables name a store
([which one is used](../README.md#where-packages-live)); then commands that only look at it need no infospace.
[infospace.md](infospace.md) has the keys of \`infospace.yaml\`.

## What packages are called

\`<package>\` is one of these, in this order:

| Name | |
|---|---|
| \`01a2b3c4-…\` | its id, or what that begins with: at least four characters |
| \`3f9c1d20\` | its short id, as \`list\` prints it: the last eight characters of the id |
| \`blake3:4f1c22ab…\` | the digest of its manifest or of its content, or what that begins with: at least eight digits; without \`blake3:\` too |
| \`latest\`, \`latest~2\` | the newest that the store keeps, and the second before it, in the order of the store's log |
| \`latest@{2026-09-01}\` | the newest that was made by then |
| \`v1.4\` | a label |

What several packages could be called lists them. \`latest\` and labels are those of the infospace's subject, or of \`--subject\`.
\`<package>:<path>\` names a file for \`cat\`.

## Short options

The same letter means the same everywhere: \`-q\` \`--quiet\`, \`-n\` \`--dry-run\`, \`-m\` \`--note\`, \`-f\` \`--force\`,
\`-y\` \`--yes\`, \`-C\` \`--from\`, \`-t\` \`--target\`, \`-i\` \`--include\`, \`-x\` \`--exclude\`, \`-j\` \`--json\`,
\`-h\` \`--help\`, \`-V\` \`--version\`.

## What is printed

People get times in their zone, and on a terminal colours, progress, and a pager for what is longer than the screen:
\`$INFOSPACE_PAGER\`, else \`$PAGER\`, else \`less -FRX\`. \`--no-color\` or \`NO_COLOR\` and \`--no-pager\` turn that off; a
pipe gets none of it.

Programs get JSON with \`--json\`, times in UTC. \`schemas/\` of the package has a JSON Schema of what each command prints, by its
name: \`schemas/list.json\`, \`schemas/hold-apply.json\`. Later versions may add keys. An error is then the last line on stderr,
\`{"error":{"code":"NOT_FOUND","message":"…","path":"…"}}\`, as \`schemas/error.json\` tells.

## Exit codes

| Code | Error | |
|---|---|---|
`;

const PATTERNS = `## Patterns

All patterns are of one language, that of [gitignore](https://git-scm.com/docs/gitignore#_pattern_format): those of \`--include\` and
\`--exclude\`, paths that commands take, inputs of the Action, and \`.infospaceignore\`. \`*\` stands for any characters of a
name, \`?\` for one, \`[a-z]\` for one of a set, \`[!a]\` for one that is not in it, and \`**\` for any number of folders where it is a whole
name. \`\\\` takes the next character literally. Case matters, on every system, and names that begin with a dot are like others. A
pattern that chooses begins at the root of the infospace, with a leading \`/\` or without; a folder means all below it, and a
slash at the end means folders alone. A file whose name reads like a pattern can be given as it stands. A pattern that leaves
out has no slash to match in every folder, and \`!\` before it takes in again. Patterns of other languages are refused by name: \`!\` in those that
choose, braces (\`{a,b}\`, \`{1..3}\`), groups (\`@(a|b)\`), a \`[\` or \`\\\` without its end. Give several patterns instead, or write \`[{]\`
for the character. Unlike git's, \`?\` is one character, whatever its bytes; on Windows \`\\\` separates folders.`;

/** What the exit codes mean; `--help` says it shorter. */
const MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'failed: the cause is named'],
  [2, 'wrong usage or configuration, or a Node.js that is too old'],
  [3, 'refused: the target is not empty or cannot be used'],
  [4, 'stored bytes or the audit log are damaged'],
  [5, 'not found: package, folder or store'],
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
    'Stopped by SIGINT or SIGTERM it exits with 130 or 143 after it has taken back what was begun; a second signal ends it at once.',
    PATTERNS,
    '## Commands',
    ...contents,
    'Everywhere:',
    optionTable(program.createHelp().visibleOptions(program)),
    ...commands.map(section),
  ].join('\n\n');
}

/** The commands that do something: a group of commands does nothing by itself. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function exitCodes(): string {
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

/** Some defaults are decided deeper down, so that their options tell them in words. */
function describe({ description, defaultValue, defaultValueDescription, mandatory, negate }: Option) {
  const told = /^(?<text>.*) \(default: (?<words>.*)\)$/.exec(description)?.groups;
  const known = defaultValueDescription ?? (negate ? undefined : defaultValue);
  const byDefault = mandatory ? 'required' : known !== undefined ? `\`${known}\`` : (told?.['words'] ?? '');
  return { text: told?.['text'] ?? description, byDefault: byDefault.replace(/^"(.*)"$/, '`$1`') };
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
