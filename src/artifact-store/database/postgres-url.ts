import { ArchiveError } from '../errors.ts';

/** A parameter of the connection. */
export interface Parameter {
  value: string;
  /** What set it; the beginning of an error message. */
  origin: string;
}

/** Parameters by libpq's names. `host` and `port` are lists with commas. */
export type Parameters = ReadonlyMap<string, Parameter>;

export const URL_VARIABLE = 'ARTIFACTSTORE_DATABASE_URL';

/**
 * libpq's grammar of connection URIs, after the scheme. Only the password may contain an unencoded `@`: a password with an unencoded `/`,
 * `?` or `#` would otherwise be read as a host, a database or a parameter, and repeated in errors.
 */
const CONNECTION_URL =
  /^(?:(?<user>[^:/?#@]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]*)(?:\/(?<database>[^?#@]*))?(?:\?(?<query>[^#@]*))?$/;
/** One host and its port; IPv6 addresses are in brackets. */
const HOST = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>[^:]*))?$/;

/** asyncpg and JDBC call it `ssl`. */
const SYNONYMS: Readonly<Record<string, string>> = { ssl: 'sslmode' };
/** SQLAlchemy repeats `host` for each host of a cluster. */
const REPEATABLE = 'host';

/**
 * Splits a connection URL into parameters.
 * @param url without its scheme and `://`.
 * @throws ArchiveError `CONFIG_INVALID`, which repeats nothing that may be part of the password.
 */
export function parseConnectionUrl(url: string): Map<string, Parameter> {
  const parts = CONNECTION_URL.exec(url)?.groups;
  if (parts === undefined) throw notParsed();
  const parameters = new Map<string, Parameter>();
  const set = (name: string, value: string) => parameters.set(name, { value, origin: originOf(name) });
  const authority = parts['hosts']!.split(',').map(splitHost);
  if (authority.some(({ host }) => host !== '')) set('host', authority.map(({ host }) => host).join(','));
  if (authority.some(({ port }) => port !== '')) set('port', authority.map(({ port }) => port).join(','));
  for (const name of ['user', 'password'] as const) if (parts[name]) set(name, decoded(parts[name]));
  if (parts['database']) set('dbname', decoded(parts['database']));
  const query = queryOf(parts['query']);
  for (const [alias, name] of Object.entries(SYNONYMS)) {
    if (query.has(alias) && query.has(name)) {
      throw invalidParameter(originOf(alias), `is another name of "${name}"; keep one of them`);
    }
  }
  for (const [name, values] of query) {
    if (values.length > 1 && name !== REPEATABLE) throw invalidParameter(originOf(name), 'is given twice; keep one');
    parameters.set(SYNONYMS[name] ?? name, { value: values.join(','), origin: originOf(name) });
  }
  return parameters;
}

function queryOf(query = ''): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const end = pair.indexOf('=');
    if (end <= 0) throw notParsed();
    const name = decoded(pair.slice(0, end));
    found.set(name, [...(found.get(name) ?? []), decoded(pair.slice(end + 1))]);
  }
  return found;
}

function splitHost(text: string): { host: string; port: string } {
  const { host, port = '' } = HOST.exec(text)?.groups ?? {};
  if (host === undefined) throw notParsed();
  return { host: decoded(host), port: decoded(port) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notParsed();
  }
}

function originOf(name: string): string {
  return `The parameter "${name}" of ${URL_VARIABLE}`;
}

function notParsed(): ArchiveError {
  return new ArchiveError(
    'CONFIG_INVALID',
    `The variable ${URL_VARIABLE} cannot be parsed; use postgresql://user:password@host:port/database?name=value, an IPv6 address in brackets, and percent-encode special characters in names and the password ("@" as %40, "/" as %2F, "#" as %23, "?" as %3F, "%" as %25).`,
  );
}

/** @param what the end of the sentence, without a full stop. */
export function invalidParameter(origin: string, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('CONFIG_INVALID', `${origin} ${what}.`, cause);
}

/** @throws ArchiveError `CONFIG_INVALID` naming the allowed values. */
export function oneOf<T extends string>(parameter: Parameter | undefined, allowed: readonly T[]): T | undefined {
  if (parameter === undefined) return undefined;
  const found = allowed.find((candidate) => candidate.toLowerCase() === parameter.value.toLowerCase());
  if (found === undefined)
    throw invalidParameter(parameter.origin, `is "${parameter.value}"; use ${allowed.join(', ')}`);
  return found;
}
