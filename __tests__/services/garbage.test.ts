import { readEnvironment } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/open-store.ts';
import { SOAK_TIMEOUT_MS, soakGarbage } from '../contracts/garbage-soak.ts';
import { newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

withS3(
  'garbage collection without pause beside 8 archiving processes loses nothing of PostgreSQL and S3',
  async () => {
    const { store } = readEnvironment(await newSharedStore(s3Urls[0]!));
    await initStore(store!);
    await soakGarbage(store!);
  },
  SOAK_TIMEOUT_MS,
);
