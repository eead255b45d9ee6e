import { join } from 'node:path';
import { readStoreFile } from '../../src/artifact-store/commit/store-file.ts';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { openSqlite } from '../../src/artifact-store/database/sqlite.ts';
import { openStorage } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { useTempDirs } from '../artifact-store/fixtures.ts';
import type { StoreUnderTest } from '../contracts/registry/bench.ts';
import { initEncrypted } from '../contracts/registry/encrypted.ts';
import { describeRegistry } from '../contracts/registry.ts';
import { databaseAt, newBucket, newDatabase, s3Urls } from './servers.ts';

const makeTempDir = useTempDirs();

async function newStore(parts: Pick<StoreConfig, 'database' | 'storage'>): Promise<StoreUnderTest> {
  const plain: StoreConfig = {
    ...parts,
    localPaths: [],
    statCacheDirectory: undefined,
    retentionClasses: loadRetentionClasses(undefined),
    secrets: [],
  };
  const config = await initEncrypted(plain);
  const storage = await openStorage(config);
  const { storeId } = (await readStoreFile(storage))!;
  const { database } = config;
  return {
    config,
    storage,
    openDatabase: async () => {
      if (database.kind === 'postgresql') return openPostgres(database.server);
      return openSqlite(database.kind === 'cache' ? join(database.directory, `${storeId}.sqlite3`) : '', 'write');
    },
  };
}

// The whole suite takes long: by default only the parts that depend on how a commit is made.
const parts = process.env['TEST_ENCRYPTED_CONTRACT'] === 'whole' ? undefined : (['commits'] as const);
const [url] = s3Urls;
(url === undefined ? describe.skip : describe)('encrypted', () => {
  const newCache = async () => ({ kind: 'cache', directory: await makeTempDir() }) as const;
  const stores = {
    'a bucket alone': newCache,
    'PostgreSQL and a bucket': async () => databaseAt(await newDatabase()),
  };
  for (const [name, newRegistry] of Object.entries(stores)) {
    const makeStore = async () => newStore({ database: await newRegistry(), storage: await newBucket(url!) });
    describeRegistry(name, makeStore, parts, test.skip);
  }
});
