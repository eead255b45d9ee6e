import { join } from 'node:path';
import { readStoreFile } from '../../src/artifact-store/commit/store-file.ts';
import type { DatabaseConfig, StorageConfig } from '../../src/artifact-store/config.ts';
import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { openSqlite } from '../../src/artifact-store/database/sqlite.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { openStorage } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { useTempDirs } from '../artifact-store/fixtures.ts';
import type { StoreUnderTest } from '../contracts/registry/bench.ts';
import { describeRegistry } from '../contracts/registry.ts';
import { databaseAt, newBucket, newDatabase, s3Servers, s3Urls } from './servers.ts';

const makeTempDir = useTempDirs();

async function newStore(database: DatabaseConfig, storageConfig: StorageConfig): Promise<StoreUnderTest> {
  const config: StoreUnderTest['config'] = {
    database,
    storage: storageConfig,
    localPaths: [],
    statCacheDirectory: undefined,
    retentionClasses: loadRetentionClasses(undefined),
    secrets: [],
  };
  await initStore(config);
  const storage = await openStorage(config);
  const { storeId } = (await readStoreFile(storage))!;
  return {
    config,
    storage,
    openDatabase: async () => {
      if (database.kind === 'postgresql') return openPostgres(database.server);
      const file = database.kind === 'cache' ? join(database.directory, `${storeId}.sqlite3`) : database.path;
      return openSqlite(file, 'write');
    },
  };
}

/** Every query names its tables with the schema. */
async function newSchema(): Promise<DatabaseConfig> {
  return databaseAt(`${await newDatabase()}?schema=archive`);
}

describeRegistry('PostgreSQL and local files', async () =>
  newStore(await newSchema(), { kind: 'local', root: await makeTempDir() }),
);

for (const url of s3Urls.slice(0, 1)) {
  describeRegistry('PostgreSQL and an S3 server', async () => newStore(await newSchema(), await newBucket(url)));
}

// moto answers one request at a time, so slowly that the suite takes minutes.
for (const { name, url } of s3Servers.filter((server) => server.name !== 'moto')) {
  const makeStore = async () => newStore({ kind: 'cache', directory: await makeTempDir() }, await newBucket(url));
  // For one more server, only the parts that depend on how it creates objects.
  if (name === 'rclone') describeRegistry(`a bucket of ${name} alone`, makeStore, ['commits', 'trust', 'forgery']);
  else describeRegistry(`a bucket of ${name} alone`, makeStore);
}
