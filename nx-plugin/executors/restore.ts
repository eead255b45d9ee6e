import { restoreAndPrint } from '../../src/terminal/restore.ts';
import { sourceOf } from './source.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** As restore.json describes them. */
export interface RestoreTaskOptions {
  package: string;
  target: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  include?: string[];
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export default async function restore(
  options: RestoreTaskOptions,
  context: TaskContext,
): Promise<{ success: boolean }> {
  return asTask(options, async () => {
    const { package: reference, ...flags } = options;
    await restoreAndPrint(reference, {
      ...flags,
      ...storeOf(options, context),
      from: sourceOf(options, context),
      target: pathOf(options.target, context),
    });
    return { success: true };
  });
}
