import { type Command, Option } from 'commander';
import { type ArchiveFlags, archiveAndPrint } from '../terminal/archive.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import { infospaceOption, jsonOption, newStoreOption, quietOption, repeatable, storeRootOption } from './options.ts';

const EXAMPLES = `
Patterns are those of gitignore. Include patterns begin at the root, and a
folder means all below it; exclude patterns are as in a file .infospaceignore in
the root. "*" and "?" stay within a name, "**" is any number of folders; braces
and other patterns of shells are refused.

Examples:
  $ infospace-archive archive . --note "after the review"
  $ infospace-archive archive -i reports -i "output/**/*.json" -m "the figures"
  $ infospace-archive archive . --retention-class permanent-record
  $ infospace-archive archive . --exclude "*.log" --exclude cache/ --dry-run
  $ infospace-archive archive . --skip-unchanged --json`;

export function archiveCommand(): Command {
  return new DocumentedCommand('archive')
    .description('archive an infospace as a new package and list it in its index')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(infospaceOption())
    .option('--retention-class <class>', 'how long it is kept (default: "release-evidence")')
    .addOption(repeatable('-i, --include <pattern>', 'archive only this; may be repeated'))
    .addOption(repeatable('-x, --exclude <pattern>', 'leave this out; may be repeated'))
    .option('-m, --note <text>', 'why this state is kept')
    .option('--producer <name>', 'what made the content (default: "infospace-bench")')
    .option('--subject <name>', "what the content belongs to (default: the infospace's slug)")
    .addOption(storeRootOption())
    .addOption(newStoreOption())
    .option('--skip-unchanged', 'make no package if content and class are unchanged')
    .addOption(new Option('--no-stat-cache', 'read every file, even if unchanged since the last archive'))
    .option('--refuse-secrets', 'refuse files that commonly contain secrets, instead of warning')
    .addOption(
      new Option(
        '--links <policy>',
        'links that lead out, to what is not archived: keep and warn, refuse, or archive targets too (default: "keep")',
      ).choices(['keep', 'refuse', 'follow-inside']),
    )
    .option('-n, --dry-run', 'list what would be archived and change nothing')
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((_root: string | undefined, { from, ...flags }: ArchiveFlags & { from: string }) =>
      interruptible(async (signal) => void (await archiveAndPrint(from, { ...flags, signal }))),
    );
}
