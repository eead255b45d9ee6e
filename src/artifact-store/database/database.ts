import type { Kysely, Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { ArchiveError } from '../errors.ts';
import { type ColumnTypes, FORMAT_VERSION, migrations, NEWEST_TABLE, TABLES } from './migrations.ts';
import type { RegistryTables } from './schema.ts';

/** A connection to the database that caches a store's log, of any kind. Its errors name the database and the remedy. */
export interface RegistryDatabase {
  readonly db: Kysely<RegistryTables>;
  readonly columnTypes: ColumnTypes;
  hasTable(db: ReadConnection, name: string): Promise<boolean>;
  /** First statement of a migration: keeps other processes out until the transaction ends. */
  lockForMigration(tx: WriteTransaction): Promise<void>;
  /**
   * The schema in which to create tables, for databases with schemas.
   * @throws ArchiveError `CONFIG_INVALID` when no registry can be created in this database.
   */
  schemaForTables?(tx: WriteTransaction): Promise<string>;
  /** Product and version, for people. */
  serverVersion(): Promise<string>;
  /** A copy in memory of a database file; changes to it are lost. */
  copyInMemory?(): RegistryDatabase;
}

export type WriteTransaction = Transaction<RegistryTables>;
/** For reads, inside or outside a transaction. */
export type ReadConnection = Kysely<RegistryTables>;

/** Previous digest of the first event. */
export const GENESIS_DIGEST: Uint8Array = Buffer.alloc(32);

/** Previous position of the first segment. */
export const NO_SEGMENT: { segment: number; segmentDigest: Uint8Array } = {
  segment: 0,
  segmentDigest: Buffer.alloc(32),
};

/** Which store the tables cache. */
export interface CacheInfo {
  storeId: string;
  format: number;
  /** Whether all tables exist that this version of the software needs. */
  isCurrent: boolean;
}

/** Exists in every version. */
const OLDEST_TABLE = 'store_info';

/** Kysely's own. */
const MIGRATION_TABLES = ['kysely_migration', 'kysely_migration_lock'];

/**
 * Reads which store the tables cache; undefined without tables.
 * @throws ArchiveError `FORMAT_UNSUPPORTED` when they are of a newer version.
 */
export async function readCacheInfo(
  database: RegistryDatabase,
  db: ReadConnection = database.db,
): Promise<CacheInfo | undefined> {
  if (!(await database.hasTable(db, OLDEST_TABLE))) return undefined;
  const info = await db.selectFrom('store_info').select(['store_id', 'format_version']).executeTakeFirst();
  if (info === undefined) return undefined;
  if (info.format_version > FORMAT_VERSION) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The store's registry has format version ${info.format_version}, newer than this software reads (${FORMAT_VERSION}); upgrade infospace-archive.`,
      undefined,
      { expected: `${FORMAT_VERSION}`, actual: `${info.format_version}` },
    );
  }
  const isCurrent = info.format_version === FORMAT_VERSION && (await database.hasTable(db, NEWEST_TABLE));
  return { storeId: info.store_id, format: info.format_version, isCurrent };
}

/** Creates empty tables for a store's log, replacing those of an older version; see `lockForMigration`. */
export async function makeTables(
  database: RegistryDatabase,
  tx: WriteTransaction,
  { storeId, now }: { storeId: string; now: Date },
): Promise<void> {
  const schema = await database.schemaForTables?.(tx);
  const { schema: tables } = schema === undefined ? tx : tx.withSchema(schema);
  const isOurs = await database.hasTable(tx, OLDEST_TABLE);
  if (isOurs) for (const table of [...TABLES, ...MIGRATION_TABLES]) await tables.dropTable(table).ifExists().execute();
  await migrate(database, tx, schema);
  const info = { store_id: storeId, format_version: FORMAT_VERSION, created_at: now.toISOString() };
  await tx.insertInto('store_info').values(info).execute();
  const { segment, segmentDigest: segment_digest } = NO_SEGMENT;
  const head = { id: 1 as const, sequence: 0, digest: GENESIS_DIGEST, segment, segment_digest };
  await tx.insertInto('event_head').values(head).execute();
}

/** Adds empty tables that an older version of the software did not create; the others keep their rows. */
export async function addTables(database: RegistryDatabase, tx: WriteTransaction): Promise<void> {
  await migrate(database, tx, await database.schemaForTables?.(tx));
}

/** @param schema to distinguish tables of the same names in other schemas. */
async function migrate(database: RegistryDatabase, tx: WriteTransaction, schema: string | undefined): Promise<void> {
  const place = schema === undefined ? {} : { migrationTableSchema: schema };
  const provider = { getMigrations: async () => migrations(database.columnTypes) };
  const { error } = await new Migrator({ db: tx, provider, ...place }).migrateToLatest();
  if (error !== undefined) throw error;
}
