import type { Server } from 'node:http';
import { join } from 'node:path';
import { ArchiveError, archiveInfospace, openRegistry, restoreArchive } from '../../../src/index.ts';
import { git, originAndClone, withGit } from '../../artifact-store/git-fixtures.ts';
import { serveGit } from '../../artifact-store/git-http-server.ts';
import { run } from '../../cli/fixtures.ts';
import { contentOf, noise, sampleInfospace, temporaryFolder, treeOf } from '../../infospace/fixtures.ts';
import { type FaultyProxy, type HttpFault, httpProxy } from '../../services/faulty-proxy.ts';

const TOKENS = { writer: 'ghs_writers-token', reader: 'ghs_readers-token' };
const CONTENT = { 'output/small.bin': noise(300_000), 'output/large.bin': noise(5_000_000) };
const FAULTS: HttpFault[] = ['error 500', 'slow down', 'reset', 'truncate', 'lost answer', 'wrong bytes in', 'stall'];
const BY_DEFAULT: HttpFault[] = ['lost answer', 'reset', 'stall'];
const FOR_GIT = {
  // Git gives up after this many seconds without a byte.
  GIT_HTTP_LOW_SPEED_TIME: '2',
  // With a token in the form of actions/checkout. With credentials in a URL, git takes a stalled answer for refused credentials.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'http.extraheader',
  GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${btoa(`x-access-token:${TOKENS.writer}`)}`,
};
/** A failed push and the listing after it are five requests. */
const EVERY = 7;

withGit('a store on a git host behind a faulty network', () => {
  let origin: string;
  let server: Server;
  let direct: Record<string, string>;
  let hostUrl: string;
  const proxies: FaultyProxy[] = [];

  beforeAll(async () => {
    const folder = temporaryFolder();
    ({ origin } = originAndClone(folder));
    ({ server, url: hostUrl } = await serveGit(folder, TOKENS));
    Object.assign(process.env, FOR_GIT);
    direct = variables(hostUrl);
    expect((await run(['store', 'init'], direct)).code).toBe(0);
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });
  afterAll(() => {
    for (const name of Object.keys(FOR_GIT)) delete process.env[name];
    server.closeAllConnections();
    server.close();
  });

  function variables(url: string): Record<string, string> {
    return {
      ARTIFACTSTORE_STORAGE_BACKEND: 'git',
      ARTIFACTSTORE_GIT_REMOTE: `${url}/origin.git`,
      XDG_CACHE_HOME: temporaryFolder(),
    };
  }

  async function through(faultOf: (count: number, isPush: boolean) => HttpFault): Promise<Record<string, string>> {
    let count = 0;
    const proxy = await httpProxy(hostUrl, ({ method, url }) =>
      faultOf(count++, method === 'POST' && url!.endsWith('git-receive-pack')),
    );
    proxies.push(proxy);
    return variables(proxy.url);
  }

  /** Every package must be complete, read without faults. */
  async function packagesThere(): Promise<number> {
    const registry = await openRegistry(temporaryFolder(), { env: direct }, 'read');
    try {
      const ids = (await registry.listPackages()).map(({ id }) => id);
      for await (const { damage } of registry.verifyPackages(ids)) expect(damage).toEqual([]);
      await registry.verifyEvents();
      return ids.length;
    } finally {
      await registry.close();
    }
  }

  const isAll = process.env['TEST_GIT_CONTRACT'] === 'whole';
  test.each(isAll ? FAULTS : BY_DEFAULT)(
    'is written and read through a proxy that makes this fault at every seventh request: %s',
    async (fault) => {
      const before = await packagesThere();
      const env = await through((count) => (count % EVERY === 2 ? fault : 'pass'));
      const root = sampleInfospace(CONTENT, fault);
      const content = contentOf(root);
      const made = await archiveInfospace(root, { env }).catch((error: unknown) => error);
      // Bytes damaged in transit are reported; all other faults are retried.
      if (made instanceof Error) expect(made).toBeInstanceOf(ArchiveError);
      if (fault !== 'wrong bytes in') expect(made instanceof Error ? made.message : '').toBe('');
      expect(await packagesThere()).toBe(before + (made instanceof Error ? 0 : 1));
      if (made instanceof Error) await archiveInfospace(root, { env: direct });
      const target = join(temporaryFolder(), 'restored');
      await restoreArchive('latest', { from: root, target, env: { ...env, XDG_CACHE_HOME: temporaryFolder() } });
      expect(treeOf(target)).toEqual(content);
      expect(proxies[0]!.done.length).toBeGreaterThan(0);
    },
    180_000,
  );

  test('has each package once when all pushes arrive and all their answers are lost', async () => {
    const before = await packagesThere();
    const env = await through((_, isPush) => (isPush ? 'lost answer' : 'pass'));
    await archiveInfospace(sampleInfospace({ 'output/new.bin': noise(1000, 'new') }, 'unheard'), { env });
    expect(proxies[0]!.done.length).toBeGreaterThan(1);
    expect(await packagesThere()).toBe(before + 1);
  }, 60_000);

  test('is unchanged when it is unreachable, which is reported in one line without a token', async () => {
    const before = git(origin, 'for-each-ref');
    const env = await through(() => 'error 500');
    const { code, stderr } = await run(['archive', sampleInfospace()], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: .*try again\. .*500\n$/) });
    expect(stderr).not.toContain(TOKENS.writer);
    expect(git(origin, 'for-each-ref')).toBe(before);
  }, 60_000);
});
