import { collectAndPrint } from '../../src/terminal/gc.ts';
import { asTask, infospaceOf, storeOf, type TaskContext } from './task.ts';

/** The options in gc.json. */
export interface GarbageTaskOptions {
  dryRun?: boolean;
  keepLast?: number;
  includeLast?: boolean;
  grace: string;
  actor?: string;
  from: string;
  storeRoot?: string;
  json?: boolean;
}

export default async function gc(options: GarbageTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { parseDuration } = await import('../../src/infospace/durations.ts');
    const grace = parseDuration(options.grace);
    const place = { ...storeOf(options, context), from: infospaceOf('from', options.from, context) };
    // A task cannot ask for confirmation.
    await collectAndPrint({ ...options, ...place, grace, yes: true, signal });
    return { success: true };
  });
}
