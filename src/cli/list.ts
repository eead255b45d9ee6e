import { Command } from 'commander';
import { type ListFlags, listAndPrint } from '../terminal/list.ts';
import { jsonOption, storeRootOption } from './options.ts';
import { PlaceOption } from './place.ts';

const EXAMPLES = `
Of a store that is named, by --store-root or the ARTIFACTSTORE_* variables, it
lists what is there, whatever the index says: the packages of the infospace, or
without <root> all there are. Of the embedded store it lists what the index
records. STATE tells which packages the store has disposed of or does not have.

CHANGE tells how an archive differs from the one before it: by files and bytes,
or with --changes by entries added (+), removed (−), changed (~) and renamed
(→).

Examples:
  $ infospace-archive list .
  $ infospace-archive list . --with-retention
  $ infospace-archive list --store-root /srv/archive
  $ infospace-archive list . --json | jq -r '.[-1].package_id'`;

export function listCommand(): Command {
  return new Command('archive-list')
    .alias('list')
    .description('list the archives of an infospace, or of a store, oldest first')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(new PlaceOption('or-none', 'the infospace, as <root> (default: the one here)'))
    .option('--changes', 'count what each added, removed, changed and renamed, from the manifests in the store')
    .option('--with-retention', 'add expiry, holds, eligibility and disposal from the registry')
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((_root: string | undefined, { from, ...flags }: ListFlags & { from?: string }) =>
      listAndPrint(from, flags),
    );
}
