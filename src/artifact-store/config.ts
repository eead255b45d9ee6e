import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { describeServer, type PostgresSettings, readPostgresUrl } from './database/postgres-settings.ts';
import type { ConfiguredKeys } from './encryption/open-keys.ts';
import { ArchiveError } from './errors.ts';
import type { PackageRules } from './new-package.ts';
import { loadRetentionClasses, type RetentionClass } from './retention/classes.ts';
import { keySecrets, readSecretFile, secretValues } from './secrets.ts';
import { withoutPasswords } from './storage/git-settings.ts';
import { isKey } from './storage/keys.ts';
import type { S3Settings } from './storage/s3-settings.ts';

/** Where the log is cached: a file of the store's own, a server, or a file named by the store's id in the user's cache folder. */
export type DatabaseConfig =
  | { kind: 'sqlite'; path: string }
  | { kind: 'postgresql'; server: PostgresSettings }
  | { kind: 'cache'; directory: string };

export interface S3Config extends S3Settings {
  kind: 's3';
}

export interface GitConfig {
  kind: 'git';
  /** A URL, a path, or the name of a remote of the repository around the directory. */
  remote: string;
  prefix: string;
  directory: string;
  cacheDirectory: string;
  /** Milliseconds for which a listing of the remote is reused; a second by default. */
  listingMs?: number;
}

/** Where the storage is. */
export type StorageConfig = { kind: 'local'; root: string } | S3Config | GitConfig;

/**
 * Where a store is and how it is configured.
 * @experimental
 */
export interface StoreConfig extends PackageRules {
  database: DatabaseConfig;
  storage: StorageConfig;
  /** Local files and folders that belong to the store. */
  localPaths: readonly string[];
  /** Undefined for a store with a database of its own. */
  statCacheDirectory: string | undefined;
  /** For an encrypted store. */
  keys?: ConfiguredKeys | undefined;
}

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
/** The value of `ARTIFACTSTORE_LOG_LEVEL`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'ARTIFACTSTORE_';
const STORE_SETTINGS = [
  'DATABASE_URL',
  'STORAGE_BACKEND',
  'STORAGE_LOCAL_ROOT',
  'S3_ENDPOINT_URL',
  'S3_REGION',
  'S3_BUCKET',
  'S3_KEY_PREFIX',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'S3_SESSION_TOKEN',
  'S3_FORCE_PATH_STYLE',
  'S3_STORAGE_CLASS',
  'S3_SSE',
  'GIT_REMOTE',
  'GIT_PREFIX',
] as const;
const SETTINGS = [...STORE_SETTINGS, 'WRITER_KEY', 'IDENTITY', 'RETENTION_CONFIG_PATH', 'LOG_LEVEL'] as const;
type Setting = (typeof SETTINGS)[number];
type Settings = Partial<Record<Setting, string>>;

/** Shorter values occur by chance, so that harmless notes would be refused. */
const MIN_SECRET_LENGTH = 6;

/** An embedded store: SQLite and local files below one folder. */
export function embeddedStore(
  directory: string,
  {
    retentionClasses,
    keys,
    secrets = [],
  }: Pick<StoreConfig, 'retentionClasses' | 'keys'> & { secrets?: readonly string[] },
): StoreConfig {
  return {
    database: { kind: 'sqlite', path: join(directory, 'registry.sqlite3') },
    storage: { kind: 'local', root: join(directory, 'storage') },
    localPaths: [directory],
    statCacheDirectory: join(directory, 'stat-cache'),
    retentionClasses,
    secrets,
    keys,
  };
}

/** Describes a store to people, without secrets. */
export function describeStore({ database, storage }: StoreConfig): string {
  if (database.kind === 'cache') return describeStorage(storage);
  return `${describeDatabase(database)}, ${describeStorage(storage)}`;
}

/** The storage alone describes a store whose log is cached for the user. */
function describeDatabase(database: Exclude<DatabaseConfig, { kind: 'cache' }>): string {
  if (database.kind === 'sqlite') return `sqlite:///${database.path}`;
  return `postgresql://${describeServer(database.server)}`;
}

/** Describes a storage to people, without secrets. */
export function describeStorage(storage: StorageConfig): string {
  if (storage.kind === 'local') return storage.root;
  if (storage.kind === 's3') return `s3://${storage.bucket}/${storage.keyPrefix}`;
  return `git ${withoutPasswords(storage.remote)}${storage.prefix === '' ? '' : ` (${storage.prefix})`}`;
}

/** The variables of a store in git, without defaults and secrets. */
export function gitVariables({ storage }: StoreConfig): string[] {
  if (storage.kind !== 'git') return [];
  return [
    `${PREFIX}STORAGE_BACKEND=git`,
    ...(storage.remote === DEFAULT_REMOTE ? [] : [`${PREFIX}GIT_REMOTE=${withoutPasswords(storage.remote)}`]),
    ...(storage.prefix === '' ? [] : [`${PREFIX}GIT_PREFIX=${storage.prefix}`]),
  ];
}

/** The store in the environment, if any, and other settings. */
export interface EnvironmentConfig {
  /** Undefined when no variable names a store. */
  store: StoreConfig | undefined;
  retentionClasses: readonly RetentionClass[];
  logLevel: LogLevel;
  keys: ConfiguredKeys;
  /** Values that must not appear in anything stored. */
  secrets: readonly string[];
}

/**
 * Reads the `ARTIFACTSTORE_*` variables. Each may instead be given as `<name>_FILE`, the path of a file that contains the value.
 * @param directory lies in the repository whose remote may be named.
 * @throws ArchiveError `CONFIG_INVALID` naming the variable: an unknown one, an invalid value, or one that requires another.
 */
export function readEnvironment(env: Environment, directory: string = process.cwd()): EnvironmentConfig {
  const settings = readSettings(env);
  const logLevel = oneOf('LOG_LEVEL', settings.LOG_LEVEL?.toUpperCase() ?? 'WARNING', LOG_LEVELS);
  const retentionClasses = loadRetentionClasses(settings.RETENTION_CONFIG_PATH);
  const named = STORE_SETTINGS.find((name) => settings[name] !== undefined);
  const keys = { writerKey: settings.WRITER_KEY, identities: settings.IDENTITY };
  if (named === undefined) return { store: undefined, retentionClasses, logLevel, keys, secrets: keySecrets(env) };
  const secrets = secretValues(env).filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  const cache = userCache(env);
  const storage = readStorage(settings, named, { directory, cacheDirectory: cache.directory });
  const database = settings.DATABASE_URL === undefined ? cache : readDatabase(settings.DATABASE_URL, env);
  return {
    store: {
      database,
      storage,
      localPaths: [
        ...(database.kind === 'sqlite' ? [database.path, `${database.path}-journal`] : []),
        ...(storage.kind === 'local' ? [storage.root] : []),
      ],
      statCacheDirectory: database.kind === 'cache' ? join(cache.directory, 'stat-cache') : undefined,
      retentionClasses,
      secrets,
      keys,
    },
    retentionClasses,
    logLevel,
    keys,
    secrets,
  };
}

/** The variables without those that name a store. */
export function withoutStore(env: Environment): Environment {
  const dropped = new Set(STORE_SETTINGS.flatMap((name) => [PREFIX + name, `${PREFIX}${name}_FILE`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.has(name)));
}

function readSettings(env: Environment): Settings {
  const settings: Settings = {};
  for (const [variable, value] of Object.entries(env)) {
    // Workflows pass an unset secret as an empty variable.
    if (!variable.startsWith(PREFIX) || value === undefined || value === '') continue;
    const fromFile = variable.endsWith('_FILE');
    const name = variable.slice(PREFIX.length, fromFile ? -'_FILE'.length : undefined);
    if (!isSetting(name)) {
      throw invalid(variable, `is unknown; the known ones are ${SETTINGS.map((known) => PREFIX + known).join(', ')}`);
    }
    if (settings[name] !== undefined) throw invalid(PREFIX + name, `is given twice, with and without _FILE; keep one`);
    settings[name] = fromFile ? secretIn(variable, value) : value;
  }
  return settings;
}

function isSetting(name: string): name is Setting {
  return (SETTINGS as readonly string[]).includes(name);
}

function secretIn(variable: string, path: string): string {
  let value: string | undefined;
  try {
    value = readSecretFile(path);
  } catch (error) {
    throw invalid(variable, `names a file that cannot be read: ${path}`, error);
  }
  if (value === undefined) throw invalid(variable, `names a file that does not exist: ${path}`);
  if (value === '') throw invalid(variable, `names an empty file: ${path}`);
  return value;
}

/** SQLAlchemy's spellings are accepted too, for existing deployments. */
const DATABASE_URL =
  /^(?<scheme>sqlite|postgres(?:ql)?)(?:\+(?:aiosqlite|asyncpg|pysqlite|psycopg2?))?:\/\/(?<rest>.*)$/;

function readDatabase(url: string, env: Environment): DatabaseConfig {
  const { scheme, rest } = DATABASE_URL.exec(url)?.groups ?? {};
  if (scheme === undefined || rest === undefined) {
    throw invalid(
      `${PREFIX}DATABASE_URL`,
      'is not a database URL; use sqlite:///path or postgresql://user@host/database',
    );
  }
  if (scheme === 'sqlite') {
    // As in SQLAlchemy: three slashes before a relative path, four before an absolute one.
    if (!rest.startsWith('/') || rest === '/' || rest === '/:memory:') {
      throw invalid(
        `${PREFIX}DATABASE_URL`,
        'names no database file; use sqlite:///relative/path or sqlite:////absolute/path',
      );
    }
    return { kind: 'sqlite', path: resolve(rest.slice(1)) };
  }
  return { kind: 'postgresql', server: readPostgresUrl(rest, env) };
}

/** The folder for user caches, by operating system. */
function userCache(env: Environment): Extract<DatabaseConfig, { kind: 'cache' }> {
  const home = homedir();
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(home, 'Library', 'Caches'),
    win32: env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'),
  };
  const folder = folders[process.platform] ?? (env['XDG_CACHE_HOME'] || join(home, '.cache'));
  return { kind: 'cache', directory: join(folder, 'infospace-archive') };
}

/** The variables of each kind of storage. */
const GROUPS: Readonly<Record<StorageConfig['kind'], string>> = { local: 'STORAGE_LOCAL_', s3: 'S3_', git: 'GIT_' };
const BACKENDS = Object.keys(GROUPS) as StorageConfig['kind'][];

function readStorage(
  settings: Settings,
  named: Setting,
  places: Pick<GitConfig, 'directory' | 'cacheDirectory'>,
): StorageConfig {
  const backend = oneOf('STORAGE_BACKEND', required(settings, 'STORAGE_BACKEND', named), BACKENDS);
  const others = Object.values(GROUPS).filter((group) => group !== GROUPS[backend]);
  const other = SETTINGS.find((name) => settings[name] && others.some((group) => name.startsWith(group)));
  if (other)
    throw invalid(PREFIX + other, `cannot be combined with ${PREFIX}STORAGE_BACKEND=${backend}; unset one of them`);
  switch (backend) {
    case 'local':
      return { kind: 'local', root: resolve(required(settings, 'STORAGE_LOCAL_ROOT', 'STORAGE_BACKEND')) };
    case 's3':
      return readS3(settings);
    case 'git':
      return { kind: 'git', ...readGit(settings), ...places };
  }
}

/** What git-check-ref-format(1) refuses, within the characters that a key may contain. */
const NO_REF = /\.\.|\.(\/|$)|\.lock(\/|$)/;
const FOLDERS_OF_A_STORE = /^(checkpoints|events|keys|log|manifests|objects|packs|store\.json)(\/|$)/;

const DEFAULT_REMOTE = 'origin';

function readGit({ GIT_REMOTE = DEFAULT_REMOTE, GIT_PREFIX = '' }: Settings): Pick<GitConfig, 'remote' | 'prefix'> {
  if (GIT_REMOTE.startsWith('-')) throw invalid(`${PREFIX}GIT_REMOTE`, 'is not a remote; use a URL, a path or a name');
  if (GIT_PREFIX !== '' && (!isKey(GIT_PREFIX) || NO_REF.test(GIT_PREFIX))) {
    throw invalid(`${PREFIX}GIT_PREFIX`, 'is not part of a ref; use lower-case letters, digits and slashes');
  }
  if (FOLDERS_OF_A_STORE.test(GIT_PREFIX)) {
    throw invalid(`${PREFIX}GIT_PREFIX`, `is "${GIT_PREFIX}", which is used by a store without a prefix; use another`);
  }
  return { remote: GIT_REMOTE, prefix: GIT_PREFIX };
}

function readS3(settings: Settings): S3Config {
  const endpointUrl = settings.S3_ENDPOINT_URL;
  if (endpointUrl !== undefined && !/^https?:\/\//.test(endpointUrl)) {
    throw invalid(`${PREFIX}S3_ENDPOINT_URL`, 'is not a URL; use https://host or http://host:port');
  }
  const keyPrefix = settings.S3_KEY_PREFIX ?? '';
  if (isAbsolute(keyPrefix)) throw invalid(`${PREFIX}S3_KEY_PREFIX`, 'starts with a slash; leave it out');
  return {
    kind: 's3',
    bucket: required(settings, 'S3_BUCKET', 'STORAGE_BACKEND'),
    keyPrefix,
    endpointUrl,
    region: settings.S3_REGION,
    credentials: readCredentials(settings),
    forcePathStyle: oneOf('S3_FORCE_PATH_STYLE', settings.S3_FORCE_PATH_STYLE ?? 'false', ['true', 'false']) === 'true',
    storageClass: settings.S3_STORAGE_CLASS,
    serverSideEncryption: settings.S3_SSE,
  };
}

function readCredentials(settings: Settings): S3Config['credentials'] {
  const named = (['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'S3_SESSION_TOKEN'] as const).find(
    (name) => settings[name],
  );
  if (named === undefined) return undefined;
  return {
    accessKeyId: required(settings, 'S3_ACCESS_KEY_ID', named),
    secretAccessKey: required(settings, 'S3_SECRET_ACCESS_KEY', named),
    sessionToken: settings.S3_SESSION_TOKEN,
  };
}

function required(settings: Settings, name: Setting, because: Setting): string {
  const value = settings[name];
  if (value === undefined) throw invalid(PREFIX + name, `is not set, but ${PREFIX}${because} is; set both or neither`);
  return value;
}

function oneOf<T extends string>(name: Setting, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw invalid(PREFIX + name, `is "${value}"; use ${allowed.join(', ').replace(/, (?=\w+$)/, ' or ')}`);
  return found;
}

function invalid(variable: string, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('CONFIG_INVALID', `The variable ${variable} ${what}.`, cause);
}
