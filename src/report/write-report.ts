import { open } from 'node:fs/promises';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { replaceFile } from '../artifact-store/files/whole-file.ts';
import { type ReportOptions, reportInfospace } from '../infospace/report.ts';
import { REPORT_START, renderReport } from './page.ts';

/** Where to write the page. */
export interface WriteReportOptions extends ReportOptions {
  /** The file. */
  html: string;
  /** Replaces a file that is not a report. */
  force?: boolean | undefined;
}

/**
 * Writes the report page of an infospace.
 * @throws ArchiveError `TARGET_REFUSED` before any work when the file exists and is not a report; as `reportInfospace` does.
 */
export async function writeReport(
  root: string,
  { html: file, force, ...options }: WriteReportOptions,
): Promise<{ packages: number; bytes: number }> {
  if (!force) await refuseOther(file);
  const { packages, page } = await renderedReport(root, options);
  await replace(file, page);
  return { packages, bytes: Buffer.byteLength(page) };
}

/** The page, and its number of packages. @throws ArchiveError as `reportInfospace` does. */
export async function renderedReport(
  root: string,
  options: ReportOptions,
): Promise<{ packages: number; page: string }> {
  const report = await reportInfospace(root, options);
  const page = renderReport(report, { root, storeRoot: options.storeRoot });
  return { packages: report.packages.length, page };
}

/** @throws ArchiveError `TARGET_REFUSED` when something other than a report exists there. */
async function refuseOther(file: string): Promise<void> {
  const start = Buffer.alloc(REPORT_START.length);
  try {
    const handle = await open(file);
    try {
      await handle.read(start);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw unwritable(file, error, 'name another file');
  }
  if (start.toString() === REPORT_START) return;
  throw new ArchiveError(
    'TARGET_REFUSED',
    `${file} exists and is not a report; name another file, or use --force.`,
    undefined,
    { path: file },
  );
}

async function replace(file: string, page: string): Promise<void> {
  try {
    await replaceFile(file, page);
  } catch (error) {
    throw unwritable(file, error, 'name another file');
  }
}
