import { ArchiveError } from '../artifact-store/errors.ts';
import type { Tombstone } from '../artifact-store/registry.ts';
import { certificateJson, renderCertificate } from './certificate.ts';
import { confirm, isAsked } from './confirm.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface PurgeFlags extends StoreFlags {
  reason: string;
  /** Does not ask for confirmation. */
  yes?: boolean | undefined;
  json?: boolean | undefined;
}

/**
 * Asks for confirmation, disposes of a package before its expiry, and prints its certificate.
 *
 * @throws ArchiveError `USAGE` without a reason, or without a terminal to ask on; `NOT_FOUND`; `STATE_CONFLICT` under a hold.
 */
export async function purgeAndPrint(reference: string, flags: PurgeFlags): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const { from, subject, reason, yes, json } = flags;
  if (!yes && !isAsked()) {
    throw new ArchiveError(
      'USAGE',
      'A purge cannot be undone, and there is no terminal to confirm it on; confirm it with --yes.',
    );
  }
  const purged = await withRegistry(flags, 'change', async (registry): Promise<Tombstone | undefined> => {
    const found = await findPackage(reference, registry, { root: from, subject });
    const size = `${formatCount(found.fileCount, 'entry', 'entries')}, ${formatBytes(found.totalBytes)}`;
    const what = `${found.id} of ${printable(found.subject)}, ${size}, made ${found.createdAt}`;
    if (!yes && !(await confirm(`Dispose of ${what}, forever?`))) return undefined;
    return registry.purgePackage(found.id, reason);
  });
  if (purged === undefined) process.stdout.write('Nothing was disposed of.\n');
  else if (json) printJson(certificateJson(purged));
  else {
    process.stdout.write(renderCertificate(purged));
    process.stdout.write(
      'Its bytes go with the next "gc" after the grace period, unless another package needs them.\n',
    );
  }
}
