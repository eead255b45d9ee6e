import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { ArchiveError } from '../errors.ts';
import { againWhenAborted } from './aborted.ts';
import { intercepted } from './connection.ts';
import type { ReadConnection, RegistryDatabase, WriteTransaction } from './database.ts';
import { explain, explainQuery, isPassing, SessionLost } from './postgres-errors.ts';
import { settingsIn } from './postgres-options.ts';
import { PostgresSessions, QUERY_TIMEOUT_MS } from './postgres-sessions.ts';
import { describeServer, type PostgresSettings } from './postgres-settings.ts';
import { URL_VARIABLE } from './postgres-url.ts';
import type { RegistryTables } from './schema.ts';

/** How long to wait for a server that restarts or is full, unless connect_timeout is set. */
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 3000;
/** Keeps two processes from creating the tables at once. Any constant that nothing else uses: "ASRG". */
const MIGRATION_LOCK = 0x41535247;
/** Other encodings cannot store every text. SQL_ASCII stores bytes unchanged. */
const ENCODINGS = ['UTF8', 'SQL_ASCII'];

/**
 * Connects to a PostgreSQL server (14 or newer), directly or through a pooler that gives each transaction a session.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` or `CONFIG_INVALID`, from every query, naming server and remedy.
 */
export function openPostgres(settings: PostgresSettings): RegistryDatabase {
  const { schema } = settings;
  const sessions = new PostgresSessions(settings);
  const kysely = new Kysely<RegistryTables>({
    dialect: {
      createDriver: () => new PatientDriver(sessions, settings),
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
  });
  // Not through a session's search path: poolers drop it, or pass it to other sessions.
  const db = schema === undefined ? kysely : kysely.withSchema(schema);
  const hasTable = async (connection: ReadConnection, name: string) => {
    // Not to_regclass, whose cache may miss a table just created by another session.
    const query = sql`select 1 from pg_tables where schemaname = coalesce(${schema ?? null}, current_schema()) and tablename = ${name}`;
    return (await query.execute(connection)).rows.length > 0;
  };
  return {
    db,
    columnTypes: { bytes: 'bytea', autoIncrement: 'serial' },
    hasTable,
    lockForMigration: async (tx) => void (await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx)),
    schemaForTables: async (tx) => {
      if (!(await hasTable(tx, 'store_info'))) await requireEncoding(tx, describeServer(settings));
      return schema ?? (await currentSchema(tx));
    },
    serverVersion: async () => {
      const query = sql<{ server_version: string }>`show server_version`;
      const { server_version } = (await query.execute(db)).rows[0]!;
      return `PostgreSQL ${server_version}, ${sessions.encrypted ? 'with TLS' : 'without TLS'}`;
    },
  };
}

async function requireEncoding(tx: WriteTransaction, where: string): Promise<void> {
  const { server_encoding } = (await sql<{ server_encoding: string }>`show server_encoding`.execute(tx)).rows[0]!;
  if (ENCODINGS.includes(server_encoding)) return;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The database at ${where} has the encoding ${server_encoding}, which cannot store every name; create one with encoding 'UTF8' (and template template0), and name it in ${URL_VARIABLE}.`,
  );
}

async function currentSchema(tx: WriteTransaction): Promise<string> {
  const { schema } = (await sql<{ schema: string | null }>`select current_schema() as schema`.execute(tx)).rows[0]!;
  if (schema !== null) return schema;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The role's search_path names no schema that exists; add schema=... to ${URL_VARIABLE}.`,
  );
}

/** The type that the driver acquires and releases; Kysely's type for releasing is narrower. */
type Session = Parameters<PostgresDriver['releaseConnection']>[0];

class PatientDriver extends PostgresDriver {
  readonly #where: string;
  readonly #begin: string;
  readonly #retryForMs: number;
  readonly #inTransaction = new WeakSet<DatabaseConnection>();

  constructor(pool: PostgresSessions, settings: PostgresSettings) {
    super({ pool });
    this.#where = describeServer(settings);
    this.#begin = beginStatements(settings.options);
    this.#retryForMs = settings.connectTimeoutMs ?? RETRY_FOR_MS;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const session = await this.#connect();
    const connection = intercepted(session, (query) =>
      // A single statement is a whole transaction and can be retried here; a longer transaction is retried by the caller.
      this.#inTransaction.has(connection) ? this.#explained(query(session)) : this.#untilDone(session, query),
    );
    return connection;
  }

  /** Retries a statement that the server rolled back; in a new session if the first one was lost. */
  async #untilDone<T>(first: Session, query: (on: DatabaseConnection) => Promise<T>): Promise<T> {
    let hasDied = false;
    return againWhenAborted(async () => {
      try {
        return await (hasDied ? this.#inNewSession(query) : this.#explained(query(first)));
      } catch (error) {
        hasDied ||= error instanceof SessionLost;
        throw error;
      }
    });
  }

  async #inNewSession<T>(query: (on: DatabaseConnection) => Promise<T>): Promise<T> {
    const session = await this.#connect();
    try {
      return await this.#explained(query(session));
    } finally {
      await super.releaseConnection(session);
    }
  }

  async #explained<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw explainQuery(error, this.#where);
    }
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    this.#inTransaction.add(connection);
    await connection.executeQuery(CompiledQuery.raw(this.#begin));
  }

  /** Kysely throws its own error when the transaction had failed before. */
  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.commitTransaction(connection);
    } catch (error) {
      throw explain(error, this.#where);
    }
  }

  /** Jitter spreads the reconnections of jobs that lost the same server. */
  async #connect(): Promise<Session> {
    const deadline = Date.now() + this.#retryForMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        return (await super.acquireConnection()) as Session;
      } catch (error) {
        if (!isPassing(error) || Date.now() + pause > deadline) throw explain(error, this.#where);
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }
}

/** Writers queue for the log; the server gives up before the client does, whose connection would be lost. */
const WAIT_MS = 0.8 * QUERY_TIMEOUT_MS;
/** A client that vanished during a transaction blocks the log no longer than this. */
const IDLE_IN_TRANSACTION_MS = 60_000;

const TRANSACTION_SETTINGS: Readonly<Record<string, number>> = {
  lock_timeout: WAIT_MS,
  statement_timeout: WAIT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
};

/**
 * Overrides the defaults of server, role and database. Not by session parameters, which poolers refuse.
 * @param options the user's own settings, which take precedence.
 */
function beginStatements(options: string | undefined): string {
  const given = settingsIn(options);
  const settings = Object.entries(TRANSACTION_SETTINGS).filter(([name]) => !given.includes(name));
  return [
    'start transaction isolation level read committed, read write',
    ...settings.map(([name, value]) => `set local ${name} = ${value}`),
  ].join('; ');
}
