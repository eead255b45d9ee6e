import { systemErrorCode } from '../errors.ts';

/** Errors of file systems without hard links; the last is how Node.js reports the one of Windows. */
const REFUSALS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'];

/** Whether a link was refused because the file system has no hard links. */
export function lacksHardLinks(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code !== undefined && REFUSALS.includes(code);
}
