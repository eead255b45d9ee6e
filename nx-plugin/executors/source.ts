import { infospaceOf, pathOf, type TaskContext } from './task.ts';

/** Only what is the latest of this infospace needs the infospace; other packages are the store's to know. */
export function sourceOf(
  { package: reference, from, subject, all }: { package: string; from: string; subject?: string; all?: boolean },
  context: TaskContext,
): string {
  const ofThisOne = /^latest([~@]|$)/.test(reference) && subject === undefined && !all;
  return ofThisOne ? infospaceOf('from', from, context) : pathOf(from, context);
}
