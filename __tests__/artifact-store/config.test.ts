import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describeStore, type Environment, embeddedStore, readEnvironment } from '../../src/artifact-store/config.ts';
import { useTempDirs } from './fixtures.ts';

const makeTempDir = useTempDirs();

const LOCAL = {
  ARTIFACTSTORE_DATABASE_URL: 'sqlite:////srv/registry.sqlite3',
  ARTIFACTSTORE_STORAGE_BACKEND: 'local',
  ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/srv/storage',
};
const S3 = {
  ARTIFACTSTORE_DATABASE_URL: 'postgresql://archiver@db.example/registry',
  ARTIFACTSTORE_STORAGE_BACKEND: 's3',
  ARTIFACTSTORE_S3_BUCKET: 'evidence',
};

const GIT = { ARTIFACTSTORE_STORAGE_BACKEND: 'git' };

const storeOf = (env: Environment) => readEnvironment(env).store;

function expectRefused(env: Environment, ...named: string[]): void {
  const caught = (() => {
    try {
      return readEnvironment(env);
    } catch (error) {
      return error as Error;
    }
  })();
  expect(caught).toMatchObject({ code: 'CONFIG_INVALID' });
  for (const name of named) expect((caught as Error).message).toContain(name);
}

async function fileOf(content: string): Promise<string> {
  const file = join(await makeTempDir(), 'secret');
  await writeFile(file, content);
  return file;
}

describe('the environment', () => {
  test.each<[what: string, env: Environment]>([
    ['nothing', {}],
    ['other variables', { PATH: '/bin', ARTIFACTSTOREX: '1', artifactstore_database_url: 'x' }],
    ['empty variables', { ARTIFACTSTORE_S3_BUCKET: '', ARTIFACTSTORE_UNKNOWN: '', ARTIFACTSTORE_LOG_LEVEL: undefined }],
    ['only other variables', { ARTIFACTSTORE_LOG_LEVEL: 'INFO' }],
  ])('configures no store when it has %s', (_, env) => {
    expect(storeOf(env)).toBeUndefined();
  });

  test('configures a store of local files', () => {
    expect(storeOf(LOCAL)).toMatchObject({
      database: { kind: 'sqlite', path: '/srv/registry.sqlite3' },
      storage: { kind: 'local', root: '/srv/storage' },
      statCacheDirectory: undefined,
      secrets: [],
    });
    expect(storeOf(LOCAL)!.localPaths).toEqual(expect.arrayContaining(['/srv/registry.sqlite3', '/srv/storage']));
  });

  test('configures a store in S3, with credentials from AWS settings where it has none', () => {
    expect(storeOf(S3)!.storage).toEqual({
      kind: 's3',
      bucket: 'evidence',
      keyPrefix: '',
      endpointUrl: undefined,
      region: undefined,
      credentials: undefined,
      forcePathStyle: false,
      storageClass: undefined,
      serverSideEncryption: undefined,
    });
    expect(storeOf(S3)!.localPaths).toEqual([]);
  });

  test('configures every setting of a store in S3', () => {
    const store = storeOf({
      ...S3,
      ARTIFACTSTORE_S3_ENDPOINT_URL: 'http://minio:9000',
      ARTIFACTSTORE_S3_REGION: 'eu-central-1',
      ARTIFACTSTORE_S3_KEY_PREFIX: 'team/a',
      ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIA',
      ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: 'very-secret-key',
      ARTIFACTSTORE_S3_SESSION_TOKEN: 'very-secret-token',
      ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'true',
      ARTIFACTSTORE_S3_STORAGE_CLASS: 'GLACIER_IR',
      ARTIFACTSTORE_S3_SSE: 'aws:kms',
    })!;
    expect(store.storage).toEqual({
      kind: 's3',
      bucket: 'evidence',
      keyPrefix: 'team/a',
      endpointUrl: 'http://minio:9000',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'very-secret-key', sessionToken: 'very-secret-token' },
      forcePathStyle: true,
      storageClass: 'GLACIER_IR',
      serverSideEncryption: 'aws:kms',
    });
    expect([...store.secrets].sort()).toEqual(['very-secret-key', 'very-secret-token']);
  });

  test.each(['debug', 'INFO', 'Warning', 'ERROR'])('sets the log level %s', (level) => {
    expect(readEnvironment({ ARTIFACTSTORE_LOG_LEVEL: level }).logLevel).toBe(level.toUpperCase());
  });

  test('logs warnings by default', () => {
    expect(readEnvironment({}).logLevel).toBe('WARNING');
  });

  test('sets the file of retention classes, for an embedded store too', async () => {
    const file = await fileOf('[classes.team]\ndays = 3\n');
    const env = { ARTIFACTSTORE_RETENTION_CONFIG_PATH: file };
    expect(readEnvironment(env).retentionClasses).toContainEqual({ name: 'team', days: 3 });
    expect(storeOf({ ...LOCAL, ...env })!.retentionClasses).toContainEqual({ name: 'team', days: 3 });
    expectRefused(
      { ARTIFACTSTORE_RETENTION_CONFIG_PATH: '/not/there' },
      'ARTIFACTSTORE_RETENTION_CONFIG_PATH',
      '/not/there',
    );
  });
});

describe('a database URL', () => {
  const databaseOf = (url: string) => storeOf({ ...LOCAL, ARTIFACTSTORE_DATABASE_URL: url })!.database;

  test.each([
    ['sqlite:///data/x.db', resolve('data/x.db')],
    ['sqlite:////data/x.db', '/data/x.db'],
    ['sqlite+aiosqlite:////data/x.db', '/data/x.db'],
    ['sqlite+pysqlite:///x.db', resolve('x.db')],
  ])('%s names the file %s', (url, path) => {
    expect(databaseOf(url)).toEqual({ kind: 'sqlite', path });
  });

  test.each(['postgresql', 'postgres', 'postgresql+asyncpg', 'postgresql+psycopg', 'postgresql+psycopg2'])(
    '%s:// names a server of PostgreSQL',
    (scheme) => {
      expect(databaseOf(`${scheme}://u:p@h/d`)).toMatchObject({
        kind: 'postgresql',
        server: { hosts: [{ host: 'h', port: 5432 }], user: 'u', password: 'p', database: 'd' },
      });
    },
  );

  test.each([
    'mysql://u:hunter22@h/d',
    'u:hunter22@h/d',
    'postgresql+unknown://u:hunter22@h/d',
    'postgresql://u:hunter22/x@h/d',
    'postgresql://u:hunter22%zz@h/d',
    'sqlite://',
    'sqlite:///',
    'sqlite:///:memory:',
    'sqlite://host/path',
  ])('%s is refused without repeating it', (url) => {
    expectRefused({ ...LOCAL, ARTIFACTSTORE_DATABASE_URL: url }, 'ARTIFACTSTORE_DATABASE_URL');
    expect(() => readEnvironment({ ...LOCAL, ARTIFACTSTORE_DATABASE_URL: url })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter22') }),
    );
  });

  test('treats a password as a secret, both encoded and decoded', () => {
    const { secrets } = storeOf({ ...S3, ARTIFACTSTORE_DATABASE_URL: 'postgresql://u:p%40ssw0rd@h/d' })!;
    expect(secrets).toEqual(expect.arrayContaining(['p%40ssw0rd', 'p@ssw0rd']));
  });

  test('has no secret where the password is too short to be masked in ordinary text', () => {
    const url = 'postgresql://u:admin@h/d';
    expect(storeOf({ ...S3, ARTIFACTSTORE_DATABASE_URL: url })!.secrets).toEqual([url]);
  });
});

test('a storage alone is a complete store, with caches of the log and of digests for the user', () => {
  const { ARTIFACTSTORE_DATABASE_URL: _, ...storage } = S3;
  const env = { ...storage, XDG_CACHE_HOME: '/srv/cache', LOCALAPPDATA: 'C:\\cache' };
  const { database, statCacheDirectory } = storeOf(env)!;
  expect(statCacheDirectory).toMatch(/[/\\]infospace-archive[/\\]stat-cache$/);
  expect(database).toEqual({ kind: 'cache', directory: expect.stringMatching(/[/\\]infospace-archive$/) });
  if (process.platform === 'linux') expect(database).toHaveProperty('directory', '/srv/cache/infospace-archive');
});

test('a git repository is a store: the remote origin, or another remote', () => {
  const storage = readEnvironment(GIT, '/srv/guide').store!.storage;
  expect(storage).toMatchObject({ kind: 'git', remote: 'origin', prefix: '', directory: '/srv/guide' });
  const token = 'ghs_0123456789';
  const store = storeOf({ ...GIT, ARTIFACTSTORE_GIT_REMOTE: `https://x-access-token:${token}@host/a.git` })!;
  expect(store.secrets).toEqual([token]);
  expect(describeStore(store)).toBe('git https://host/a.git');
});

describe('an invalid variable is refused by name', () => {
  test.each<[what: string, env: Environment, named: string[]]>([
    ['that is unknown', { ARTIFACTSTORE_S3_BUKET: 'x' }, ['ARTIFACTSTORE_S3_BUKET', 'ARTIFACTSTORE_S3_BUCKET']],
    ['that is unknown, with an otherwise valid store', { ...LOCAL, ARTIFACTSTORE_X: 'x' }, ['ARTIFACTSTORE_X']],
    ['that is unknown and ends with _FILE', { ARTIFACTSTORE_X_FILE: '/dev/null' }, ['ARTIFACTSTORE_X_FILE']],
    ['with an unknown log level', { ARTIFACTSTORE_LOG_LEVEL: 'loud' }, ['ARTIFACTSTORE_LOG_LEVEL']],
    [
      'of a database, without a storage',
      { ARTIFACTSTORE_DATABASE_URL: LOCAL.ARTIFACTSTORE_DATABASE_URL },
      ['ARTIFACTSTORE_STORAGE_BACKEND', 'ARTIFACTSTORE_DATABASE_URL'],
    ],
    [
      'of local files, without a storage',
      { ...LOCAL, ARTIFACTSTORE_STORAGE_BACKEND: '' },
      ['ARTIFACTSTORE_STORAGE_BACKEND'],
    ],
    [
      'for local files, without their folder',
      { ...LOCAL, ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '' },
      ['ARTIFACTSTORE_STORAGE_LOCAL_ROOT'],
    ],
    ['for S3, without a bucket', { ...S3, ARTIFACTSTORE_S3_BUCKET: '' }, ['ARTIFACTSTORE_S3_BUCKET']],
    [
      'of S3, without a storage',
      { ARTIFACTSTORE_S3_REGION: 'eu' },
      ['ARTIFACTSTORE_STORAGE_BACKEND', 'ARTIFACTSTORE_S3_REGION'],
    ],
    ['with an unknown storage', { ...LOCAL, ARTIFACTSTORE_STORAGE_BACKEND: 'gcs' }, ['ARTIFACTSTORE_STORAGE_BACKEND']],
    ['of S3 with local files', { ...LOCAL, ARTIFACTSTORE_S3_BUCKET: 'x' }, ['ARTIFACTSTORE_S3_BUCKET', 'local']],
    [
      'of local files with S3',
      { ...S3, ARTIFACTSTORE_STORAGE_LOCAL_ROOT: 'x' },
      ['ARTIFACTSTORE_STORAGE_LOCAL_ROOT', 's3'],
    ],
    [
      'with an access key id, without its secret',
      { ...S3, ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'x' },
      ['ARTIFACTSTORE_S3_SECRET_ACCESS_KEY'],
    ],
    [
      'with a secret access key, without its id',
      { ...S3, ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: 'x' },
      ['ARTIFACTSTORE_S3_ACCESS_KEY_ID'],
    ],
    [
      'with a session token, without a key',
      { ...S3, ARTIFACTSTORE_S3_SESSION_TOKEN: 'x' },
      ['ARTIFACTSTORE_S3_ACCESS_KEY_ID'],
    ],
    ['with an invalid URL', { ...S3, ARTIFACTSTORE_S3_ENDPOINT_URL: 'minio:9000' }, ['ARTIFACTSTORE_S3_ENDPOINT_URL']],
    ['with an absolute prefix', { ...S3, ARTIFACTSTORE_S3_KEY_PREFIX: '/a' }, ['ARTIFACTSTORE_S3_KEY_PREFIX']],
    [
      'with an option in place of a git remote',
      { ...GIT, ARTIFACTSTORE_GIT_REMOTE: '--upload-pack=x' },
      ['ARTIFACTSTORE_GIT_REMOTE'],
    ],
    [
      'with a prefix that is invalid in a git ref',
      { ...GIT, ARTIFACTSTORE_GIT_PREFIX: 'a.lock/b' },
      ['ARTIFACTSTORE_GIT_PREFIX'],
    ],
    [
      'with a prefix inside another store',
      { ...GIT, ARTIFACTSTORE_GIT_PREFIX: 'packs/ab' },
      ['ARTIFACTSTORE_GIT_PREFIX'],
    ],
    [
      'that is neither "true" nor "false"',
      { ...S3, ARTIFACTSTORE_S3_FORCE_PATH_STYLE: '1' },
      ['ARTIFACTSTORE_S3_FORCE_PATH_STYLE'],
    ],
  ])('%s', (_, env, named) => {
    expectRefused(env, ...named);
  });
});

describe('a variable that names a file', () => {
  test.each(['', '\n', '\r\n'])('takes its content, less the %j at its end', async (end) => {
    const file = await fileOf(`sqlite:////srv/ registry.db${end}`);
    const env = { ...LOCAL, ARTIFACTSTORE_DATABASE_URL: '', ARTIFACTSTORE_DATABASE_URL_FILE: file };
    expect(storeOf(env)!.database).toEqual({ kind: 'sqlite', path: '/srv/ registry.db' });
  });

  test('treats its content as a secret', async () => {
    const env = {
      ...S3,
      ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIA',
      ARTIFACTSTORE_S3_SECRET_ACCESS_KEY_FILE: await fileOf('very-secret-key\n'),
    };
    expect(storeOf(env)!.secrets).toEqual(['very-secret-key']);
  });

  test('is refused beside the variable with the value, in either order', async () => {
    const value = { ARTIFACTSTORE_S3_BUCKET: 'a' };
    const file = { ARTIFACTSTORE_S3_BUCKET_FILE: await fileOf('b') };
    expectRefused({ ...value, ...file }, 'ARTIFACTSTORE_S3_BUCKET', 'twice');
    expectRefused({ ...file, ...value }, 'ARTIFACTSTORE_S3_BUCKET', 'twice');
  });

  test('is refused when the file is empty or missing', async () => {
    const empty = await fileOf('\n');
    for (const file of [empty, '/not/there']) {
      expectRefused({ ARTIFACTSTORE_S3_BUCKET_FILE: file }, 'ARTIFACTSTORE_S3_BUCKET_FILE', file);
    }
  });
});

test('an embedded store is below one folder', () => {
  const retentionClasses = [{ name: 'transient', days: 7 }];
  const store = embeddedStore('/x/.store', { retentionClasses });
  expect(store).toMatchObject({ localPaths: ['/x/.store'], retentionClasses, secrets: [] });
  expect(
    JSON.stringify([store.database, store.storage, store.statCacheDirectory]).match(/\/x\/\.store\//g),
  ).toHaveLength(3);
});
