import { diffAndPrint } from '../../src/terminal/diff.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in diff.json. */
export interface DiffTaskOptions {
  before: string;
  after: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  include?: string[];
  exclude?: string[];
  statCache?: boolean;
  stat?: boolean;
  nameStatus?: boolean;
  failOnDifference?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export default async function diff(options: DiffTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { before, after, failOnDifference, ...flags } = options;
    const { isPackageReference } = await import('../../src/infospace/find-package.ts');
    const sideOf = (text: string) => (isPackageReference(text) ? text : pathOf(text, context));
    const isDifferent = await diffAndPrint(sideOf(before), sideOf(after), {
      ...flags,
      ...storeOf(options, context),
      from: pathOf(options.from, context),
      signal,
    });
    return { success: !(failOnDifference && isDifferent) };
  });
}
