import { type Command, Option } from 'commander';
import { type DiffFlags, diffAndPrint } from '../terminal/diff.ts';
import { reportError, reportErrorAsJson } from '../terminal/errors.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import { exitCodeOf } from './errors.ts';
import { jsonOption, repeatable, storeRootOption, subjectOption } from './options.ts';

/** Same as `diff` and `git diff --exit-code`. Failures that exit with 1 in other commands exit with 2 here. */
const DIFFERENCE = 1;

const EXAMPLES = `
Each side is a package (id or short id, digest, "latest", "latest~1" for the one
before it, a label) or a folder. If a folder has the name of a package, write
./latest. An infospace is compared as it would be archived, any other folder as
a whole. Without an option it prints a patch for "git apply" and "patch -p1". Of
binary files, and of those above 256 KiB, it says only that they differ.

Exit codes:
  0  no difference            3, 4, 5  as for the other commands
  1  a difference             130, 143 stopped
  2  any other failure

Examples:
  $ infospace-archive diff latest .   # what has changed since the last archive
  $ infospace-archive diff latest~1 latest --stat
  $ infospace-archive diff latest~1 . -- reports "output/**/*.json"
  $ infospace-archive diff latest restored --quiet && echo the same`;

export function diffCommand(): Command {
  return new DocumentedCommand('diff')
    .description('show how two packages, or a package and a folder, differ')
    .argument('<before>', 'the older side: a package or a folder')
    .argument('<after>', 'the newer side: a package or a folder')
    .argument('[paths...]', 'only these, on both sides: paths and patterns')
    .addOption(new Option('--stat', 'print a table of changes in lines and bytes').conflicts(['nameStatus', 'json']))
    .addOption(new Option('--name-status', 'print a letter and a path for each change').conflicts('json'))
    .addOption(jsonOption())
    .addOption(new Option('-q, --quiet', 'print nothing').conflicts(['stat', 'nameStatus', 'json']))
    .addOption(repeatable('-i, --include <pattern>', 'compare only this; may be repeated'))
    .addOption(repeatable('-x, --exclude <pattern>', 'leave this out; may be repeated'))
    .addOption(new Option('--no-stat-cache', 'read every file of a folder, even if unchanged since the last archive'))
    .option(
      '-C, --from <dir>',
      'the infospace whose store and index are used (default: a compared one, else the one here)',
    )
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .documented(EXAMPLES)
    .action(run);
}

async function run(before: string, after: string, paths: string[], flags: DiffFlags): Promise<void> {
  try {
    const isDifferent = await interruptible((signal) => diffAndPrint(before, after, { ...flags, paths, signal }));
    if (isDifferent) process.exitCode = DIFFERENCE;
  } catch (error) {
    if (flags.json) reportErrorAsJson(error);
    else reportError(error);
    process.exitCode = Math.max(exitCodeOf(error), DIFFERENCE + 1);
  }
}
