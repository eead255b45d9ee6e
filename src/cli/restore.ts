import { type Command, Option } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type RestoreFlags, restoreAndPrint } from '../terminal/restore.ts';
import { DocumentedCommand } from './documented-command.ts';
import {
  fromOption,
  jsonOption,
  packageArgument,
  quietOption,
  repeatable,
  storeRootOption,
  subjectOption,
} from './options.ts';

const EXAMPLES = `
"latest" is the newest package of the infospace, or of --subject, that the store
keeps; "latest~1" is the one before it. If the target is not empty, it first
lists what it will replace or remove. --delete never removes a store, an archive
index or anything in .git; in an infospace with archives, it removes only what
an archive would include. Files get the default permissions and their executable
bit; a package keeps no times, owners, extended attributes or hard links. Long
runs of zeros come back as holes.

Examples:
  $ infospace-archive restore latest --target ../restored
  $ infospace-archive restore blake3:4f1c… --target evidence --from guide
  $ infospace-archive restore latest -t . -n -- reports/a.md "output/**/*.json"
  $ infospace-archive restore latest --store-root /srv/archive -t . -i reports`;

export function restoreCommand(): Command {
  return new DocumentedCommand('restore')
    .description('restore a package into a folder, checking every byte')
    .addArgument(packageArgument())
    .argument('[paths...]', 'only these, as with --include')
    .requiredOption('-t, --target <dir>', 'folder to restore into; created if needed')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(repeatable('-i, --include <pattern>', 'restore only this; may be repeated'))
    .addOption(repeatable('-x, --exclude <pattern>', 'leave this out; may be repeated'))
    .option('-f, --force', 'restore into a target with contents; files that the package lacks stay')
    .addOption(
      new Option(
        '--overwrite <when>',
        'which files --force rewrites; "never" works without it (default: "if-changed")',
      ).choices(['if-changed', 'always', 'never']),
    )
    .option('--delete', 'with --force, remove what the package lacks')
    .option('-n, --dry-run', 'list what would be created, replaced, removed and left, and change nothing')
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((reference: string, paths: string[], flags: RestoreFlags) =>
      interruptible((signal) =>
        restoreAndPrint(reference, { ...flags, include: [...(flags.include ?? []), ...paths], signal }),
      ),
    );
}
