import type { Command } from 'commander';
import { type ImportFlags, importAndPrint } from '../terminal/import.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import { actorOption, jsonOption, newStoreOption, quietOption, storeRootOption } from './options.ts';
import { PlaceOption } from './place.ts';

const EXAMPLES = `
The bag is a folder, or a tar archive, also one compressed with zstd or gzip. It
is checked from end to end before anything is stored. A package that "export"
wrote keeps its id, its manifest and its expiry; a bag of other software becomes
a new package, which --subject, --producer, --retention-class and --note
describe. "-" is the standard input, a tar archive, kept in a temporary file.

Examples:
  $ infospace-archive import guide.tar.zst --from guide
  $ infospace-archive import ../guide-bag --store-root /srv/archive
  $ infospace-archive import ../survey-2019 --subject survey -m "the library's"`;

export function importCommand(): Command {
  return new DocumentedCommand('import')
    .description('check a BagIt bag and import it into the store')
    .argument('<bag>', 'folder or tar archive; "-" for the standard input')
    .addOption(
      new PlaceOption(
        'unless-store',
        'the infospace whose store is used, and whose index records it (default: the one here)',
      ),
    )
    .option('--subject <name>', 'what the content belongs to (default: its External-Identifier or name, as a slug)')
    .option('--producer <name>', 'what made it (default: its Source-Organization, or "bagit")')
    .option('--retention-class <class>', 'how long it is kept (default: "release-evidence")')
    .option('-m, --note <text>', 'why it is kept')
    .addOption(actorOption())
    .addOption(storeRootOption())
    .addOption(newStoreOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((path: string, flags: ImportFlags) =>
      interruptible((signal) => importAndPrint(path, { ...flags, signal })),
    );
}
