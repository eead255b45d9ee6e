import { sql } from 'kysely';
import pg from 'pg';
import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { archiveInfospace } from '../../src/index.ts';
import { storeOf } from '../../src/infospace/infospace-store.ts';
import { failure, runProcess } from '../cli/fixtures.ts';
import { sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { databaseAt, newDatabase, poolerUrls } from './servers.ts';

/** Settings of a server, a role or a pooler, on real ones. */

function storeAt(url: string): Record<string, string> {
  return {
    ARTIFACTSTORE_DATABASE_URL: url,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: temporaryFolder(),
  };
}

async function newStore(url: string): Promise<Record<string, string>> {
  const env = storeAt(url);
  await initStore(storeOf('.', { env }));
  return env;
}

async function asAdmin<T>(url: string, action: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await action(admin);
  } finally {
    await admin.end();
  }
}

/** Waits until a query returns a row. */
async function until(admin: pg.Client, query: string): Promise<void> {
  while ((await admin.query(query)).rows.length === 0) await admin.query('select pg_sleep(0.02)');
}

/** Sets the session defaults of the database. */
async function setDefaults(url: string, defaults: Record<string, string>): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asAdmin(url, async (admin) => {
    for (const [setting, value] of Object.entries(defaults)) {
      await admin.query(`alter database ${name} set ${setting} = '${value}'`);
    }
  });
}

async function archiveAtOnce(env: Record<string, string>, writers = 4): Promise<void> {
  const archives = Array.from({ length: writers }, async (_, i) => {
    const root = sampleInfospace({ 'output/new': `${i}` });
    for (const note of ['first', 'second']) await archiveInfospace(root, { env, note });
  });
  await Promise.all(archives);
}

describe('several jobs archive at once, whatever the session defaults', () => {
  test.each([
    { default_transaction_isolation: 'repeatable read' },
    { default_transaction_isolation: 'serializable' },
    {
      default_transaction_isolation: 'serializable',
      default_transaction_deferrable: 'on',
      default_transaction_read_only: 'on',
    },
  ])('%j', async (defaults) => {
    const url = await newDatabase();
    await setDefaults(url, defaults);
    await archiveAtOnce(await newStore(url));
  });

  test('a writer waits for another one longer than the timeouts of the server', async () => {
    const url = await newDatabase();
    const env = await newStore(url);
    await setDefaults(url, {
      lock_timeout: '20ms',
      statement_timeout: '200ms',
      idle_in_transaction_session_timeout: '20ms',
    });
    await asAdmin(url, async (admin) => {
      await admin.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0');
      await admin.query('begin; update event_head set id = id');
      const archived = archiveInfospace(sampleInfospace(), { env });
      await until(admin, "select 1 from pg_locks where not granted and clock_timestamp() - waitstart > '500ms'");
      await admin.query('commit');
      expect((await archived).changed).toBe(true);
    });
  });
});

test('a transaction rolled back by the server because of a deadlock is run again', async () => {
  const url = await newDatabase();
  const env = await newStore(url);
  await asAdmin(url, async (admin) => {
    // Only the other side looks for deadlocks, so it is the one rolled back.
    await admin.query("set deadlock_timeout = '1h'");
    await admin.query('begin; lock table packages in access exclusive mode');
    const archived = archiveInfospace(sampleInfospace(), { env });
    await until(admin, "select 1 from pg_locks where relation = 'packages'::regclass and not granted");
    await admin.query('update event_head set id = id');
    await admin.query('commit');
    expect((await archived).changed).toBe(true);
  });
  expect((await runProcess(['audit', 'verify'], env)).code).toBe(0);
  expect((await runProcess(['store', 'check', '--deep'], env)).code).toBe(0);
});

test('store init works beside another schema with Kysely’s tables', async () => {
  const url = await newDatabase();
  await asAdmin(url, async (admin) => {
    await admin.query('create schema application');
    await admin.query('create table application.kysely_migration (name text primary key, timestamp text)');
    await admin.query('create table application.kysely_migration_lock (id text primary key, is_locked int)');
    await admin.query("insert into application.kysely_migration values ('0001_of_theirs', '2026-01-01')");
  });
  await archiveAtOnce(await newStore(url), 1);
  await archiveAtOnce(await newStore(`${url}?schema=archive`), 1);
});

test('a read-only role fails the check, and the error names the missing permission', async () => {
  const url = new URL(await newDatabase());
  const env = await newStore(url.href);
  const role = `reader_${url.pathname.slice(1)}`;
  await asAdmin(url.href, async (admin) => {
    await admin.query(`create role ${role} login`);
    await admin.query(`grant select on all tables in schema public to ${role}`);
  });
  url.username = role;
  const { code, stdout } = await runProcess(['store', 'check', '--json'], {
    ...env,
    ARTIFACTSTORE_DATABASE_URL: url.href,
  });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toContainEqual({
    what: 'registry lock',
    status: 'failed',
    detail: expect.stringMatching(/permission denied for table event_head.*grant/),
  });
  // The server ends a transaction after an idle minute; no test waits for that.
}, 30_000);

test('a database whose encoding cannot store every name is refused before anything is created', async () => {
  const base = new URL(await newDatabase());
  const inEncoding = async (encoding: string) => {
    const name = `${base.pathname.slice(1)}_${encoding.toLowerCase()}`;
    const how = `encoding '${encoding}' lc_collate 'C' lc_ctype 'C' template template0`;
    await asAdmin(base.href, (admin) => admin.query(`create database ${name} ${how}`));
    const url = new URL(base);
    url.pathname = `/${name}`;
    return url.href;
  };
  expect(await runProcess(['store', 'init'], storeAt(await inEncoding('LATIN1')))).toEqual(
    failure(2, 'LATIN1', 'UTF8'),
  );
  const env = await newStore(await inEncoding('SQL_ASCII'));
  await archiveInfospace(sampleInfospace({ 'output/日本': 'é' }), { env, note: 'für 日本' });
  const { stdout } = await runProcess(['store', 'stats'], env);
  expect(stdout).toContain('1 package');
});

const withPooler = poolerUrls.length > 0 ? describe : describe.skip;
withPooler.each(poolerUrls.length > 0 ? poolerUrls : ['none'])('a store behind PgBouncer (%s)', (pooler) => {
  test('keeps what it is asked to in the schema that is asked for', async () => {
    const direct = new URL(await newDatabase());
    const url = new URL(pooler);
    url.pathname = direct.pathname;
    const [one, other] = [
      await newStore(`${url}?schema=one`),
      await newStore(`${url}?options=-c%20search_path%3Dother`),
    ];
    await archiveAtOnce(one);
    await asAdmin(direct.href, async (admin) => {
      const count = async (schema: string) =>
        Number((await admin.query(`select count(*) from ${schema}.packages`)).rows[0].count);
      expect([await count('one'), await count('other')]).toEqual([8, 0]);
      expect((await admin.query("select 1 from pg_tables where schemaname = 'public'")).rows).toEqual([]);
    });
    await archiveAtOnce(other, 1);
    expect((await runProcess(['store', 'check', '--deep'], other)).code).toBe(0);
  });

  test('names a setting that the pooler does not pass on', async () => {
    const url = `${pooler}?options=-c%20work_mem%3D64MB`;
    expect(await runProcess(['store', 'init'], storeAt(url))).toEqual(
      failure(2, 'options', 'ARTIFACTSTORE_DATABASE_URL'),
    );
  });
});

test('reports a query that the server stopped, with the setting', async () => {
  const url = await newDatabase();
  await setDefaults(url, { statement_timeout: '50ms' });
  const { db } = openPostgres(databaseAt(url).server);
  await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('statement_timeout'),
  });
  await db.destroy();
});
