import { posix } from 'node:path';
import { DEFAULT_INCLUDE } from '../src/infospace/contract.ts';

/**
 * Whether the folder lies in what another infospace generates or keeps, as a copy or a fixture does: it is content then,
 * and no project.
 *
 * @param root relative to the workspace, with `/`; `.` for the workspace itself, as are the roots.
 */
export function isContentOfAnother(root: string, roots: ReadonlySet<string>): boolean {
  for (let folder = root; folder !== '.'; folder = posix.dirname(folder)) {
    if (DEFAULT_INCLUDE.includes(posix.basename(folder)) && roots.has(posix.dirname(folder))) return true;
  }
  return false;
}
