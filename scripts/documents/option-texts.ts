import type { Command } from 'commander';
import { commandLine } from '../../src/cli/program.ts';

/** An option or argument of the command line, described for the other faces. */
export interface OptionText {
  /** A sentence in lower case without a full stop. */
  text: string;
  /** The default value. */
  default: string | undefined;
  /** The default in words, where other code decides it. */
  byDefault: string | undefined;
  /** The allowed values, where they are few. */
  choices: readonly string[] | undefined;
  isRequired: boolean;
  /** Whether it takes no value. */
  isFlag: boolean;
  /** Whether it is written `--no-…`; its text describes the negation. */
  isNegated: boolean;
  isList: boolean;
  /** The placeholder of its value, such as "pattern"; undefined for a flag. */
  value: string | undefined;
  /** The kind of place that its value names, if any. */
  place: 'directory' | 'file' | 'store' | undefined;
}

const program = commandLine();

/** All options and arguments of commands, by name without dashes; the first command with one provides its text. */
export function optionTexts(commands: readonly string[]): Map<string, OptionText> {
  const found = new Map<string, OptionText>();
  for (const path of commands) {
    const command = commandAt(path);
    for (const { name, isRequired, text } of [...argumentsOf(command), ...optionsOf(command)]) {
      if (!found.has(name)) found.set(name, { ...text, isRequired });
    }
  }
  return found;
}

function commandAt(path: string): Command {
  return path.split(' ').reduce((command, name) => {
    const next = command.commands.find((candidate) => candidate.name() === name);
    if (next === undefined) throw new Error(`There is no command "${path}".`);
    return next;
  }, program);
}

/** The description of a command as a sentence. */
export function commandText(path: string): string {
  return sentence(commandAt(path).description());
}

type Named = { name: string; isRequired: boolean; text: Omit<OptionText, 'isRequired'> };

function argumentsOf(command: Command): Named[] {
  return command.registeredArguments.map((argument) => ({
    name: argument.name(),
    isRequired: argument.required,
    text: {
      ...split(argument.description),
      default: undefined,
      choices: undefined,
      isFlag: false,
      isNegated: false,
      isList: argument.variadic,
      value: argument.name(),
      place: undefined,
    },
  }));
}

function optionsOf(command: Command): Named[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, negate, flags, description, mandatory, argChoices, defaultValue, defaultValueDescription }) => {
      const isList = description.endsWith('; may be repeated');
      const byItself = defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue));
      const value = /[<[]([\w-]+)/.exec(flags)?.[1];
      return {
        name: long!.replace(/^--(?:no-)?/, ''),
        isRequired: mandatory,
        text: {
          ...split(description.replace(/; may be repeated$/, '')),
          default: byItself,
          choices: argChoices,
          isFlag: value === undefined,
          isNegated: negate,
          isList,
          value,
          place: PLACES[value ?? ''],
        },
      };
    });
}

/** By the placeholder of an option's value. */
const PLACES: Readonly<Record<string, OptionText['place']>> = {
  dir: 'directory',
  file: 'file',
  place: 'store',
  store: 'store',
};

/** Defaults that other code decides, which the options describe in words. Only a command line has standard streams. */
function split(whole: string): Pick<OptionText, 'text' | 'byDefault'> {
  const description = whole.replace(/; "-" for the standard (?:input|output)/, '');
  const { text = description, words } = /^(?<text>.*) \(default: (?<words>.*)\)$/.exec(description)?.groups ?? {};
  return { text, byDefault: words?.replace(/^"(.*)"$/, '$1') };
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
