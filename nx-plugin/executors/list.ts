import { listAndPrint } from '../../src/terminal/list.ts';
import { asTask, infospaceOf, storeOf, type TaskContext } from './task.ts';

/** As list.json describes them. */
export interface ListTaskOptions {
  root: string;
  withRetention?: boolean;
  changes?: boolean;
  storeRoot?: string;
  json?: boolean;
}

export default async function list(options: ListTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async () => {
    const root = infospaceOf('root', options.root, context);
    await listAndPrint(root, { ...options, ...storeOf(options, context) });
    return { success: true };
  });
}
