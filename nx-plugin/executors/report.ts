import { formatBytes, formatCount, printable } from '../../src/terminal/format.ts';
import { printJson } from '../../src/terminal/json.ts';
import { asTask, infospaceOf, pathOf, storeOf, type TaskContext } from './task.ts';

/** As report.json describes them. */
export interface ReportTaskOptions {
  html: string;
  from: string;
  storeRoot?: string;
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export default async function report(options: ReportTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { writeReport } = await import('../../src/report/write-report.ts');
    const file = pathOf(options.html, context);
    const place = { ...storeOf(options, context), html: file, force: options.force, signal };
    const { packages, bytes } = await writeReport(infospaceOf('from', options.from, context), place);
    if (options.json) printJson({ file, packages, bytes });
    else if (!options.quiet)
      process.stdout.write(`Wrote ${printable(file)}: ${formatCount(packages, 'package')}, ${formatBytes(bytes)}.\n`);
    return { success: true };
  });
}
