import { Argument, Option } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { parseTime } from '../infospace/parse-time.ts';
import { COMMON_OPTIONS, PlaceOption } from './place.ts';

/** Options that several commands have. */

function common(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(COMMON_OPTIONS);
}

export function storeRootOption(): Option {
  return common('--store-root <dir>', 'use the embedded store in this folder');
}

export function newStoreOption(): Option {
  return new Option('--new-store', 'create a store where there is none, even if the index names packages');
}

/** The infospace of a command; `program.ts` finds it when the option is not given. */
export function fromOption(): Option {
  return new PlaceOption('or-store', 'the infospace whose store and index are used (default: the one here)');
}

/** For a command that cannot work without an infospace. */
export function infospaceOption(): Option {
  return new PlaceOption('required', 'the infospace, as <root> (default: the one here)');
}

/** The names that `findPackage` knows. */
export function packageArgument(name = '<package>', more = ''): Argument {
  return new Argument(name, `id, digest, "latest", "latest~1" or label; also "latest@{time}"${more}`);
}

export function subjectOption(): Option {
  return common('--subject <name>', 'subject for "latest" and labels (default: the subject of the infospace)');
}

export function actorOption(): Option {
  return common('--actor <name>', 'name in the audit log (default: the user of this process)');
}

export function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for the audit log').makeOptionMandatory();
}

export function timeOption(flags: string, description: string): Option {
  return new Option(flags, `${description}: RFC 3339 or a day (UTC)`).argParser(parseTime);
}

export function jsonOption(): Option {
  return common('-j, --json', 'print JSON');
}

export function quietOption(): Option {
  return common('-q, --quiet', 'print warnings and errors only');
}

/** @throws ArchiveError `USAGE` unless the text is a whole number above zero. */
export function parseCount(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new ArchiveError('USAGE', `"${text}" is not a number of packages; give a whole number above zero.`);
}

export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}

export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask for confirmation');
}
