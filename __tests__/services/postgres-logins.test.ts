import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { failure, runProcess } from '../cli/fixtures.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { databaseAt, guardedPostgresUrl } from './servers.ts';

/** Passwords, TLS, sockets and several hosts, on a real server. scripts/services/postgres.ts configures who may log in. */

const DATABASE = 'postgres';
let port: string;
let folder: string;
let rootCertificate: string;

beforeAll(async () => {
  const admin = new pg.Client({ connectionString: guardedPostgresUrl });
  await admin.connect();
  for (const role of ['only_plain', 'only_tls', 'by_scram', 'by_clear_text', 'by_md5']) {
    await admin.query(`set password_encryption = '${role === 'by_md5' ? 'md5' : 'scram-sha-256'}'`);
    await admin.query(`create role ${role} login password '${role}'`);
  }
  folder = (await admin.query('show data_directory')).rows[0].data_directory;
  await admin.end();
  port = new URL(guardedPostgresUrl).port;
  rootCertificate = join(folder, 'root.crt');
});

async function versionAt(url: string): Promise<string> {
  const database = openPostgres(databaseAt(url).server);
  try {
    return await database.serverVersion();
  } finally {
    await database.db.destroy();
  }
}

const at = (role: string, query = '', host = '127.0.0.1') =>
  `postgresql://${role}:${role.split(':')[0]}@${host}:${port}/${DATABASE}${query}`;
const withoutPassword = (role: string, query = '') => `postgresql://${role}@127.0.0.1:${port}/${DATABASE}${query}`;
const refused = (...messages: string[]) =>
  expect.objectContaining({
    name: 'ArchiveError',
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(new RegExp(`^${messages.map((word) => `(?=.*${word})`).join('')}.*[.]$`)),
  });

describe.each(['by_scram', 'by_md5', 'by_clear_text'])('a login of the role %s', (role) => {
  test('accepts the password of the URL, of a variable or of a file', async () => {
    expect(await versionAt(at(role))).toContain('PostgreSQL');
    const file = join(temporaryFolder(), 'pgpass');
    writeFileSync(file, `# passwords\nelsewhere:*:*:*:no\n127.0.0.1:${port}:*:${role}:${role}\n*:*:*:*:no\n`);
    expect(await versionAt(withoutPassword(role, `?passfile=${file}`))).toContain('PostgreSQL');
  });

  test('names the variable for a missing or wrong password', async () => {
    const nowhere = `?passfile=${join(temporaryFolder(), 'none')}`;
    await expect(versionAt(withoutPassword(role, nowhere))).rejects.toEqual(
      refused('requires a password', 'ARTIFACTSTORE_DATABASE_URL', '_FILE'),
    );
    await expect(versionAt(at(role).replace(`:${role}@`, ':wrong-one@'))).rejects.toEqual(
      refused('password is wrong', 'ARTIFACTSTORE_DATABASE_URL'),
    );
  });
});

test('a process without a password ends at once', async () => {
  const env = {
    ARTIFACTSTORE_DATABASE_URL: withoutPassword('by_scram', '?passfile=/none'),
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: temporaryFolder(),
  };
  expect(await runProcess(['store', 'init'], env)).toEqual(
    failure(2, 'requires a password', 'ARTIFACTSTORE_DATABASE_URL'),
  );
  const { code, stdout } = await runProcess(['store', 'check', '--json'], env);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)[0]).toMatchObject({ what: 'database', status: 'failed' });
  // The server gives a client a minute to log in.
}, 30_000);

describe('TLS', () => {
  test.each([
    ['only_tls', '', 'with TLS'],
    ['only_tls', '?sslmode=allow', 'with TLS'],
    ['only_tls', '?sslmode=require', 'with TLS'],
    ['only_tls', '?ssl=require', 'with TLS'],
    ['only_tls', '?sslmode=require&channel_binding=require', 'with TLS'],
    ['only_plain', '', 'without TLS'],
    ['only_plain', '?sslmode=allow', 'without TLS'],
    ['only_plain', '?ssl=false', 'without TLS'],
    ['by_scram', '', 'with TLS'],
    ['by_scram', '?sslmode=allow', 'without TLS'],
  ])('%s%s connects %s', async (role, query, how) => {
    expect(await versionAt(at(role, query))).toMatch(new RegExp(`, ${how}$`));
  });

  test('a server is checked as sslmode and sslrootcert require', async () => {
    const root = `sslrootcert=${rootCertificate}`;
    expect(await versionAt(at('by_scram', `?sslmode=verify-full&${root}`, 'localhost'))).toContain('with TLS');
    expect(await versionAt(at('by_scram', `?sslmode=verify-ca&${root}`))).toContain('with TLS');
    expect(await versionAt(at('by_scram', `?sslmode=require&${root}`))).toContain('with TLS');
    for (const query of [`?sslmode=verify-full&${root}`, '?sslmode=verify-full', '?sslrootcert=system', '?ssl=true']) {
      await expect(versionAt(at('by_scram', query))).rejects.toEqual(refused('TLS', 'sslrootcert'));
    }
  });

  test('an unavailable kind of connection is refused by the name of the parameter', async () => {
    await expect(versionAt(at('only_plain', '?sslmode=require'))).rejects.toEqual(refused('sslmode', 'pg_hba'));
    await expect(versionAt(at('only_tls', '?sslmode=disable'))).rejects.toEqual(refused('sslmode', 'pg_hba'));
    for (const role of ['by_md5', 'by_clear_text', 'only_plain', 'postgres']) {
      const query = `?channel_binding=require${role === 'only_plain' ? '' : '&sslmode=require'}`;
      await expect(versionAt(at(role, query))).rejects.toEqual(refused('channel_binding'));
    }
    // Reading a special file could block, or never end.
    await expect(versionAt(at('by_scram', '?sslmode=require&sslrootcert=/dev/zero'))).rejects.toEqual(
      refused('sslrootcert', '/dev/zero'),
    );
    await expect(versionAt(withoutPassword('by_scram', '?passfile=/dev/zero'))).rejects.toEqual(refused('/dev/zero'));
    await expect(versionAt(at('by_scram', '?sslmode=require&sslrootcert=/none.pem'))).rejects.toEqual(
      refused('sslrootcert', '/none.pem'),
    );
    await expect(
      versionAt(at('by_scram', `?sslmode=require&sslrootcert=${join(folder, 'pg_hba.conf')}`)),
    ).rejects.toEqual(refused('sslrootcert', 'pg_hba.conf'));
  });

  test('another machine without TLS causes a warning', async () => {
    const env = {
      // This machine, under an address that it does not know as its own.
      ARTIFACTSTORE_DATABASE_URL: at('only_plain', '', '0.0.0.0'),
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT: temporaryFolder(),
    };
    const warned = await runProcess(['store', 'check'], env);
    expect(warned.stderr).toMatch(
      /^warning: The connection to the database at 0\.0\.0\.0 is not encrypted.*sslmode=.*\n$/,
    );
    const asked = { ...env, ARTIFACTSTORE_DATABASE_URL: at('only_plain', '?sslmode=disable', '0.0.0.0') };
    expect((await runProcess(['store', 'check'], asked)).stderr).toBe('');
  });
});

describe('several servers', () => {
  const both = (query: string) => `postgresql://by_scram:by_scram@127.0.0.1:9,127.0.0.1:${port}/${DATABASE}${query}`;

  test('are tried in order until one of the right kind answers', async () => {
    for (const kind of ['any', 'primary', 'read-write', 'prefer-standby']) {
      expect(await versionAt(both(`?target_session_attrs=${kind}`))).toContain('PostgreSQL');
    }
  });

  test('of the wrong kind are reported with the parameter', async () => {
    await expect(versionAt(at('by_scram', '?target_session_attrs=standby'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('target_session_attrs'),
    });
  });
});

test('a socket is used, and needs no TLS', async () => {
  const socket = `host=${encodeURIComponent(folder)}&port=${port}`;
  expect(await versionAt(`postgresql://by_scram:by_scram@/${DATABASE}?${socket}`)).toContain('without TLS');
  expect(
    await versionAt(`postgresql:///${DATABASE}?${socket}&user=by_scram&password=by_scram&sslmode=verify-full`),
  ).toContain('without TLS');
  await expect(versionAt(`postgresql:///${DATABASE}?host=${temporaryFolder()}`)).rejects.toEqual(
    refused('socket', 'ENOENT'),
  );
});
