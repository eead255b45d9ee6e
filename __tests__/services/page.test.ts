import { run } from '../cli/fixtures.ts';
import { SERVED_FILE, servesStore } from '../contracts/page.ts';
import { sampleInfospace } from '../infospace/fixtures.ts';
import { newBucketStore, newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? describe : describe.skip;
const [s3Url = ''] = s3Urls;

withS3.each([
  ['a bucket', newBucketStore],
  ['PostgreSQL and a bucket', newSharedStore],
])('the page of a store on %s', (_, newStore) => {
  servesStore(async () => {
    const env = await newStore(s3Url);
    expect(await run(['store', 'init'], env)).toMatchObject({ code: 0 });
    return { root: sampleInfospace(SERVED_FILE), env };
  });
});
