import { importAndPrint } from '../../src/terminal/import.ts';
import { asTask, infospaceOf, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in import.json. */
export interface ImportTaskOptions {
  bag: string;
  from: string;
  subject?: string;
  producer?: string;
  retentionClass?: string;
  note?: string;
  actor?: string;
  storeRoot?: string;
  newStore?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export default async function importBag(
  options: ImportTaskOptions,
  context: TaskContext,
): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { bag, ...flags } = options;
    const place = { ...storeOf(options, context), from: infospaceOf('from', options.from, context) };
    await importAndPrint(pathOf(bag, context), { ...flags, ...place, signal });
    return { success: true };
  });
}
