import { join } from 'node:path';
import { readStoreFile } from '../../../src/artifact-store/commit/store-file.ts';
import type { StoreConfig } from '../../../src/artifact-store/config.ts';
import { openSqlite } from '../../../src/artifact-store/database/sqlite.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import { openStorage } from '../../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import { useTempDirs } from '../../artifact-store/fixtures.ts';
import { git, withGit } from '../../artifact-store/git-fixtures.ts';
import { initEncrypted } from '../../contracts/registry/encrypted.ts';
import { describeRegistry } from '../../contracts/registry.ts';

const makeTempDir = useTempDirs();

withGit('with the program git', () => {
  const makeStore = async (init: (config: StoreConfig) => Promise<StoreConfig>) => {
    const folder = await makeTempDir();
    const remote = join(folder, 'store.git');
    git(folder, 'init', '--quiet', '--bare', remote);
    const directory = join(folder, 'cache');
    const config = await init({
      database: { kind: 'cache', directory },
      // A test also looks at it from outside.
      storage: { kind: 'git', remote, prefix: '', directory: folder, cacheDirectory: directory, listingMs: 0 },
      localPaths: [],
      statCacheDirectory: undefined,
      retentionClasses: loadRetentionClasses(undefined),
      secrets: [],
    });
    const storage = await openStorage(config);
    const { storeId } = (await readStoreFile(storage))!;
    return { config, storage, openDatabase: () => openSqlite(join(directory, `${storeId}.sqlite3`), 'write') };
  };
  // Each call of git is slow: by default only the parts that depend on how a commit is made.
  const isWhole = process.env['TEST_GIT_CONTRACT'] === 'whole';
  const parts = isWhole ? undefined : (['commits'] as const);
  const initPlain = async (config: StoreConfig) => {
    await initStore(config);
    return config;
  };
  describeRegistry('a git repository alone', () => makeStore(initPlain), parts);
  describeRegistry('an encrypted store in a git repository', () => makeStore(initEncrypted), parts, test.skip);
});
