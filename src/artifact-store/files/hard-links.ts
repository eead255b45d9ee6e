import { systemErrorCode } from '../errors.ts';

/** How file systems without hard links refuse one; the last is what Node.js makes of the answer of Windows. */
const REFUSALS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'];

/** Whether a link was refused because there are none on the file system. */
export function lacksHardLinks(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code !== undefined && REFUSALS.includes(code);
}
