import { verifyAndPrint } from '../../src/terminal/verify.ts';
import { sourceOf } from './source.ts';
import { asTask, storeOf, type TaskContext } from './task.ts';

/** As verify.json describes them. */
export interface VerifyTaskOptions {
  package: string;
  all?: boolean;
  sample?: number;
  from: string;
  storeRoot?: string;
  json?: boolean;
  quiet?: boolean;
}

export default async function verify(options: VerifyTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { package: reference, all, ...flags } = options;
    // The schema gives a package where none was named.
    const named = all && reference === 'latest' ? undefined : reference;
    const from = sourceOf(options, context);
    const place = { ...storeOf(options, context), from, signal };
    return { success: await verifyAndPrint(named, { ...flags, ...place, all: all || undefined }) };
  });
}
