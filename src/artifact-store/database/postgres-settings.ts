import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readOptions, refuseSchema } from './postgres-options.ts';
import { readTls, type TlsSettings } from './postgres-tls-settings.ts';
import {
  invalidParameter,
  oneOf,
  type Parameter,
  type Parameters,
  parseConnectionUrl,
  URL_VARIABLE,
} from './postgres-url.ts';

const SESSION_KINDS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** A server: its name or address, or the folder of its socket. */
export interface PostgresHost {
  host: string;
  port: number;
}

/** How to connect to PostgreSQL; names and meanings are libpq's. */
export interface PostgresSettings {
  hosts: readonly PostgresHost[];
  user: string;
  database: string;
  password: string | undefined;
  passwordFile: string;
  /** The schema of the tables; undefined for the first one of the server's search path. */
  schema: string | undefined;
  tls: TlsSettings;
  channelBinding: (typeof CHANNEL_BINDINGS)[number];
  sessionKind: SessionKind;
  connectTimeoutMs: number | undefined;
  applicationName: string;
  /** Settings for each session, in the syntax of libpq's `options`. */
  options: string | undefined;
}

const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'] as const;
const DEFAULT_PORT = 5432;
const MAX_PORT = 65_535;
const MAX_TIMEOUT_S = 3600;
/** Used when the host is empty: the server of this machine. */
const DEFAULT_HOST = 'localhost';

/** libpq's variables; each applies when the URL lacks the parameter. */
const VARIABLES: Readonly<Record<string, string>> = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGAPPNAME: 'application_name',
  PGOPTIONS: 'options',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
  PGCHANNELBINDING: 'channel_binding',
  PGSSLMODE: 'sslmode',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLCRL: 'sslcrl',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
};

/** Parameters of other clients that have no effect here: no statement is prepared, and libpq's semantics always apply. */
const WITHOUT_EFFECT = ['prepared_statement_cache_size', 'statement_cache_size', 'uselibpqcompat'];
/** Parameters whose only supported values are the listed ones. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  client_encoding: ['utf8', 'utf-8', 'unicode', 'auto'],
  gssencmode: ['disable', 'prefer'],
  sslcompression: ['0'],
  sslsni: ['1'],
};
const KNOWN = [
  ...new Set(Object.values(VARIABLES)),
  'fallback_application_name',
  'schema',
  'sslpassword',
  ...Object.keys(FIXED),
  ...WITHOUT_EFFECT,
];

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads a connection URL, and libpq's variables for what it leaves out.
 *
 * @param url without its scheme and `://`.
 * @throws ArchiveError `CONFIG_INVALID` naming the parameter or variable, without any password.
 */
export function readPostgresUrl(url: string, env: Variables): PostgresSettings {
  const parameters = withVariables(parseConnectionUrl(url), env);
  for (const [name, parameter] of parameters) refuseUnknown(name, parameter);
  const text = (name: string) => parameters.get(name)?.value;
  const { schema, options } = readOptions(parameters.get('options'), parameters.get('schema'));
  const user = text('user') ?? systemUser();
  const database = text('dbname') ?? user;
  for (const [name, value] of [
    ['user', user],
    ['dbname', database],
  ] as const) {
    if (value.includes('\0'))
      throw invalidParameter(`A name in ${URL_VARIABLE} ("${name}")`, 'contains a zero byte; remove it');
  }
  if (schema !== undefined) refuseSchema(schema);
  return {
    hosts: readHosts(parameters),
    user,
    database,
    password: text('password') || undefined,
    passwordFile: text('passfile') ?? defaultPasswordFile(env),
    schema: schema?.value,
    tls: readTls(parameters),
    channelBinding: oneOf(parameters.get('channel_binding'), CHANNEL_BINDINGS) ?? 'prefer',
    sessionKind: oneOf(parameters.get('target_session_attrs'), SESSION_KINDS) ?? 'any',
    connectTimeoutMs: readTimeout(parameters.get('connect_timeout')),
    applicationName: text('application_name') ?? text('fallback_application_name') ?? 'infospace-archive',
    options,
  };
}

/** Describes servers and database to people. */
export function describeServer({ hosts, database }: Pick<PostgresSettings, 'hosts' | 'database'>): string {
  const names = hosts.map(({ host, port }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return port === DEFAULT_PORT ? name : `${name}:${port}`;
  });
  return `${names.join(',')}/${database}`;
}

function withVariables(parameters: Map<string, Parameter>, env: Variables): Parameters {
  for (const [variable, name] of Object.entries(VARIABLES)) {
    const value = env[variable];
    if (value && !parameters.has(name)) parameters.set(name, { value, origin: `The variable ${variable}` });
  }
  return parameters;
}

function refuseUnknown(name: string, { value, origin }: Parameter): void {
  if (!KNOWN.includes(name)) {
    throw invalidParameter(origin, `is not supported; remove it (known are ${[...KNOWN].sort().join(', ')})`);
  }
  const allowed = FIXED[name];
  if (allowed !== undefined && !allowed.includes(value.toLowerCase())) {
    throw invalidParameter(origin, `is "${value}", and only ${allowed[0]} is supported; remove it`);
  }
}

function readHosts(parameters: Parameters): PostgresHost[] {
  const hosts = parameters.get('host');
  const ports = parameters.get('port');
  const portOf = (text: string, origin: string): number => {
    const port = text === '' ? DEFAULT_PORT : Number(text);
    if (/^\d*$/.test(text) && port >= 1 && port <= MAX_PORT) return port;
    throw invalidParameter(origin, `is not a number from 1 to ${MAX_PORT}`);
  };
  const names = (hosts?.value ?? '').split(',');
  const given = (ports?.value ?? '').split(',');
  if (given.length > 1 && given.length !== names.length) {
    throw invalidParameter(
      ports!.origin,
      `names ${given.length} ports for ${names.length} hosts; name one, or one per host`,
    );
  }
  return names.map((name, i) => {
    const port = given[i] ?? given[0]!;
    // SQLAlchemy's way to give each host of a cluster its port.
    const own = /^(?<host>[^/:]+|\[[^\]]*\]):(?<port>\d+)$/.exec(name)?.groups;
    if (own !== undefined) return { host: withoutBrackets(own['host']!), port: portOf(own['port']!, hosts!.origin) };
    if (name.startsWith('@')) throw invalidParameter(hosts!.origin, 'names an abstract socket, which is not supported');
    return { host: withoutBrackets(name) || DEFAULT_HOST, port: portOf(port, ports?.origin ?? '') };
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** In libpq 0 waits forever; here it means the default. */
function readTimeout(parameter: Parameter | undefined): number | undefined {
  if (parameter === undefined) return undefined;
  const seconds = Number(parameter.value);
  if (!/^\d+$/.test(parameter.value) || seconds > MAX_TIMEOUT_S) {
    throw invalidParameter(parameter.origin, `is "${parameter.value}"; use seconds, from 1 to ${MAX_TIMEOUT_S}`);
  }
  return seconds === 0 ? undefined : seconds * 1000;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw invalidParameter(
      `The variable ${URL_VARIABLE}`,
      'names no user, and this process has none; use postgresql://user@host/database',
    );
  }
}

function defaultPasswordFile(env: Variables): string {
  const appData = env['APPDATA'];
  return process.platform === 'win32' && appData
    ? join(appData, 'postgresql', 'pgpass.conf')
    : join(homedir(), '.pgpass');
}
