import { type Change, pathOf } from '../infospace/compare.ts';
import { code, list } from './summary.ts';

/** Longer lists tell no one anything. */
const MAX_LISTED = 10;

/** The first changes, for a summary. */
export function changeList(changes: readonly Change[]): string {
  const more = changes.length > MAX_LISTED ? [`and ${changes.length - MAX_LISTED} more`] : [];
  return list([...changes.slice(0, MAX_LISTED).map((change) => changeLine(change, code)), ...more]);
}

/** @param shown how a path of other people is written. */
export function changeLine(change: Change, shown: (path: string) => string = (path) => path): string {
  const from = change.status === 'renamed' ? `${shown(change.before.path)} to ` : '';
  return `${change.status} ${from}${shown(pathOf(change))}`;
}
