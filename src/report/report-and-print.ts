import { formatBytes, formatCount, printable } from '../terminal/format.ts';
import { printJson } from '../terminal/json.ts';
import { startProgress } from '../terminal/progress.ts';
import type { WriteReportOptions } from './write-report.ts';

export interface ReportFlags extends Omit<WriteReportOptions, 'onProgress'> {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Writes the report page to a file and prints where it is.
 * @throws ArchiveError as `writeReport` does.
 */
export async function reportAndPrint(root: string, { json, quiet, ...options }: ReportFlags): Promise<void> {
  const { writeReport } = await import('./write-report.ts');
  const progress = startProgress('reading', !quiet && !json);
  const { packages, bytes } = await writeReport(root, { ...options, onProgress: progress.update }).finally(
    progress.end,
  );
  if (json) printJson({ file: options.html, packages, bytes });
  else if (!quiet) {
    const what = `${formatCount(packages, 'package')}, ${formatBytes(bytes)}`;
    process.stdout.write(`Wrote ${printable(options.html)}: ${what}.\n`);
  }
}
