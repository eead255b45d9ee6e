import { exportAndPrint } from '../../src/terminal/export.ts';
import { sourceOf } from './source.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in export.json. */
export interface ExportTaskOptions {
  package: string;
  to: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  json?: boolean;
  quiet?: boolean;
}

export default async function exportBag(
  options: ExportTaskOptions,
  context: TaskContext,
): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { package: reference, to, ...flags } = options;
    const place = { ...storeOf(options, context), from: sourceOf(options, context), to: pathOf(to, context) };
    await exportAndPrint(reference, { ...flags, ...place, signal });
    return { success: true };
  });
}
