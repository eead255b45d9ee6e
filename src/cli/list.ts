import { Command } from 'commander';
import { type ListFlags, listAndPrint } from '../terminal/list.ts';
import { jsonOption, storeRootOption } from './options.ts';

const EXAMPLES = `
CHANGE tells how an archive differs from the one before it: by files and bytes, or with --changes by entries added (+),
removed (−), changed (~) and renamed (→).

Examples:
  $ infospace-archive list .
  $ infospace-archive list . --with-retention
  $ infospace-archive list . --json | jq -r '.[-1].package_id'`;

export function listCommand(): Command {
  return new Command('archive-list')
    .alias('list')
    .description('list the archives of an infospace, oldest first')
    .argument('<root>', 'folder of the infospace')
    .option('--changes', 'count what each added, removed, changed and renamed, from the manifests in the store')
    .option('--with-retention', 'add expiry, holds, eligibility and disposal from the registry')
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((root: string, flags: ListFlags) => listAndPrint(root, flags));
}
