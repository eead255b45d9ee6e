import type { IncomingMessage } from 'node:http';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { openStorage } from '../../src/artifact-store/open-store.ts';
import { runProcess } from '../cli/fixtures.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { type HttpFault, httpProxy } from './faulty-proxy.ts';
import { keepVersions, s3Servers } from './servers.ts';

/** A store with one object of 1,000 bytes that nothing references. */
async function storeWithOrphan(url: string): Promise<Record<string, string>> {
  const env = await newSharedStore(url);
  await runProcess(['store', 'init'], env);
  const storage = await openStorage(readEnvironment(env).store!);
  await storage.put('packs/aa/one', [Buffer.alloc(1000)]);
  storage.close?.();
  return env;
}

async function gc(env: Record<string, string>, faultOf?: (request: IncomingMessage) => HttpFault, args: string[] = []) {
  const proxy = faultOf && (await httpProxy(env['ARTIFACTSTORE_S3_ENDPOINT_URL']!, faultOf));
  try {
    const through = proxy ? { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url } : env;
    return await runProcess(['gc', '--include-last', '--grace', '0', '--from', temporaryFolder(), ...args], through);
  } finally {
    await proxy?.close();
  }
}

const asks = (url: string | undefined, what: string) => new RegExp(`[?&]${what}\\b`).test(url!);

const withVersions = s3Servers.filter(({ name }) => ['MinIO', 'moto'].includes(name));
const describeVersions = withVersions.length > 0 ? describe : describe.skip;
describeVersions.each(withVersions.map((server) => [server.name, server] as const))('a bucket of %s', (_, { url }) => {
  test('with versions frees no byte, and gc says so', async () => {
    const env = await storeWithOrphan(url);
    await keepVersions(url, env['ARTIFACTSTORE_S3_BUCKET']!);
    for (const flags of [['--dry-run'], []]) {
      const { code, stdout, stderr } = await gc(env, undefined, [...flags, '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('NoncurrentVersionExpiration') });
      expect(JSON.parse(stdout)).toMatchObject({
        orphans: { objects: 1, bytes: 1000 },
        reclaimed_bytes: 0,
        noncurrent_bytes: 1000,
      });
    }
    // There is nothing left to warn about.
    expect((await gc(env)).stderr).toBe('');
  }, 60_000);

  test('is recognized as versioned by its answers when its versioning may not be read', async () => {
    const env = await storeWithOrphan(url);
    await keepVersions(url, env['ARTIFACTSTORE_S3_BUCKET']!);
    const { code, stdout } = await gc(env, (request) => (asks(request.url, 'versioning') ? 'denied' : 'pass'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +reclaimed +0 B$/m);
  }, 60_000);
});

const each = s3Servers.map((server) => [server.name, server] as const);
(each.length > 0 ? test : test.skip).each(each)(
  'a bucket of %s without versions frees its bytes',
  async (_, { url }) => {
    const { code, stdout, stderr } = await gc(await storeWithOrphan(url));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ +reclaimed +1.0 kB$/m);
  },
  60_000,
);

const [anyServer] = s3Servers;
const withS3 = anyServer ? test : test.skip;

withS3.each<HttpFault>(['not implemented', 'method not allowed', 'denied'])(
  'gc continues when unfinished uploads cannot be listed, and says so: %s',
  async (fault) => {
    const env = await storeWithOrphan(anyServer!.url);
    const { code, stdout, stderr } = await gc(env, ({ url }) => (asks(url, 'uploads') ? fault : 'pass'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^warning: .*AbortIncomplete.*\n$/) });
    expect(stdout).toMatch(/1 orphan, 1.0 kB/);
  },
  60_000,
);
