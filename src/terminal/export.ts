import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import type { ExportOptions } from '../infospace/export.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface ExportFlags extends Omit<ExportOptions, 'registry' | 'onProgress'> {
  to: string;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

const STANDARD_OUTPUT = '-';

/**
 * Exports a package and prints where; an export to the standard output prints nothing else there.
 *
 * @throws ArchiveError as `exportPackage` does; `USAGE` when bag and JSON would both go to the standard output.
 */
export async function exportAndPrint(reference: string, { json, quiet, to, ...options }: ExportFlags): Promise<void> {
  const toOutput = to === STANDARD_OUTPUT;
  if (toOutput && json)
    throw new ArchiveError('USAGE', 'The bag goes to the standard output, so --json cannot be used.');
  if (toOutput && process.stdout.isTTY) {
    throw new ArchiveError('USAGE', 'A terminal cannot show a bag; send the output into a file or a command.');
  }
  const { exportPackage } = await import('../infospace/export.ts');
  const progress = startProgress('exporting', !quiet && !json);
  let found: PackageSummary;
  try {
    const place = toOutput ? process.stdout : to;
    found = await exportPackage(reference, { ...options, to: place, onProgress: progress.update });
  } finally {
    progress.end();
  }
  if (toOutput) return;
  const { id, subject, manifestDigest, contentDigest, fileCount, totalBytes } = found;
  if (json) {
    printJson({
      package_id: id,
      manifest_digest: manifestDigest,
      content_digest: contentDigest,
      to,
      file_count: fileCount,
      total_bytes: totalBytes,
    });
  } else if (!quiet) {
    const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    process.stdout.write(`Exported ${printable(subject)} (${id}) to ${printable(to)}: ${what}, all checked.\n`);
  }
}
