import { ArchiveError } from '../../src/artifact-store/errors.ts';

/** The minimum in `engines` of package.json: on older versions, the native addons crash without a message. */
const NEEDED = [22, 15] as const;

/** @throws ArchiveError `USAGE` */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  const sentence = `infospace-archive needs Node.js >= ${NEEDED.join('.')}, and this is v${version}; run Nx with a newer one.`;
  throw new ArchiveError('USAGE', sentence);
}
