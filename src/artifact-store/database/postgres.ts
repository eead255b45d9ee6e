import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  type PostgresDialectConfig,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import pg from 'pg';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { intercepted } from './connection.ts';
import type { RegistryDatabase } from './database.ts';
import type { RegistryTables } from './schema.ts';

/** Finalizing and reading ahead need one connection each; the rest would only be idle. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a server that restarts or is full is waited for. */
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 3000;
/** Longer than many writers take in turn for the log; a stalled connection ends with it. */
const QUERY_TIMEOUT_MS = 300_000;
/** A client that vanished in the middle of a transaction holds the log no longer than this. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Keeps two processes from making the tables at once. Any constant that nothing else uses: "ASRG". */
const MIGRATION_LOCK = 0x41535247;
/** The type PostgreSQL sends as text since JavaScript's numbers end at 2^53; ours end there too. */
const INT8_OID = 20;

/**
 * Connects to a PostgreSQL server (14 or newer). The URL may have `schema=<name>` besides libpq's parameters.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` or `CONFIG_INVALID`, from every query, naming server and remedy.
 */
export function openPostgres(url: string): RegistryDatabase {
  const { connectionString, schema, where } = readUrl(url);
  const pool = new pg.Pool({
    connectionString,
    application_name: 'infospace-archive',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    ...(schema !== undefined && { options: `-c search_path=${schema}` }),
    types: { getTypeParser: (oid, format) => (oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) },
  });
  // A connection may die while no query runs on it, idle or between two of a transaction: the next query tells.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<RegistryTables>({
    dialect: {
      createDriver: () => new PatientDriver({ pool }, where),
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    },
  });
  return {
    db,
    columnTypes: { bytes: 'bytea', autoIncrement: 'serial' },
    schema,
    hasTables: async (connection) => {
      // Not to_regclass, which goes by a cache that may not have heard of what another session has just made.
      const query = sql`select 1 from pg_tables where schemaname = current_schema() and tablename = 'store_info'`;
      return (await query.execute(connection)).rows.length > 0;
    },
    lockForMigration: async (tx) => void (await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx)),
    serverVersion: async () => {
      const query = sql<{ server_version: string }>`show server_version`;
      return `PostgreSQL ${(await query.execute(db)).rows[0]!.server_version}`;
    },
  };
}

const SCHEMA_NAME = /^[a-z_][a-z0-9_]*$/;

function readUrl(text: string): { connectionString: string; schema: string | undefined; where: string } {
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? undefined;
  if (schema !== undefined && !SCHEMA_NAME.test(schema)) {
    throw new ArchiveError(
      'CONFIG_INVALID',
      `The schema "${schema}" in ARTIFACTSTORE_DATABASE_URL is no plain name; use lower-case letters, digits and underscores.`,
    );
  }
  url.searchParams.delete('schema');
  // sslmode as libpq has it, which is what other clients of the same server are given.
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  return { connectionString: url.href, schema, where: `${url.host}${url.pathname}` };
}

class PatientDriver extends PostgresDriver {
  readonly #where: string;

  constructor(config: PostgresDialectConfig, where: string) {
    super(config);
    this.#where = where;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await this.#connect();
    return intercepted(connection, async (query) => {
      try {
        return await query();
      } catch (error) {
        throw explain(error, this.#where);
      }
    });
  }

  /** Jitter keeps jobs that lost a server together from coming back together. */
  async #connect(): Promise<DatabaseConnection> {
    const deadline = Date.now() + RETRY_FOR_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        return await super.acquireConnection();
      } catch (error) {
        if (!isPassing(error) || Date.now() + pause > deadline) throw explain(error, this.#where);
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }
}

/** Refused, reset, timed out; starting, stopping, full. */
const PASSING = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', '57P01', '57P02', '57P03', '53300'];

function isPassing(error: unknown): boolean {
  return PASSING.includes(systemErrorCode(error) ?? '') || isLostConnection(error);
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message);
}

/** `pg` has no code for these. The last is of a query on a connection that died when no query ran. */
function isLostConnection(error: unknown): boolean {
  return /^(Connection terminated|timeout exceeded|Query read timeout|Client .* is not queryable)/i.test(
    messageOf(error),
  );
}

const VARIABLE = 'ARTIFACTSTORE_DATABASE_URL';
const WRONG: Record<string, string> = {
  '28P01': `the password is wrong; correct ${VARIABLE}`,
  '28000': `the role may not log in; correct ${VARIABLE} or the server's pg_hba.conf`,
  '3D000': `there is no such database; create it or correct ${VARIABLE}`,
  '42501': 'the role lacks a permission; grant it usage and create on the schema',
  ENOTFOUND: `the host is not known; correct ${VARIABLE}`,
};
const UNAVAILABLE: Record<string, string> = {
  '25006': 'the server is read-only; use the primary',
  '53100': "the server's disk is full; free some space",
  '53300': 'it has too many connections; raise max_connections or run fewer jobs at once',
};

function explain(error: unknown, where: string): unknown {
  if (error instanceof ArchiveError) return error;
  const code = systemErrorCode(error) ?? '';
  const made = (kind: 'CONFIG_INVALID' | 'STORE_UNAVAILABLE', remedy: string) =>
    new ArchiveError(kind, `Could not use the registry at ${where}: ${remedy}.`, error);
  if (code in WRONG) return made('CONFIG_INVALID', WRONG[code]!);
  if (code in UNAVAILABLE) return made('STORE_UNAVAILABLE', UNAVAILABLE[code]!);
  if (isPassing(error))
    return made('STORE_UNAVAILABLE', `it cannot be reached (${code || 'connection lost'}); try again`);
  if (/CERT|SSL|TLS/i.test(`${code} ${messageOf(error)}`)) {
    return made(
      'CONFIG_INVALID',
      `TLS cannot be agreed on (${code || messageOf(error)}); correct sslmode in ${VARIABLE}`,
    );
  }
  return error;
}
