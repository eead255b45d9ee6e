import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { describeStorageBackend } from '../contracts/storage-backend.ts';
import { beginUpload, newBucket, s3Servers, unfinishedUploads } from './servers.ts';

const none = s3Servers.length === 0 ? test : test.skip;
none('skipped: no S3 server is available', () => undefined);

for (const { name, url } of s3Servers) {
  describeStorageBackend(`S3Storage on ${name}`, async () => {
    const config = await newBucket(url);
    const backend = new S3Storage(config);
    const residue = async () => {
      const keys = (await collect(backend.list(''))).map(({ key }) => key);
      return [...keys, ...(await unfinishedUploads(config))];
    };
    return { backend, residue };
  });

  // moto reports every upload as begun in 2010.
  const testAges = name === 'moto' ? test.skip : test;
  testAges(`unfinished uploads to ${name} are removed when they are old`, async () => {
    const config = await newBucket(url);
    const backend = new S3Storage(config);
    await backend.removeUnfinished(new Date());
    await beginUpload({ ...config, keyPrefix: 'of others' }, 'objects/zero');
    await beginUpload(config, 'objects/one');
    await beginUpload(config, 'objects/two');
    const begun = await unfinishedUploads(config);
    expect(begun).toHaveLength(3);
    await backend.removeUnfinished(new Date(Date.now() - 60_000));
    expect(await unfinishedUploads(config)).toEqual(begun);
    await backend.removeUnfinished(new Date(Date.now() + 60_000));
    expect(await unfinishedUploads(config)).toEqual(['unfinished of others/objects/zero']);
    backend.close();
  });
}
