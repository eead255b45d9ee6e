import { reportAndPrint } from '../../src/report/report-and-print.ts';
import { asTask, infospaceOf, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in report.json. */
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
    const { html, from, ...flags } = options;
    await reportAndPrint(infospaceOf('from', from, context), {
      ...flags,
      ...storeOf(options, context),
      html: pathOf(html, context),
      signal,
    });
    return { success: true };
  });
}
