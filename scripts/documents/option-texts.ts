import type { Command } from 'commander';
import { commandLine } from '../../src/cli/program.ts';

/** What one option or argument of the command line is, for the other faces. */
export interface OptionText {
  /** A sentence without its end, in lower case. */
  text: string;
  /** The value that it has when it is not given. */
  default: string | undefined;
  /** Where that is decided deeper down: what it is then. */
  byDefault: string | undefined;
  /** The values that it can have, where they are few. */
  choices: readonly string[] | undefined;
  isRequired: boolean;
  /** Takes no value. */
  isFlag: boolean;
  /** Written `--no-…`; its text tells what becomes of that. */
  isNegated: boolean;
  isList: boolean;
  /** What its value is called, such as "pattern"; undefined for a flag. */
  value: string | undefined;
  /** What its value names, if that is a place. */
  place: 'directory' | 'file' | 'store' | undefined;
}

const program = commandLine();

/** All options and arguments of commands, by the names without dashes; the first command that has one tells. */
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

/** What a command does, as a sentence. */
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

/** By what the value of an option is called. */
const PLACES: Readonly<Record<string, OptionText['place']>> = {
  dir: 'directory',
  file: 'file',
  place: 'store',
  store: 'store',
};

/** Some defaults are decided deeper down, so that their options tell them in words. Only a command line has standard streams. */
function split(whole: string): Pick<OptionText, 'text' | 'byDefault'> {
  const description = whole.replace(/; "-" for the standard (?:input|output)/, '');
  const { text = description, words } = /^(?<text>.*) \(default: (?<words>.*)\)$/.exec(description)?.groups ?? {};
  return { text, byDefault: words?.replace(/^"(.*)"$/, '$1') };
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
