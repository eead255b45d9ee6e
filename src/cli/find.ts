import { type Command, Option } from 'commander';
import type { FindOptions } from '../infospace/find-files.ts';
import { interruptible } from '../terminal/interruption.ts';
import { findAndPrint } from '../terminal/look.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, parseCount, storeRootOption } from './options.ts';

const EXAMPLES = `
A pattern without a slash is looked for in every folder. A digest is the BLAKE3
or the SHA-256 of a content: all of it, or eight digits or more behind "blake3:"
or "sha256:". BLAKE3 is faster, since it reads only the packages that may have
the content.

Examples:
  $ infospace-archive find "*.csv"
  $ infospace-archive find reports/a.md --last 10
  $ infospace-archive find blake3:4f1c22ab`;

interface Flags extends FindOptions {
  json?: boolean;
}

export function findCommand(): Command {
  return new DocumentedCommand('find')
    .description('find the packages with a file, by its path or its content')
    .argument('<what>', 'a pattern of paths, or a digest')
    .addOption(new Option('--last <n>', 'look into the newest packages only').argParser(parseCount))
    .addOption(fromOption())
    .option('--subject <name>', 'look into packages of this subject only')
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((what: string, flags: Flags) => interruptible((signal) => findAndPrint(what, { ...flags, signal })));
}
