import { statfsSync } from 'node:fs';
import shared from './jest.shared.js';

/** A file system in memory: a third of the time is syncs, of which the tests of power cuts take care. */
const MEMORY = '/dev/shm';
const MIN_FREE_BYTES = 4 * 1024 ** 3;
if (isRoomy(MEMORY)) process.env.TMPDIR ??= MEMORY;

/** The default suite: needs no network and no server. */
export default {
  ...shared,
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['/e2e/', '/services/'],
};

function isRoomy(folder) {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= MIN_FREE_BYTES;
  } catch {
    return false;
  }
}
