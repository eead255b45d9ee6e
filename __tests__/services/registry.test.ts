import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { LocalStorage } from '../../src/artifact-store/storage/local.ts';
import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { useTempDirs } from '../artifact-store/fixtures.ts';
import type { StoreUnderTest } from '../contracts/registry/bench.ts';
import { describeRegistry } from '../contracts/registry.ts';
import { databaseAt, newBucket, newDatabase, s3Urls } from './servers.ts';

const makeTempDir = useTempDirs();

async function storeWith(storageConfig: StoreUnderTest['config']['storage']): Promise<StoreUnderTest> {
  // Its tables are named with the schema in every query.
  const database = databaseAt(`${await newDatabase()}?schema=archive`);
  const config: StoreUnderTest['config'] = {
    database,
    storage: storageConfig,
    localPaths: [],
    statCacheDirectory: undefined,
    retentionClasses: loadRetentionClasses(undefined),
    secrets: [],
  };
  await initStore(config);
  const storage = storageConfig.kind === 's3' ? new S3Storage(storageConfig) : new LocalStorage(storageConfig.root);
  return { config, storage, openDatabase: async () => openPostgres(database.server) };
}

describeRegistry('PostgreSQL and local files', async () => storeWith({ kind: 'local', root: await makeTempDir() }));

for (const [i, url] of s3Urls.entries()) {
  describeRegistry(`PostgreSQL and S3 server ${i + 1}`, async () => storeWith(await newBucket(url)));
}
