import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { git, withGit } from '../../artifact-store/git-fixtures.ts';
import { expectAnySequence, LIMIT_MS, RUNS } from './sequences.ts';
import type { StorageAt } from './store.ts';

const STEPS = 300;
const ENCRYPTED_RUNS = Math.ceil(RUNS / 4);
/** Each call of git is slow. */
const GIT_RUNS = Math.ceil(RUNS / 4);
const GIT_STEPS = 60;

const LEAVES = 'any sequence of steps leaves the store that the model of its log tells';

const localStorageAt: StorageAt = (directory) => ({ kind: 'local', root: join(directory, 'storage') });

test(LEAVES, () => expectAnySequence({ storageAt: localStorageAt }, RUNS, STEPS), 4 * LIMIT_MS);

test(
  'encrypted',
  () => expectAnySequence({ storageAt: localStorageAt, isEncrypted: true }, ENCRYPTED_RUNS, STEPS),
  4 * LIMIT_MS,
);

withGit('in a git repository', () => {
  test(
    LEAVES,
    async () => {
      const storageAt: StorageAt = (directory, name) => {
        const remote = join(directory, 'store.git');
        if (!existsSync(remote)) git(directory, 'init', '--quiet', '--bare', remote);
        const cacheDirectory = join(directory, `cache-${name}`);
        return { kind: 'git', remote, prefix: '', directory, cacheDirectory, listingMs: 0 };
      };
      await expectAnySequence({ storageAt }, GIT_RUNS, GIT_STEPS);
    },
    4 * LIMIT_MS,
  );
});
