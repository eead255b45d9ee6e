import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { type HttpFault, httpProxy } from './faulty-proxy.ts';
import { newBucket, s3Servers } from './servers.ts';

/** Answers that real servers and networks give, injected in front of real servers. */
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function storageBehind(server: string, faultOf: (request: IncomingMessage) => HttpFault) {
  const config = await newBucket(server);
  const proxy = await httpProxy(server, faultOf);
  const through = new S3Storage({ ...config, endpointUrl: proxy.url });
  const direct = new S3Storage(config);
  closing.push(
    () => proxy.close(),
    () => through.close(),
    () => direct.close(),
  );
  return { through, direct, done: proxy.done };
}

/** The fault for the first request of each kind and URL. */
function once(fault: HttpFault, methods: readonly string[]): (request: IncomingMessage) => HttpFault {
  const seen = new Set<string>();
  return ({ method, url }) => {
    const request = `${method} ${url!.replace(/uploadId=[^&]*/i, '')}`;
    if (!methods.includes(method!) || seen.has(request)) return 'pass';
    seen.add(request);
    return fault;
  };
}

const WRITES = ['PUT', 'POST'];
const small = randomBytes(1000);
const large = randomBytes(40_000_000);
const objects = { 'packs/small': small, 'packs/empty': Buffer.alloc(0), 'objects/large': large };

async function* inPieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 3_000_000) yield bytes.subarray(at, at + 3_000_000);
}

const describeServers = s3Servers.length > 0 ? describe : describe.skip;
describeServers.each(s3Servers.map((server) => [server.name, server] as const))('S3Storage on %s', (_, server) => {
  test('an object is stored although the answer was lost, also one in parts', async () => {
    const { through, direct, done } = await storageBehind(server.url, once('lost answer', WRITES));
    for (const [key, bytes] of Object.entries(objects)) {
      await through.put(key, inPieces(bytes));
      expect(bytes.equals(await direct.get(key))).toBe(true);
    }
    // Two objects; of the third one the start, its three parts and the completion.
    expect(done).toEqual(Array(7).fill('lost answer'));
  }, 60_000);

  test('an object that another writer stored at the same moment counts when it has the same bytes', async () => {
    let race: (() => Promise<void>) | undefined;
    const { through, direct } = await storageBehind(server.url, () => 'pass');
    async function* pieces(bytes: Buffer) {
      yield bytes;
      // After the storage has checked for the object.
      await race?.();
    }
    race = () => direct.put('packs/one', [small]);
    await through.put('packs/one', pieces(small));
    race = () => direct.put('packs/two', [small]);
    const other = through.put('packs/two', pieces(Buffer.from('other')));
    await expect(other).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(small.equals(await direct.get('packs/two'))).toBe(true);
  });

  test('the creator of an object learns that it created it, even when the answer was lost', async () => {
    const { through, direct } = await storageBehind(server.url, once('lost answer', WRITES));
    expect(await through.create('log/1', small)).toBe('created');
    expect(small.equals(await direct.get('log/1'))).toBe(true);
    expect(await through.create('log/1', Buffer.from('other'))).toBe('exists');
  });

  test('a writer told that the object exists tries again when there is nothing to read', async () => {
    const { through, direct, done } = await storageBehind(server.url, once('exists', WRITES));
    expect(await through.create('log/1', small)).toBe('created');
    expect(small.equals(await direct.get('log/1'))).toBe(true);
    expect(done).toEqual(['exists']);
  });

  test('a conflict with another conditional write is retried', async () => {
    const { through, direct, done } = await storageBehind(server.url, (request) =>
      'if-none-match' in request.headers && conflicts-- > 0 ? 'conflict' : 'pass',
    );
    let conflicts = 2;
    await through.put('packs/small', [small]);
    conflicts = 2;
    await through.put('objects/large', inPieces(large));
    conflicts = 2;
    expect(await through.create('log/1', small)).toBe('created');
    expect(done).toEqual(Array(6).fill('conflict'));
    for (const key of ['packs/small', 'log/1']) expect(small.equals(await direct.get(key))).toBe(true);
    expect(large.equals(await direct.get('objects/large'))).toBe(true);
  }, 60_000);

  test('a server without conditional writes stores objects, and reports that it cannot create them', async () => {
    const { through, direct, done } = await storageBehind(server.url, ({ headers }) =>
      'if-none-match' in headers ? 'not implemented' : 'pass',
    );
    const unsupported = expect.objectContaining({
      name: 'ArchiveError',
      message: expect.stringContaining('conditional'),
    });
    await expect(through.create('log/1', small)).rejects.toEqual(unsupported);
    expect(await direct.head('log/1')).toBeUndefined();
    await through.put('objects/large', inPieces(large));
    await through.put('packs/small', [small]);
    await through.put('packs/small', [small]);
    await expect(through.put('packs/small', [Buffer.from('other')])).rejects.toMatchObject({ code: 'INTEGRITY' });
    expect(small.equals(await direct.get('packs/small'))).toBe(true);
    expect(large.equals(await direct.get('objects/large'))).toBe(true);
    await expect(through.create('log/1', small)).rejects.toEqual(unsupported);
    // One for each `create`, and one that decides about the rest.
    expect(done).toEqual(Array(3).fill('not implemented'));
  }, 60_000);
});

const [anyServer] = s3Servers;
const withS3 = anyServer ? test : test.skip;

withS3(
  'an endless conflict is not reported as a fault of the settings',
  async () => {
    const { through } = await storageBehind(anyServer!.url, ({ method }) => (method === 'PUT' ? 'conflict' : 'pass'));
    await expect(through.put('packs/small', [small])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/another writer.*try again/),
    });
  },
  60_000,
);

withS3.each<HttpFault>(['not implemented', 'method not allowed', 'denied'])(
  'unfinished uploads that cannot be listed are reported, and are not an error: %s',
  async (fault) => {
    const { through } = await storageBehind(anyServer!.url, ({ url }) => (/[?&]uploads\b/.test(url!) ? fault : 'pass'));
    expect(await through.removeUnfinished(new Date())).toMatch(/AbortIncompleteMultipartUpload/);
  },
);

withS3('unfinished uploads that cannot be listed because the session has expired are an error', async () => {
  const { through } = await storageBehind(anyServer!.url, () => 'expired token');
  await expect(through.removeUnfinished(new Date())).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('ARTIFACTSTORE_S3_SESSION_TOKEN'),
  });
});
