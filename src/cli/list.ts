import { type Command, Option } from 'commander';
import { type ListFlags, listAndPrint } from '../terminal/list.ts';
import { DocumentedCommand } from './documented-command.ts';
import { jsonOption, parseCount, storeRootOption, timeOption } from './options.ts';
import { PlaceOption } from './place.ts';

interface Flags extends ListFlags {
  from?: string;
  class?: string;
}

const EXAMPLES = `
It lists the records of the index. With --subject or --all-subjects, or if
--store-root or the ARTIFACTSTORE_* variables name a store, it lists the
packages in the store.

ID is enough to name a package. CHANGE compares an archive with the one before
it, even if that one is not listed: by files and bytes, or with --changes by
entries added (+), removed (−), changed (~) and renamed (→). KEPT UNTIL tells
which are on hold, expired, disposed of or not in the store.

Examples:
  $ infospace-archive list --last 5
  $ infospace-archive list --since 2026-09-01 --grep release
  $ infospace-archive list --store-root /srv/archive --all-subjects
  $ infospace-archive list --json | jq -r '.[-1].package_id'`;

export function listCommand(): Command {
  return new DocumentedCommand('list')
    .alias('archive-list')
    .description('list the archives of an infospace, or of a store, oldest first')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(new PlaceOption('or-none', 'the infospace, as <root> (default: the one here)'))
    .addOption(new Option('--last <count>', 'only this many of the newest').argParser(parseCount))
    .addOption(timeOption('--since <time>', 'only those made since'))
    .option('--class <class>', 'only those of a retention class')
    .option('--label <label>', 'only the one with this label')
    .option('--grep <text>', 'only those with this text in their note')
    .option('--subject <name>', 'only packages of this subject in the store')
    .addOption(new Option('--all-subjects', 'all packages of the store').conflicts('subject'))
    .option('--changes', 'count added, removed, changed and renamed entries, from the manifests in the store')
    .option('--with-retention', 'add expiry, holds, eligibility and disposal from the registry')
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((_root: string | undefined, { from, ...flags }: Flags) =>
      listAndPrint(from, { ...flags, retentionClass: flags.class }),
    );
}
