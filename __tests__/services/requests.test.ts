import { readEnvironment } from '../../src/artifact-store/config.ts';
import { openStorage } from '../../src/artifact-store/open-store.ts';
import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { archiveInfospace } from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { runJson, runProcess } from '../cli/fixtures.ts';
import { refusal, sampleInfospace } from '../infospace/fixtures.ts';
import { newBucketStore } from './environment.ts';
import { httpProxy } from './faulty-proxy.ts';
import { newBucket, s3Servers } from './servers.ts';

const describeServers = s3Servers.length > 0 ? describe : describe.skip;
describeServers.each(s3Servers.map(({ name, url }) => [name, url] as const))('a bucket alone on %s', (_, url) => {
  const storageOf = (env: Record<string, string>) => openStorage(readEnvironment(env).store!);

  test('makes three requests to open, read on and commit, besides those for the stored objects', async () => {
    const env = await newBucketStore(url);
    await runProcess(['store', 'init'], env);
    const root = sampleInfospace();
    await archiveInfospace(root, { env });
    const { requests } = await archiveInfospace(root, { env });
    // A list of new segments, the newest one, the next one; and the manifest.
    expect(requests).toEqual({ list: 1, get: 1, put: 1 + 1, head: 0, delete: 0 });
  }, 60_000);

  test('is opened again when another store has replaced it, and refused when its log was truncated', async () => {
    const env = await newBucketStore(url);
    await runProcess(['store', 'init'], env);
    await archiveInfospace(sampleInfospace(), { env });
    const storage = await storageOf(env);
    for (const { key } of await collect(storage.list(''))) await storage.delete(key);
    await runProcess(['store', 'init'], env);
    expect(await runJson(['list', '--all-subjects'], env)).toEqual([]);
    await archiveInfospace(sampleInfospace(), { env });
    expect(await runJson(['list', '--all-subjects'], env)).toHaveLength(1);
    const last = (await collect(storage.list('log/')))
      .map(({ key }) => key)
      .sort()
      .at(-1)!;
    await storage.delete(last);
    storage.close?.();
    await expect(archiveInfospace(sampleInfospace(), { env })).rejects.toEqual(refusal('INTEGRITY', 'log'));
  }, 60_000);
});

// versitygw closes every connection.
const minio = s3Servers.find(({ name }) => name === 'MinIO');
(minio ? test : test.skip)('large objects are uploaded over one connection', async () => {
  const sockets = new Set<unknown>();
  const proxy = await httpProxy(minio!.url, ({ socket }) => {
    sockets.add(socket);
    return 'pass';
  });
  const storage = new S3Storage({ ...(await newBucket(minio!.url)), endpointUrl: proxy.url });
  storage.relyOnCreate();
  for (const key of ['packs/a', 'packs/b', 'packs/c']) await storage.put(key, [Buffer.alloc(16 * 1024 * 1024)]);
  expect(sockets.size).toBe(1);
  storage.close();
  await proxy.close();
});
