import type { IncomingMessage } from 'node:http';
import { STORE_FORMAT } from '../../src/artifact-store/commit/store-file.ts';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { openStorage } from '../../src/artifact-store/open-store.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { type Run, runProcess } from '../cli/fixtures.ts';
import { sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { newBucketStore, newSharedStore } from './environment.ts';
import { type HttpFault, httpProxy } from './faulty-proxy.ts';
import { s3Servers } from './servers.ts';

/** Objects below a store's prefix, by key. */
async function objectsIn(env: Record<string, string>): Promise<Record<string, string>> {
  const storage = await openStorage(readEnvironment(env).store!);
  try {
    const objects: Record<string, string> = {};
    for (const { key } of await collect(storage.list(''))) {
      objects[key] = Buffer.from(await storage.get(key)).toString('latin1');
    }
    return objects;
  } finally {
    storage.close?.();
  }
}

async function through<T>(
  env: Record<string, string>,
  faultOf: (request: IncomingMessage) => HttpFault,
  action: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const proxy = await httpProxy(env['ARTIFACTSTORE_S3_ENDPOINT_URL']!, faultOf);
  try {
    return await action({ ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url });
  } finally {
    await proxy.close();
  }
}

const init = (env: Record<string, string>): Promise<Run> => runProcess(['store', 'init'], env);

// moto checks no signatures, so that the proxy can remove a condition from a request.
const moto = s3Servers.find(({ name }) => name === 'moto');
const [anyServer] = s3Servers;

const ignoring = (): HttpFault => 'ignored condition';
const refusing = ({ headers }: IncomingMessage): HttpFault => ('if-none-match' in headers ? 'not implemented' : 'pass');

describe.each([
  ['lets several writers win', moto?.url, ignoring, /lets 16 of several writers create one object/],
  ['has no conditional writes', anyServer?.url, refusing, /has no conditional writes/],
] as const)('a server that %s', (_, url, faultOf, message) => {
  const onServer = url === undefined ? test.skip : test;

  onServer(
    'is refused without a database, and nothing is left in the bucket',
    async () => {
      const env = await newBucketStore(url!);
      const { code, stdout, stderr } = await through(env, faultOf, init);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^error: .*ARTIFACTSTORE_DATABASE_URL\.\n$/);
      expect(await objectsIn(env)).toEqual({});
      // An archive does not create the store either.
      const args = ['archive', sampleInfospace(), '--quiet'];
      expect((await through(env, faultOf, (faulty) => runProcess(args, faulty))).code).not.toBe(0);
      expect(await objectsIn(env)).toEqual({});
    },
    60_000,
  );

  onServer(
    'is used with a database, whose lock serializes writers',
    async () => {
      const env = await newSharedStore(url!);
      await through(env, faultOf, async (faulty) => {
        const inits = await Promise.all([init(faulty), init(faulty)]);
        expect(inits.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
        expect(JSON.parse((await objectsIn(env))['store.json']!)).toMatchObject({
          format: STORE_FORMAT,
          commit: 'database',
        });
        const archives = Array.from({ length: 4 }, (_unused, i) =>
          runProcess(['archive', sampleInfospace({ 'output/new': `${i}` }), '--quiet'], faulty),
        );
        for (const { code, stderr } of await Promise.all(archives))
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        const { code } = await runProcess(['store', 'check', '--deep', '--from', temporaryFolder()], faulty);
        expect(code).toBe(0);
      });
      const segments = Object.keys(await objectsIn(env)).filter((key) => key.startsWith('log/'));
      expect(segments.sort()).toEqual([1, 2, 3, 4].map((i) => `log/${String(i).padStart(16, '0')}`));
    },
    120_000,
  );
});

/** moto checks and writes in two steps, so that two of its threads may both create an object. */
const atomicServers = s3Servers.filter(({ name }) => name !== 'moto');
const onServers = atomicServers.length > 0 ? test : test.skip;
const named = atomicServers.map(({ name, url }) => [name, url] as const);

onServers.each(named.length > 0 ? named : [['none', '']])(
  'a bucket of %s alone becomes one store, also when several make it at once',
  async (_, url) => {
    const env = await newBucketStore(url);
    const caches = Array.from({ length: 4 }, () => ({ ...env, XDG_CACHE_HOME: temporaryFolder() }));
    const inits = await Promise.all(caches.map(init));
    expect(inits.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(4).fill({ code: 0, stderr: '' }));
    const objects = await objectsIn(env);
    expect(Object.keys(objects)).toEqual(['store.json']);
    expect(JSON.parse(objects['store.json']!)).toMatchObject({ format: STORE_FORMAT, commit: 'storage' });
    // A repetition changes nothing.
    expect((await init(env)).code).toBe(0);
    expect(await objectsIn(env)).toEqual(objects);
  },
  60_000,
);
