import type { Command } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import { interruptible } from '../terminal/interruption.ts';
import { startProgress } from '../terminal/progress.ts';
import { DocumentedCommand } from './documented-command.ts';
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
  return new DocumentedCommand('report')
    .description('write a report page: growth, retention and changes')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(infospaceOption())
    .requiredOption('--html <file>', 'file to write; "-" for the standard output')
    .addOption(storeRootOption())
    .option('-f, --force', 'replace a file that is not a report')
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((_root: string | undefined, flags: Flags) => interruptible((signal) => run(flags, signal)));
}

async function run(
  { from: root, html: file, storeRoot, force, json, quiet }: Flags,
  signal: AbortSignal,
): Promise<void> {
  if (file === '-' && json)
    throw new ArchiveError('USAGE', 'The page and the JSON cannot both go to the standard output; name a file.');
  if (file !== '-') {
    const { reportAndPrint } = await import('../report/report-and-print.ts');
    await reportAndPrint(root, { html: file, force, storeRoot, json, quiet, signal });
    return;
  }
  const progress = startProgress('reading', !quiet);
  const options = { storeRoot, onProgress: progress.update, signal };
  const { renderedReport } = await import('../report/write-report.ts');
  const { page } = await renderedReport(root, options).finally(progress.end);
  process.stdout.write(page);
}
