import { verifyAndPrint } from '../../src/terminal/verify.ts';
import { sourceOf } from './source.ts';
import { asTask, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in verify.json. */
export interface VerifyTaskOptions {
  package: string;
  all?: boolean;
  sample?: number;
  attestation?: string;
  certificateIdentity?: string;
  certificateOidcIssuer?: string;
  trustedRoot?: string;
  key?: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  json?: boolean;
  quiet?: boolean;
}

export default async function verify(options: VerifyTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { package: reference, all, ...flags } = options;
    // The schema's default sets a package even where none was named.
    const named = all && reference === 'latest' ? undefined : reference;
    const from = sourceOf(options, context);
    const files = Object.fromEntries(
      (['attestation', 'trustedRoot', 'key'] as const).map((name) => {
        const file = options[name];
        return [name, file === undefined ? undefined : pathOf(file, context)];
      }),
    );
    const place = { ...storeOf(options, context), ...files, from, signal };
    return { success: await verifyAndPrint(named, { ...flags, ...place, all: all || undefined }) };
  });
}
