import { copyAndPrint } from '../../src/terminal/copy.ts';
import { sourceOf } from './source.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in copy.json. */
export interface CopyTaskOptions {
  package: string;
  toStore: string;
  from: string;
  subject?: string;
  actor?: string;
  storeRoot?: string;
  json?: boolean;
  quiet?: boolean;
}

export default async function copy(options: CopyTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { package: reference, toStore, ...flags } = options;
    const place = { ...storeOf(options, context), from: sourceOf(options, context) };
    // A URL is passed unchanged, so that the error quotes it.
    const target = toStore.includes('://') ? toStore : pathOf(toStore, context);
    await copyAndPrint(reference, { ...flags, ...place, toStore: target, signal });
    return { success: true };
  });
}
