import { Option } from 'commander';

/** Options that several commands have. */

export function storeRootOption(): Option {
  return new Option('--store-root <dir>', 'use the embedded store in this folder');
}

export function fromOption(): Option {
  return new Option('--from <root>', 'the infospace whose store and index are used').default('.');
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

export function quietOption(): Option {
  return new Option('--quiet', 'print warnings and errors only');
}

export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}
