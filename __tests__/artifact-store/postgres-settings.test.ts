import { userInfo } from 'node:os';
import { type Environment, readEnvironment } from '../../src/artifact-store/config.ts';
import type { PostgresSettings } from '../../src/artifact-store/database/postgres-settings.ts';

const STORAGE = { ARTIFACTSTORE_STORAGE_BACKEND: 'local', ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/srv/storage' };

function settingsOf(url: string, env: Environment = {}): PostgresSettings {
  const { store } = readEnvironment({ ...STORAGE, ...env, ARTIFACTSTORE_DATABASE_URL: url });
  if (store?.database.kind !== 'postgresql') throw new Error('not PostgreSQL');
  return store.database.server;
}

function refusalOf(url: string, env: Environment = {}): string {
  try {
    settingsOf(url, env);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ArchiveError', code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
}

describe('the servers of a database URL', () => {
  const h = (host: string, port = 5432) => ({ host, port });

  test.each<[url: string, hosts: { host: string; port: number }[]]>([
    ['postgresql://u@h/d', [h('h')]],
    ['postgresql://u@h:6432/d', [h('h', 6432)]],
    ['postgresql://u@h:/d', [h('h')]],
    ['postgresql://u@[::1]:6432/d', [h('::1', 6432)]],
    ['postgresql://u@[2001:db8::7]/d', [h('2001:db8::7')]],
    ['postgresql://u@a,b:6432,[::1]/d', [h('a'), h('b', 6432), h('::1')]],
    ['postgresql://u@a,b/d?port=6432', [h('a', 6432), h('b', 6432)]],
    ['postgresql:///d?host=a,b&port=1,2', [h('a', 1), h('b', 2)]],
    ['postgresql+psycopg:///d?host=a:1&host=b:2', [h('a', 1), h('b', 2)]],
    ['postgresql://u@ignored/d?host=h', [h('h')]],
    ['postgresql:///d?host=/var/run/postgresql', [h('/var/run/postgresql')]],
    ['postgresql:///d?host=/var/run/postgresql&port=5433', [h('/var/run/postgresql', 5433)]],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql:5433/d', [h('/var/run/postgresql', 5433)]],
    ['postgresql:///d', [h('localhost')]],
    ['postgresql://', [h('localhost')]],
  ])('of %s', (url, hosts) => {
    expect(settingsOf(url).hosts).toEqual(hosts);
  });

  test.each([
    ['postgresql://u@h:0/d', 'port'],
    ['postgresql://u@h:65536/d', 'port'],
    ['postgresql://u@h:abc/d', 'port'],
    ['postgresql://u@::1/d', 'brackets'],
    ['postgresql://u@h/d?host=a,b,c&port=1,2', 'port'],
    ['postgresql://u@h/d?host=@abstract', 'percent-encode'],
    ['postgresql://u@h/d?host=%40abstract', 'host'],
  ])('%s is refused', (url, named) => {
    expect(refusalOf(url)).toContain(named);
  });
});

describe('names and passwords', () => {
  test.each([
    ['postgresql://u%40tenant:p%40s%2Fs%23%3F%25@h/d%20b', { user: 'u@tenant', password: 'p@s/s#?%', database: 'd b' }],
    ['postgresql://u:p:a@ss@h/d', { user: 'u', password: 'p:a@ss', database: 'd' }],
    ['postgresql://u:p+q@h/d', { password: 'p+q' }],
    ['postgresql://h/d?user=u&password=p%26q', { user: 'u', password: 'p&q' }],
    ['postgresql://u@h?dbname=d', { user: 'u', database: 'd', password: undefined }],
    ['postgresql://u@h', { user: 'u', database: 'u' }],
    ['postgresql://h/d', { user: userInfo().username }],
  ])('%s', (url, expected) => {
    expect(settingsOf(url)).toMatchObject(expected);
  });

  // After an unencoded character, the rest could be taken for another part.
  test.each([
    'postgresql://u:hun/ter22@h/d',
    'postgresql://u:12/hunter22@h/d',
    'postgresql://u:12?hunter22@h/d',
    'postgresql://u:12?hunter22=x@h/d',
    'postgresql://u:12#hunter22@h/d',
    'postgresql://u@tenant:hunter22@h/d',
    'postgresql://u:hunter22%@h/d',
    'postgresql://u:hunter22%zz@h/d',
    'postgresql://u:p@h:hunter22/d',
    'postgresql://h/d?password=hunter22&password=hunter22',
  ])('%s is refused without repeating the password', (url) => {
    const message = refusalOf(url);
    expect(message).toContain('ARTIFACTSTORE_DATABASE_URL');
    expect(message).not.toContain('hunter22');
  });

  test('come from the variables of libpq where the URL lacks them', () => {
    const env = {
      PGUSER: 'other',
      PGPASSWORD: 'in-a-variable',
      PGDATABASE: 'e',
      PGHOST: 'i',
      PGPORT: '1',
      PGPASSFILE: '/f',
    };
    expect(settingsOf('postgresql://', env)).toMatchObject({
      hosts: [{ host: 'i', port: 1 }],
      user: 'other',
      password: 'in-a-variable',
      database: 'e',
      passwordFile: '/f',
    });
    expect(settingsOf('postgresql://u:p@h:5432/d', env)).toMatchObject({ user: 'u', password: 'p', database: 'd' });
    const { store } = readEnvironment({ ...STORAGE, ...env, ARTIFACTSTORE_DATABASE_URL: 'postgresql://' });
    expect(store!.secrets).toContain('in-a-variable');
  });

  test('an invalid value of such a variable is refused by its name', () => {
    expect(refusalOf('postgresql://h/d', { PGSSLMODE: 'on' })).toContain('PGSSLMODE');
  });
});

describe('TLS', () => {
  test.each([
    ['', 'prefer'],
    ['?sslmode=disable', 'disable'],
    ['?sslmode=allow', 'allow'],
    ['?sslmode=prefer', 'prefer'],
    ['?sslmode=require', 'require'],
    ['?sslmode=verify-ca&sslrootcert=/ca.pem', 'verify-ca'],
    ['?sslmode=verify-full', 'verify-full'],
    ['?sslrootcert=system', 'verify-full'],
    ['?ssl=require', 'require'],
    ['?ssl=prefer', 'prefer'],
    ['?ssl=verify-full', 'verify-full'],
    ['?ssl=true', 'verify-full'],
    ['?ssl=false', 'disable'],
    ['?sslmode=require&channel_binding=require', 'require'],
    ['?sslmode=require&sslnegotiation=direct', 'require'],
    ['?sslmode=require&uselibpqcompat=true', 'require'],
  ])('with %s is the same as sslmode=%s', (query, mode) => {
    expect(settingsOf(`postgresql+asyncpg://u@h/d${query}`).tls.mode).toBe(mode);
  });

  test.each([
    ['?sslmode=on', 'sslmode'],
    ['?sslmode=true', 'sslmode'],
    ['?ssl=1', '"ssl"'],
    ['?ssl=true&sslmode=disable', '"ssl"'],
    ['?sslmode=disable&ssl=true', '"ssl"'],
    ['?sslmode=verify-ca', 'sslrootcert'],
    ['?sslmode=require&sslrootcert=system', 'verify-full'],
    ['?sslcert=/c.pem', 'sslkey'],
    ['?sslkey=/k.pem', 'sslcert'],
    ['?sslnegotiation=direct', 'sslnegotiation'],
    ['?ssl_min_protocol_version=SSLv3', 'ssl_min_protocol_version'],
    ['?channel_binding=yes', 'channel_binding'],
  ])('with %s is refused, and the error names %s', (query, named) => {
    expect(refusalOf(`postgresql://u:hunter22@h/d${query}`)).toContain(named);
  });
});

describe('other parameters', () => {
  test.each([
    ['target_session_attrs=read-write', { sessionKind: 'read-write' }],
    ['connect_timeout=7', { connectTimeoutMs: 7000 }],
    ['connect_timeout=0', { connectTimeoutMs: undefined }],
    ['application_name=a%20b', { applicationName: 'a b' }],
    ['fallback_application_name=a', { applicationName: 'a' }],
    ['passfile=/f', { passwordFile: '/f' }],
    ['schema=archive_1', { schema: 'archive_1', options: undefined }],
    ['options=-c%20work_mem=64MB', { schema: undefined, options: '-c work_mem=64MB' }],
    ['options=-csearch_path=a', { schema: 'a', options: undefined }],
    ['options=--search_path%3D%22a%22,public', { schema: 'a', options: undefined }],
    [
      'options=-c%20search_path%3Da%20-c%20application_name%3Dx%5C%20y',
      { schema: 'a', options: '-c application_name=x\\ y' },
    ],
    ['client_encoding=utf8', {}],
    ['gssencmode=disable', {}],
    ['prepared_statement_cache_size=0', {}],
  ])('%s', (query, expected) => {
    expect(settingsOf(`postgresql://u@h/d?${query}`)).toMatchObject(expected);
  });

  test.each([
    ['sslmod=require', 'sslmod'],
    ['command_timeout=7', 'command_timeout'],
    ['service=x', 'service'],
    ['hostaddr=10.0.0.1', 'hostaddr'],
    ['client_encoding=LATIN1', 'client_encoding'],
    ['gssencmode=require', 'gssencmode'],
    ['target_session_attrs=master', 'target_session_attrs'],
    ['connect_timeout=soon', 'connect_timeout'],
    ['connect_timeout=-1', 'connect_timeout'],
    ['sslmode', 'name=value'],
    ['schema=a-b', 'schema'],
    [`schema=${'a'.repeat(64)}`, '63'],
    ['schema=a&schema=b', 'schema'],
    ['schema=a&options=-csearch_path=b', 'options'],
    ['options=-csearch_path=%22%24user%22,a', 'schema='],
  ])('%s is refused by name, without the password', (query, named) => {
    const message = refusalOf(`postgresql://u:hunter22@h/d?${query}`);
    expect(message).toContain(named);
    expect(message).toMatch(/ARTIFACTSTORE_DATABASE_URL.*[.]$/);
    expect(message).not.toMatch(/hunter22|password is/);
  });
});
