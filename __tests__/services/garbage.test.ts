import { readEnvironment, type StoreConfig } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { SOAK_TIMEOUT_MS, soakGarbage } from '../contracts/garbage-soak.ts';
import { LOAD_SOAK_TIMEOUT_MS, soakUnderLoad } from '../contracts/load-soak.ts';
import { newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

async function newStore(): Promise<StoreConfig> {
  const { store } = readEnvironment(await newSharedStore(s3Urls[0]!));
  await initStore(store!);
  return store!;
}

withS3(
  'continuous garbage collection beside 8 archiving processes loses nothing of PostgreSQL and S3',
  async () => {
    await soakGarbage(await newStore());
  },
  SOAK_TIMEOUT_MS,
);

withS3(
  'many archives, sweeps, collections and verifications on PostgreSQL and S3 grow nothing but the log',
  async () => {
    await soakUnderLoad(await newStore());
  },
  LOAD_SOAK_TIMEOUT_MS,
);
