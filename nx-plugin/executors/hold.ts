import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { applyAndPrint, listHoldsAndPrint, releaseAndPrint } from '../../src/terminal/hold.ts';
import { asTask, infospaceOf, storeOf, type TaskContext } from './task.ts';

/** The options in hold.json. */
export interface HoldTaskOptions {
  command: 'apply' | 'release' | 'list';
  package?: string;
  holdId?: string;
  reason?: string;
  until?: string;
  all?: boolean;
  actor?: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  json?: boolean;
}

export default async function hold(options: HoldTaskOptions, context: TaskContext): Promise<{ success: boolean }> {
  return asTask(options, context, async (signal) => {
    const { command, package: reference, holdId, reason, until, ...flags } = options;
    const place = { ...flags, ...storeOf(options, context), from: infospaceOf('from', options.from, context), signal };
    if (command === 'list') await listHoldsAndPrint(reference, place);
    else if (reason === undefined) throw missing('reason', command);
    else if (command === 'apply') {
      const { parseTime } = await import('../../src/infospace/parse-time.ts');
      const end = until === undefined ? undefined : parseTime(until);
      await applyAndPrint(reference ?? 'latest', { ...place, reason, until: end });
    } else if (holdId === undefined) throw missing('holdId', command);
    else await releaseAndPrint(holdId, { ...place, reason });
    return { success: true };
  });
}

function missing(option: string, command: string): ArchiveError {
  return new ArchiveError('USAGE', `The option "${option}" is missing; the command "${command}" needs it.`);
}
