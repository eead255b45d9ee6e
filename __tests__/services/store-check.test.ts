import { runProcess } from '../cli/fixtures.ts';
import { sampleInfospace } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { httpProxy } from './faulty-proxy.ts';
import { s3Servers } from './servers.ts';

const moto = s3Servers.find(({ name }) => name === 'moto');
// moto checks no signatures, so that the proxy can remove a condition from a request.
const withMoto = moto ? test : test.skip;
withMoto(
  'store check fails when the server of a store that needs conditional writes ignores them',
  async () => {
    const env = await newSharedStore(moto!.url);
    await runProcess(['store', 'init'], env);
    const proxy = await httpProxy(moto!.url, () => 'ignored condition');
    try {
      const through = { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url };
      const { code, stdout } = await runProcess(['store', 'check'], through);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^failed +conditional writes +16 of 16 concurrent writers.*nothing serializes/m);
    } finally {
      await proxy.close();
    }
  },
  60_000,
);

const describeServers = s3Servers.length > 0 ? describe : describe.skip;
describeServers.each(s3Servers.map((server) => [server.name, server] as const))('store check of %s', (_, server) => {
  test('reports whether exactly one of 16 concurrent writers of an object wins', async () => {
    const env = await newSharedStore(server.url);
    await runProcess(['store', 'init'], env);
    const { code, stdout } = await runProcess(['store', 'check'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +conditional writes +one of 16 concurrent writers creates an object/m);
  }, 60_000);

  test('reports missing conditional writes; archives continue with the database', async () => {
    const env = await newSharedStore(server.url);
    const proxy = await httpProxy(server.url, ({ headers }) =>
      'if-none-match' in headers ? 'not implemented' : 'pass',
    );
    try {
      const through = { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url };
      await runProcess(['store', 'init'], through);
      const checked = await runProcess(['store', 'check'], through);
      expect(checked.code).toBe(0);
      expect(checked.stdout).toMatch(/^warning +conditional writes +not supported.*database/m);
      const root = sampleInfospace();
      expect(await runProcess(['archive', root, '--quiet'], through)).toEqual({ code: 0, stdout: '', stderr: '' });
      expect((await runProcess(['verify', '--all', '--from', root], env)).code).toBe(0);
    } finally {
      await proxy.close();
    }
  }, 60_000);
});
