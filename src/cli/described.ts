import type { Argument, Command, Option } from 'commander';

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
  /** What the help says after the options. */
  about: string;
  examples: string;
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

/** What follows the options in the help; a command of a group may leave it to the group. */
export function afterText(command: Command): { about: string; examples: string } {
  const text = lastPartOfHelp(command);
  if (text === '' && command.parent?.parent) return afterText(command.parent);
  const [about = '', examples = ''] = text.split(/^Examples:$/m);
  return { about: about.trim(), examples: examples.replaceAll(/^ {2}/gm, '').trim() };
}

function lastPartOfHelp(command: Command): string {
  const written: string[] = [];
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (text) => void written.push(text) });
  command.outputHelp();
  command.configureOutput(before);
  return written.join('').slice(command.helpInformation().length).trim();
}
