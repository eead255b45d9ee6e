import type { RestoreOptions, RestoreResult } from '../infospace/restore.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface RestoreFlags extends Omit<RestoreOptions, 'registry' | 'onProgress'> {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Restores a package and says what came back.
 *
 * @throws ArchiveError as `restoreArchive` does.
 */
export async function restoreAndPrint(reference: string, { json, quiet, ...options }: RestoreFlags): Promise<void> {
  const { restoreArchive } = await import('../infospace/restore.ts');
  const progress = startProgress('restoring', !quiet && !json);
  let result: RestoreResult;
  try {
    result = await restoreArchive(reference, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  const { package: found, target, fileCount, totalBytes, requests } = result;
  if (json) {
    printJson({
      package_id: found.id,
      manifest_digest: found.manifestDigest,
      content_digest: found.contentDigest,
      target,
      file_count: fileCount,
      total_bytes: totalBytes,
      requests,
    });
  } else if (!quiet) {
    const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    process.stdout.write(
      `Restored ${printable(found.subject)} (${found.id}) to ${printable(target)}: ${what}, all checked.\n`,
    );
  }
}
