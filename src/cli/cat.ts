import { type Command, Option } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { ByteSpan, ReadFileOptions } from '../infospace/read-file.ts';
import { interruptible } from '../terminal/interruption.ts';
import { catFile } from '../terminal/look.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
The file is checked as it is read. If it is damaged, the output is incomplete,
and the exit code is 4.

Examples:
  $ infospace-archive cat latest:reports/a.md
  $ infospace-archive cat latest~2 reports/a.md > before.md
  $ infospace-archive cat latest:data.bin --range 0-511 | xxd`;

export function catCommand(): Command {
  return new DocumentedCommand('cat')
    .description('write a file of a package to the standard output')
    .addArgument(packageArgument('<package>', '; with ":" and a path, unless the path is an argument'))
    .argument('[path]', 'the path of the file')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(
      new Option('--range <first-last>', 'only these bytes, counted from 0; "100-" to the end').argParser(parseRange),
    )
    .option('-j, --json', 'print errors as JSON; the file is printed as it is')
    .documented(EXAMPLES)
    .action((reference: string, path: string | undefined, flags: ReadFileOptions) =>
      interruptible((signal) => catFile(reference, path, { ...flags, signal })),
    );
}

function parseRange(text: string): ByteSpan {
  const [, first, last] = /^(\d{1,15})-(\d{1,15})?$/.exec(text) ?? [];
  const range = { first: Number(first), last: last === undefined ? undefined : Number(last) };
  if (first !== undefined && range.first <= (range.last ?? range.first)) return range;
  throw new ArchiveError('USAGE', `"${text}" is not a range of bytes; give it as 0-99 or 100-.`);
}
