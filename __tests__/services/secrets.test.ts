import { readEnvironment } from '../../src/artifact-store/config.ts';
import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { filesIn, leaks, runTour } from '../contracts/secret-values.ts';
import { sampleInfospace } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { credentials, newDatabase, s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

/** The server asks for no password, so a client with one does not send it. */
const PASSWORD = 'pw-4f1c-of-database';

withS3('no secret of a shared store is in its bucket, an index or any output', async () => {
  const url = new URL(await newDatabase());
  url.password ||= PASSWORD;
  const env = await newSharedStore(s3Urls[0]!, url.href);
  const root = sampleInfospace();
  const printed = await runTour(root, env);
  const { store } = readEnvironment(env);
  if (store?.storage.kind !== 's3') throw new Error('not on S3');
  const storage = new S3Storage(store.storage);
  const objects = await Promise.all(
    (await collect(storage.list(''))).map(async ({ key }) => [key, await storage.get(key)] as const),
  );
  storage.close();
  const values = [url.password, credentials.secretAccessKey];
  expect(leaks(values, [['what was printed', Buffer.from(printed)], ...filesIn(root), ...objects])).toEqual([]);
  expect(objects.length).toBeGreaterThan(5);
});
