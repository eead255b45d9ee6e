import { Command } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type RebuildFlags, rebuildIndexAndPrint } from '../terminal/rebuild-index.ts';
import { DocumentedCommand } from './documented-command.ts';
import { infospaceOption, jsonOption, quietOption, storeRootOption } from './options.ts';

const EXAMPLES = `
The new index has a record of each package of the infospace in the store, and
keeps the records of packages in other stores. It leaves out packages that the
store has disposed of or lost, and entries that cannot be read. It accepts the
store as it is now, even if the index was written for another state of it.
Manifests do not contain include patterns, so a lost record gets the top-level
names of the package instead.

Examples:
  $ infospace-archive index rebuild .
  $ infospace-archive index rebuild guide --store-root /srv/archive --json`;

export function indexCommand(): Command {
  const rebuild = new Command('rebuild')
    .description('rebuild output/archives/index.yaml from the store')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(infospaceOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action((_root: string | undefined, { from, ...flags }: RebuildFlags & { from: string }) =>
      interruptible((signal) => rebuildIndexAndPrint(from, { ...flags, signal })),
    );
  return new DocumentedCommand('index')
    .description("repair the list of an infospace's archives")
    .addCommand(rebuild)
    .documented(EXAMPLES);
}
