import { listAndPrint } from '../../src/terminal/list.ts';
import { asTask, infospaceOf, storeOf, type TaskContext } from './task.ts';

/** The options in list.json. */
export interface ListTaskOptions {
  root: string;
  last?: number;
  since?: string;
  class?: string;
  label?: string;
  grep?: string;
  subject?: string;
  allSubjects?: boolean;
  withRetention?: boolean;
  changes?: boolean;
  storeRoot?: string;
  json?: boolean;
}

export default async function list(options: ListTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async () => {
    const { parseTime } = await import('../../src/infospace/parse-time.ts');
    const { root, since, class: retentionClass, ...flags } = options;
    await listAndPrint(infospaceOf('root', root, context), {
      ...flags,
      ...storeOf(options, context),
      since: since === undefined ? undefined : parseTime(since),
      retentionClass,
    });
    return { success: true };
  });
}
