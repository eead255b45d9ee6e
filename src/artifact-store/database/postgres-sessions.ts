import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { BoundPostgresClient, PostgresClient } from './postgres-client.ts';
import { isPassing, refusesEncryption } from './postgres-errors.ts';
import { passwordFor } from './postgres-password.ts';
import { describeServer, type PostgresHost, type PostgresSettings, type SessionKind } from './postgres-settings.ts';
import { type Encryption, encryptionsFor, isLocal } from './postgres-tls.ts';
import { URL_VARIABLE } from './postgres-url.ts';

/** Finalizing and reading ahead need one connection each; more would be idle. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than many writers in a queue for the log take; a stalled connection ends with it. */
export const QUERY_TIMEOUT_MS = 300_000;
/** PostgreSQL sends this type as text, since JavaScript's numbers end at 2^53; our values do not exceed that. */
const INT8_OID = 20;

/** A host, an encryption and a kind of session to try. */
interface Route {
  host: PostgresHost;
  tls: Encryption;
  kind: Exclude<SessionKind, 'prefer-standby'>;
}

/** Connects by the first route that works, with a pool for each route. */
export class PostgresSessions implements PostgresPool {
  /** Required by Kysely for canceling queries, which is not used here. */
  readonly options = {};
  readonly #settings: PostgresSettings;
  readonly #pools = new Map<Route, pg.Pool>();
  /** The last one that worked comes first. */
  #routes: Route[];

  /** @throws ArchiveError `CONFIG_INVALID` naming a parameter whose file cannot be used. */
  constructor(settings: PostgresSettings) {
    this.#settings = settings;
    const { sessionKind, hosts } = settings;
    const encryptions = encryptionsFor(settings);
    const kinds = sessionKind === 'prefer-standby' ? (['standby', 'any'] as const) : [sessionKind];
    this.#routes = kinds.flatMap((kind) =>
      hosts.flatMap((host) => encryptions(host).map((tls) => ({ host, tls, kind }))),
    );
  }

  /** Whether the newest session has TLS. */
  get encrypted(): boolean {
    return this.#routes[0]!.tls !== false;
  }

  async connect(): Promise<PostgresPoolClient> {
    const failures: unknown[] = [];
    let last: { route: Route; error: unknown } | undefined;
    for (const route of this.#routes) {
      if (last !== undefined && !isNext(route, last)) continue;
      try {
        const client = await this.#poolOf(route).connect();
        this.#routes = [route, ...this.#routes.filter((other) => other !== route)];
        return client;
      } catch (error) {
        last = { route, error };
        failures.push(error);
      }
    }
    throw isUnreachable(last!.error) ? (failures.find(isPassing) ?? last!.error) : last!.error;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  #poolOf(route: Route): pg.Pool {
    const known = this.#pools.get(route);
    if (known) return known;
    const { user, database, applicationName, options, connectTimeoutMs, channelBinding, tls } = this.#settings;
    const pool = new pg.Pool({
      Client: channelBinding === 'require' ? BoundPostgresClient : PostgresClient,
      ...route.host,
      user,
      database,
      password: () => passwordFor(this.#settings, route.host),
      ssl: route.tls,
      ...(route.tls && tls.direct && { sslnegotiation: 'direct' }),
      enableChannelBinding: channelBinding === 'require',
      application_name: applicationName,
      ...(options !== undefined && { options }),
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      types: { getTypeParser: (oid, format) => (oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) },
      onConnect: (client) => requireKind(client, route.kind, describeServer({ database, hosts: [route.host] })),
    });
    // An idle connection may be lost, also within a transaction: the next query reports it.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      client.on('error', () => undefined);
      if (!route.tls && this.#fellBack(route)) warnOfPlainText(route);
    });
    this.#pools.set(route, pool);
    return pool;
  }

  /** No warning when the user chose `disable`. */
  #fellBack({ host }: Route): boolean {
    return this.#settings.tls.mode !== 'disable' && !isLocal(host);
  }
}

/** After a refused encryption comes the other one; after an unreachable host, or one of the wrong kind, the next host. */
function isNext(route: Route, last: { route: Route; error: unknown }): boolean {
  const sameServer = route.host === last.route.host && route.kind === last.route.kind;
  return sameServer ? refusesEncryption(last.error) : isUnreachable(last.error);
}

const NOT_FOUND = ['ENOTFOUND', 'ENOENT', 'EACCES'];

function isUnreachable(error: unknown): boolean {
  if (error instanceof ArchiveError) return error.code === 'STORE_UNAVAILABLE';
  // All sessions of the pool are in use, so the server is reachable.
  if (error instanceof Error && error.message.startsWith('timeout exceeded')) return false;
  return isPassing(error) || NOT_FOUND.includes(systemErrorCode(error) ?? '');
}

async function requireKind(client: pg.ClientBase, kind: Route['kind'], where: string): Promise<void> {
  if (kind === 'any') return;
  const query = "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only";
  const { standby, read_only } = (await client.query<{ standby: boolean; read_only: boolean }>(query)).rows[0]!;
  const is = { primary: !standby, standby, 'read-write': !read_only, 'read-only': read_only };
  if (is[kind]) return;
  throw new ArchiveError(
    'STORE_UNAVAILABLE',
    `The database server at ${where} is not ${kind}, as required by target_session_attrs in ${URL_VARIABLE}; name one that is.`,
  );
}

const warnedOf = new Set<string>();

function warnOfPlainText({ host: { host } }: Route): void {
  if (warnedOf.has(host)) return;
  warnedOf.add(host);
  process.emitWarning(
    `The connection to the database at ${host} is not encrypted, since the server has no TLS; enable it there and add sslmode=verify-full to ${URL_VARIABLE}, or sslmode=disable if the network is safe.`,
    { type: 'StoreWarning' },
  );
}
