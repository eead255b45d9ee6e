import { ArchiveError } from '../../src/artifact-store/errors.ts';
import type { Overwrite } from '../../src/infospace/restore-plan.ts';
import { restoreAndPrint } from '../../src/terminal/restore.ts';
import { sourceOf } from './source.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in restore.json. */
export interface RestoreTaskOptions {
  package: string;
  target?: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  include?: string[];
  exclude?: string[];
  force?: boolean;
  overwrite?: Overwrite;
  delete?: boolean;
  dryRun?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Checked here instead of in the schema, so that the message can explain what Nx did with --target. */
const NO_TARGET =
  'The folder to restore into is missing; write --to=<dir>, since Nx itself uses --target, or set the option "target".';

export default async function restore(
  options: RestoreTaskOptions,
  context: TaskContext,
): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { package: reference, target, ...flags } = options;
    if (target === undefined) throw new ArchiveError('USAGE', NO_TARGET);
    await restoreAndPrint(reference, {
      ...flags,
      ...storeOf(options, context),
      from: sourceOf(options, context),
      target: pathOf(target, context),
      signal,
    });
    return { success: true };
  });
}
