import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { ArchiveError, archiveInfospace, openRegistry, restoreArchive } from '../../src/index.ts';
import { runProcess } from '../cli/fixtures.ts';
import { contentOf, noise, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { type FaultyProxy, type HttpFault, httpProxy, tcpProxy } from './faulty-proxy.ts';
import { databaseAt, newDatabase, s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? describe : describe.skip;
const [s3Url = ''] = s3Urls;
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));

/** A number from 0 to 1, the same for the same seed. */
function chance(...what: (string | number)[]): number {
  return (
    createHash('sha256')
      .update(`${seed} ${what.join(' ')}`)
      .digest()
      .readUInt32LE() /
    2 ** 32
  );
}

const CONTENT = { 'output/small.bin': noise(300_000), 'output/large.bin': noise(30_000_000) };
const proxies: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

async function proxied(fault: (count: number, method: string) => HttpFault): Promise<FaultyProxy> {
  let count = 0;
  const proxy = await httpProxy(s3Url, ({ method }) => fault(count++, method!));
  proxies.push(proxy);
  return proxy;
}

/** Every package must be complete, read without faults. */
async function expectWhole(env: Record<string, string>): Promise<number> {
  const registry = await openRegistry(temporaryFolder(), { env }, 'read');
  try {
    const ids = (await registry.listPackages()).map(({ id }) => id);
    for await (const { damage } of registry.verifyPackages(ids)) expect(damage).toEqual([]);
    await registry.verifyEvents();
    return ids.length;
  } finally {
    await registry.close();
  }
}

withS3('a store behind a faulty network', () => {
  let env: Record<string, string>;
  beforeEach(async () => {
    env = await newSharedStore(s3Url);
    expect((await runProcess(['store', 'init'], env)).code).toBe(0);
  });

  test.each<HttpFault>([
    'error 500',
    'slow down',
    'reset',
    'truncate',
    'lost answer',
    'wrong bytes in',
    'wrong bytes out',
  ])(
    'is written and read through a proxy that makes this fault at every third request: %s',
    async (fault) => {
      const proxy = await proxied((count) => (count % 3 === 1 ? fault : 'pass'));
      const through = { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url };
      const root = sampleInfospace(CONTENT);
      const before = contentOf(root);
      const made = await archiveInfospace(root, { env: through }).catch((error: unknown) => error);
      expect(proxy.done.length).toBeGreaterThan(0);
      expect(await expectWhole(env)).toBe(made instanceof Error ? 0 : 1);
      if (made instanceof Error) expect(made).toBeInstanceOf(ArchiveError);
      // A fault that a retry can repair is repaired.
      if (fault !== 'wrong bytes in') expect(made instanceof Error ? made.message : undefined).toBeUndefined();
      if (made instanceof Error) await archiveInfospace(root, { env });
      const target = join(temporaryFolder(), 'restored');
      const options = { from: root, target, env: through };
      const restored = await restoreArchive('latest', options).catch((error: unknown) => error);
      if (fault === 'wrong bytes out') {
        expect(restored).toMatchObject({ name: 'ArchiveError' });
        expect(treeOf(join(target, '..'))).toEqual({});
      } else {
        expect(restored).not.toBeInstanceOf(Error);
        expect(treeOf(target)).toEqual(before);
      }
    },
    120_000,
  );

  test('has every package, also after a rebuild, when the first answer to every write is lost', async () => {
    const written = new Set<string>();
    const proxy = await httpProxy(s3Url, ({ method, url }) => {
      if (method !== 'PUT' || written.has(url!)) return 'pass';
      written.add(url!);
      return 'lost answer';
    });
    proxies.push(proxy);
    const root = sampleInfospace(CONTENT);
    const before = contentOf(root);
    const { storedBytes } = await archiveInfospace(root, { env: { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url } });
    expect(proxy.done.length).toBeGreaterThan(3);
    expect(storedBytes).toBeGreaterThan(30_000_000);
    expect((await runProcess(['store', 'check', '--deep'], env)).code).toBe(0);
    const rebuilt = { ...env, ARTIFACTSTORE_DATABASE_URL: await newDatabase() };
    expect((await runProcess(['store', 'init'], rebuilt)).code).toBe(0);
    expect((await runProcess(['store', 'rebuild'], rebuilt)).code).toBe(0);
    expect(await expectWhole(rebuilt)).toBe(1);
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive('latest', { from: root, target, env: rebuilt });
    expect(treeOf(target)).toEqual(before);
  }, 120_000);

  test('is written through a proxy that stalls once', async () => {
    const proxy = await proxied((count) => (count === 2 ? 'stall' : 'pass'));
    const root = sampleInfospace({ 'output/small.bin': noise(300_000) });
    await archiveInfospace(root, { env: { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url } });
    expect(proxy.done).toEqual(['stall']);
    expect(await expectWhole(env)).toBe(1);
  }, 120_000);

  test('is unchanged when the S3 server is unreachable, which is reported in one line', async () => {
    const proxy = await proxied(() => 'error 500');
    const root = sampleInfospace();
    const before = treeOf(root);
    const { code, stderr } = await runProcess(['archive', root], { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: .*try again\.\n$/) });
    expect(treeOf(root)).toEqual(before);
    expect(await expectWhole(env)).toBe(0);
  }, 120_000);

  test('survives any mixture of faults, and loses no package', async () => {
    process.stderr.write(`TEST_SEED=${seed}\n`);
    const faults: HttpFault[] = ['error 500', 'reset', 'truncate', 'lost answer', 'wrong bytes in', 'wrong bytes out'];
    const proxy = await proxied((count) =>
      chance('fault', count) < 0.25 ? faults[Math.floor(chance('which', count) * faults.length)]! : 'pass',
    );
    const through = { ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url };
    let made = 0;
    for (let round = 0; round < 12; round++) {
      const root = sampleInfospace({ 'output/new.bin': noise(2_000_000, `${seed} ${round}`) });
      const result = await archiveInfospace(root, { env: through }).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(ArchiveError);
      else made++;
      expect(await expectWhole(env)).toBe(made);
    }
    expect(made).toBeGreaterThan(0);
  }, 240_000);

  test('is awaited when its database is down for a while', async () => {
    const proxy = await tcpProxy(new URL(env['ARTIFACTSTORE_DATABASE_URL']!));
    proxies.push(proxy);
    const through = { ...env, ARTIFACTSTORE_DATABASE_URL: proxy.url };
    proxy.down(3000);
    const root = sampleInfospace();
    await archiveInfospace(root, { env: through });
    expect(await expectWhole(env)).toBe(1);
  }, 60_000);

  test('has made the package once when the answer to a commit is lost', async () => {
    const proxy = await tcpProxy(new URL(env['ARTIFACTSTORE_DATABASE_URL']!));
    proxies.push(proxy);
    const through = { ...env, ARTIFACTSTORE_DATABASE_URL: proxy.url };
    const root = sampleInfospace();
    proxy.loseNextCommit();
    const { changed } = await archiveInfospace(root, { env: through });
    expect({ changed, done: proxy.done }).toEqual({ changed: true, done: ['lost commit'] });
    expect(await expectWhole(env)).toBe(1);
  }, 60_000);

  test('has complete packages or none when its database connections are killed at any moment', async () => {
    process.stderr.write(`TEST_SEED=${seed}\n`);
    const admin = new pg.Client({ connectionString: env['ARTIFACTSTORE_DATABASE_URL']! });
    await admin.connect();
    const kill = () =>
      admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
    let made = 0;
    try {
      for (let round = 0; round < 15; round++) {
        const root = sampleInfospace({ 'output/new.bin': noise(1_500_000, `${seed} ${round}`) });
        let killed: Promise<unknown> | undefined;
        const timer = setTimeout(() => {
          killed = kill();
        }, chance('kill', round) * 400);
        const result = await archiveInfospace(root, { env }).catch((error: unknown) => error);
        clearTimeout(timer);
        await killed;
        if (result instanceof Error) expect(result).toBeInstanceOf(ArchiveError);
        const before = made;
        made = await expectWhole(env);
        // An error about an uncertain or unrecorded package names it.
        const isKnown = result instanceof ArchiveError && result.packageId === undefined;
        if (!(result instanceof Error) || isKnown)
          expect({ round, made, result }).toEqual({ round, made: before + (isKnown ? 0 : 1), result });
      }
    } finally {
      await admin.end();
    }
    expect(made).toBeGreaterThan(0);
  }, 240_000);
});

test('a database connection that dies between two queries of a transaction is reported in one line', async () => {
  const { db } = openPostgres(databaseAt(await newDatabase()).server);
  const admin = openPostgres(databaseAt(await newDatabase()).server);
  const transaction = db.transaction().execute(async (tx) => {
    const { pid } = (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]!;
    await sql`select pg_terminate_backend(${pid}, 5000)`.execute(admin.db);
    await sleep(100);
    await sql`select 1`.execute(tx);
  });
  await expect(transaction).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/try again\.$/),
  });
  await db.destroy();
  await admin.db.destroy();
});

test('a read whose session dies runs again in another one', async () => {
  const { server } = databaseAt(await newDatabase());
  const { db } = openPostgres(server);
  const admin = openPostgres(server);
  const read = sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(1)`.execute(db);
  const sleeping = sql<{
    pid: number;
  }>`select pid from pg_stat_activity where query like '%pg_sleep(1)%' and pid <> pg_backend_pid() and datname = current_database()`;
  let [asleep] = (await sleeping.execute(admin.db)).rows;
  while (asleep === undefined) [asleep] = (await sleeping.execute(admin.db)).rows;
  await sql`select pg_terminate_backend(${asleep.pid}, 5000)`.execute(admin.db);
  expect((await read).rows[0]!.pid).not.toBe(asleep.pid);
  await db.destroy();
  await admin.db.destroy();
});

test('a missing database is given up, and reported in one line', async () => {
  const proxy = await tcpProxy(new URL(await newDatabase()));
  await proxy.close();
  const env = {
    ARTIFACTSTORE_DATABASE_URL: proxy.url,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: temporaryFolder(),
  };
  const { code, stderr } = await runProcess(['archive', sampleInfospace()], env);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^error: .*ECONNREFUSED.*try again\.\n$/),
  });
}, 90_000);
