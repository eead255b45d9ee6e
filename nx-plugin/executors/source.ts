import { infospaceOf, pathOf, type TaskContext } from './task.ts';

/** The infospace is needed only for names relative to it, such as `latest`; the store resolves all others. */
export function sourceOf(
  { package: reference, from, subject, all }: { package: string; from: string; subject?: string; all?: boolean },
  context: TaskContext,
): string {
  const ofThisOne = /^latest([~@]|$)/.test(reference) && subject === undefined && !all;
  return ofThisOne ? infospaceOf('from', from, context) : pathOf(from, context);
}
