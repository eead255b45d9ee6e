import { open } from 'node:fs/promises';
import { Command } from 'commander';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { replaceFile } from '../artifact-store/files/whole-file.ts';
import type { InfospaceReport } from '../infospace/report.ts';
import { formatBytes, formatCount, printable } from '../terminal/format.ts';
import { interruptible } from '../terminal/interruption.ts';
import { printJson } from '../terminal/json.ts';
import { startProgress } from '../terminal/progress.ts';
import { infospaceOption, jsonOption, quietOption, storeRootOption } from './options.ts';

interface Flags {
  from: string;
  html: string;
  storeRoot?: string;
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
The page loads nothing from anywhere and works from disk. An earlier report is
replaced, any other file only with --force.

Examples:
  $ infospace-archive report . --html report.html
  $ infospace-archive report guide --html - | gzip > report.html.gz`;

export function reportCommand(): Command {
  return new Command('report')
    .description('write a page of the packages: timeline, growth, retention, what changed')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(infospaceOption())
    .requiredOption('--html <file>', 'file to write, or - for the standard output')
    .addOption(storeRootOption())
    .option('-f, --force', 'replace a file that is no report')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action((_root: string | undefined, flags: Flags) => interruptible((signal) => run(flags, signal)));
}

async function run(
  { from: root, html: file, storeRoot, force, json, quiet }: Flags,
  signal: AbortSignal,
): Promise<void> {
  if (file === '-' && json)
    throw new ArchiveError('USAGE', 'The page and the JSON cannot both go to the standard output; name a file.');
  // Before the work.
  if (file !== '-' && !force) await refuseOther(file);
  const { reportInfospace } = await import('../infospace/report.ts');
  const { renderReport } = await import('../report/page.ts');
  const progress = startProgress('reading', !quiet && !json);
  let report: InfospaceReport;
  try {
    report = await reportInfospace(root, { storeRoot, onProgress: progress.update, signal });
  } finally {
    progress.end();
  }
  const page = renderReport(report, { root, storeRoot });
  if (file === '-') {
    process.stdout.write(page);
    return;
  }
  await replace(file, page);
  const [packages, bytes] = [report.packages.length, Buffer.byteLength(page)];
  if (json) printJson({ file, packages, bytes });
  else if (!quiet) {
    const what = `${formatCount(packages, 'package')}, ${formatBytes(bytes)}`;
    process.stdout.write(`Wrote ${printable(file)}: ${what}.\n`);
  }
}

/** @throws ArchiveError `TARGET_REFUSED` when there is something else than a report. */
async function refuseOther(file: string): Promise<void> {
  const { REPORT_START } = await import('../report/page.ts');
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
    `${file} is there and is no report; name another file, or use --force.`,
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
