import { type Change, pathOf } from '../infospace/compare.ts';
import { code, firstOf, list } from './summary.ts';

/** Longer lists tell no one anything. */
const MAX_LISTED = 10;

/** The first changes, for a summary. */
export function changeList(changes: readonly Change[]): string {
  return list(firstOf(changes, MAX_LISTED, (change) => changeLine(change, code)));
}

/** @param shown how a path of other people is written. */
export function changeLine(change: Change, shown: (path: string) => string = (path) => path): string {
  const from = change.status === 'renamed' ? `${shown(change.before.path)} to ` : '';
  return `${change.status} ${from}${shown(pathOf(change))}`;
}
