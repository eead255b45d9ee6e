import { Command } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type RebuildFlags, rebuildIndexAndPrint } from '../terminal/rebuild-index.ts';
import { DocumentedCommand } from './documented-command.ts';
import { infospaceOption, jsonOption, quietOption, storeRootOption } from './options.ts';

const EXAMPLES = `
It gets a record of each package of the infospace that the store keeps, and
keeps those of packages in other stores. Records of packages that the store has
disposed of or lost are left out, as are entries that cannot be read. The store
is taken as it is, also where the index was written with another state of it.
Nothing tells which include patterns a package was made with that the index has
lost: what is on top of it stands for them.

Examples:
  $ infospace-archive index rebuild .
  $ infospace-archive index rebuild guide --store-root /srv/archive --json`;

export function indexCommand(): Command {
  const rebuild = new Command('rebuild')
    .description('make output/archives/index.yaml anew from the store')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(infospaceOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action((_root: string | undefined, { from, ...flags }: RebuildFlags & { from: string }) =>
      interruptible((signal) => rebuildIndexAndPrint(from, { ...flags, signal })),
    );
  return new DocumentedCommand('index')
    .description("mend the list of an infospace's archives")
    .addCommand(rebuild)
    .documented(EXAMPLES);
}
