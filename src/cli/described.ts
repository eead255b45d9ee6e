import type { Argument, Command, Option } from 'commander';
import { DocumentedCommand } from './documented-command.ts';

/** A command as data, the source of completions, the manual page, docs/cli.md and JSON. */
export interface DescribedCommand {
  /** With its parent commands, without the program's name: `hold apply`. */
  name: string;
  aliases: readonly string[];
  description: string;
  /** The help group, such as "Keep"; top-level commands only. */
  group: string | undefined;
  arguments: readonly DescribedArgument[];
  options: readonly DescribedOption[];
  /** The paragraphs after the options in the full help. */
  about: string;
  examples: readonly string[];
  commands: readonly DescribedCommand[];
}

interface DescribedArgument {
  name: string;
  isRequired: boolean;
  isVariadic: boolean;
  description: string;
  choices: readonly string[];
}

export interface DescribedOption {
  flags: string;
  /** With dashes: `-j`, `--json`. */
  names: readonly string[];
  /** The placeholder of its value in the help, without brackets; undefined if it takes none. */
  value: string | undefined;
  isRequired: boolean;
  description: string;
}

/** Describes a command and its subcommands. */
export function describeCommand(command: Command): DescribedCommand {
  const { about, examples } = afterText(command);
  const help = command.createHelp();
  return {
    name: nameOf(command),
    aliases: command.aliases(),
    description: command.description(),
    group: command.helpGroup().replace(/:$/, '') || undefined,
    arguments: command.registeredArguments.map(describeArgument),
    options: help.visibleOptions(command).map(describeOption),
    about,
    examples,
    commands: command.commands.map(describeCommand),
  };
}

/** The JSON view of a command. */
export function commandJson(command: DescribedCommand): object {
  const { name, aliases, description, group } = command;
  return {
    name: name === '' ? 'infospace-archive' : name,
    aliases,
    description,
    group,
    arguments: command.arguments.map(({ name, isRequired, isVariadic, description }) => ({
      name,
      required: isRequired,
      variadic: isVariadic,
      description,
    })),
    options: command.options.map(({ flags, description, value, isRequired }) => ({
      flags,
      description,
      takes_value: value !== undefined,
      mandatory: isRequired,
    })),
    commands: command.commands.map(commandJson),
  };
}

/** All commands of a tree without subcommands: those that can be run. */
export function leavesOf(command: DescribedCommand): DescribedCommand[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** The command's name with its parents', without the program's: `hold apply`. */
export function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : parent ? command.name() : '';
}

function describeArgument(argument: Argument): DescribedArgument {
  return {
    name: argument.name(),
    isRequired: argument.required,
    isVariadic: argument.variadic,
    description: argument.description,
    choices: argument.argChoices ?? [],
  };
}

function describeOption({ flags, short, long, mandatory, description }: Option): DescribedOption {
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    value: /[<[](.+)[>\]]/.exec(flags)?.[1],
    isRequired: mandatory,
    description,
  };
}

/** The text after the options. A subcommand without its own takes its parent's, and only its own examples of those. */
export function afterText(command: Command): { about: string; examples: string[] } {
  const text = command instanceof DocumentedCommand ? command.text : '';
  const [about = '', examples = ''] = text.split(/^Examples:$/m);
  const all = examples
    .replaceAll(/^ {2}/gm, '')
    .trim()
    .split(/\n(?=\$ )/)
    .filter((example) => example !== '');
  if (text !== '' || !command.parent?.parent) return { about: about.trim(), examples: all };
  const ofGroup = afterText(command.parent);
  const own = ofGroup.examples.filter((example) => example.includes(`infospace-archive ${nameOf(command)} `));
  return { about: ofGroup.about, examples: own.length > 0 ? own : ofGroup.examples };
}
