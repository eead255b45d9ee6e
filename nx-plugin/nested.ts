import { posix } from 'node:path';
import { DEFAULT_INCLUDE } from '../src/infospace/contract.ts';

/**
 * Whether the folder lies in the outputs or artifacts of another infospace, as a copy or a fixture does: it is then content, not a project.
 * @param root relative to the workspace, with `/`; `.` for the workspace itself. The roots have the same form.
 */
export function isContentOfAnother(root: string, roots: ReadonlySet<string>): boolean {
  for (let folder = root; folder !== '.'; folder = posix.dirname(folder)) {
    if (DEFAULT_INCLUDE.includes(posix.basename(folder)) && roots.has(posix.dirname(folder))) return true;
  }
  return false;
}
