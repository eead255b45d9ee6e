import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { describeStorageBackend } from '../contracts/storage-backend.ts';
import { beginUpload, newBucket, s3Urls, unfinishedUploads } from './servers.ts';

const none = s3Urls.length === 0 ? test : test.skip;
none('skipped: no S3 server is here', () => undefined);

for (const [i, url] of s3Urls.entries()) {
  describeStorageBackend(`S3Storage on server ${i + 1}`, async () => {
    const config = await newBucket(url);
    const backend = new S3Storage(config);
    const residue = async () => {
      const keys = (await collect(backend.list(''))).map(({ key }) => key);
      return [...keys, ...(await unfinishedUploads(config))];
    };
    return { backend, residue };
  });

  test(`unfinished uploads to server ${i + 1} are removed when they are old`, async () => {
    const config = await newBucket(url);
    const backend = new S3Storage(config);
    await backend.removeUnfinished(new Date());
    await beginUpload(config, 'objects/one');
    await beginUpload(config, 'objects/two');
    const begun = await unfinishedUploads(config);
    expect(begun).toHaveLength(2);
    await backend.removeUnfinished(new Date(Date.now() - 60_000));
    expect(await unfinishedUploads(config)).toEqual(begun);
    await backend.removeUnfinished(new Date(Date.now() + 60_000));
    expect(await unfinishedUploads(config)).toEqual([]);
    backend.close();
  });
}
