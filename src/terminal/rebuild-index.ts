import type { ArchiveRecord } from '../infospace/index-record.ts';
import type { RebuildIndexOptions } from '../infospace/rebuild-index.ts';
import { warn } from './errors.ts';
import { formatCount } from './format.ts';
import { printJson } from './json.ts';

export interface RebuildFlags extends Omit<RebuildIndexOptions, 'registry'> {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Rebuilds the index of an infospace and prints what it contains and what was left out.
 *
 * @throws ArchiveError as `rebuildIndex` does.
 */
export async function rebuildIndexAndPrint(root: string, { json, quiet, ...options }: RebuildFlags): Promise<void> {
  const { rebuildIndex } = await import('../infospace/rebuild-index.ts');
  const { records, added, disposed, lost, elsewhere, unreadable } = await rebuildIndex(root, options);
  if (lost.length > 0) warn(`packages that the store has lost are left out: ${idsOf(lost).join(', ')}`);
  if (unreadable > 0) warn(`entries that cannot be read are left out: ${unreadable}`);
  if (json) {
    printJson({
      records: records.length,
      added: idsOf(added),
      elsewhere: idsOf(elsewhere),
      disposed: idsOf(disposed),
      lost: idsOf(lost),
      unreadable,
    });
  } else if (!quiet) {
    const left = disposed.length > 0 ? `; ${formatCount(disposed.length, 'package')} disposed of left out` : '';
    process.stdout.write(
      `The index has ${formatCount(records.length, 'archive')}: ${added.length} added from the manifests, ${elsewhere.length} in another store${left}.\n`,
    );
  }
}

function idsOf(records: readonly ArchiveRecord[]): string[] {
  return records.map((record) => record.package_id);
}
