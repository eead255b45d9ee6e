import { type Change, pathOf } from '../infospace/compare.ts';
import { code, firstOf, list } from './summary.ts';

/** A longer list is not useful. */
const MAX_LISTED = 10;

/** The first changes, for a summary. */
export function changeList(changes: readonly Change[]): string {
  return list(firstOf(changes, MAX_LISTED, (change) => changeLine(change, code)));
}

/** @param shown formats an untrusted path. */
export function changeLine(change: Change, shown: (path: string) => string = (path) => path): string {
  const from = change.status === 'renamed' ? `${shown(change.before.path)} to ` : '';
  return `${change.status} ${from}${shown(pathOf(change))}`;
}
