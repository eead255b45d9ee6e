import type { Argument, Command, Option } from 'commander';
import { DocumentedCommand } from './documented-command.ts';

/** A command in words, for whatever is made from the one definition: completions, the manual page, JSON. */
export interface DescribedCommand {
  /** With the groups it is in, without the program. */
  name: string;
  aliases: readonly string[];
  description: string;
  /** Of the commands that people want for the same end; only at the top. */
  group: string | undefined;
  arguments: readonly DescribedArgument[];
  options: readonly DescribedOption[];
  /** What the whole help says after the options. */
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
  /** With their dashes. */
  names: readonly string[];
  /** What stands for its value in the help, without brackets; undefined where it takes none. */
  value: string | undefined;
  isRequired: boolean;
  description: string;
}

/** What is known of a command and those below it. */
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

/** As users get it. */
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

/** All commands of a tree that do something. */
export function leavesOf(command: DescribedCommand): DescribedCommand[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** The command and the groups it is in, without the program. */
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

/** What follows the options; a command of a group may leave it to the group, and has its own examples there. */
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
