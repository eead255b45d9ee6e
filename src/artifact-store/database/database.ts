import type { Kysely, Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { v7 as uuidv7 } from 'uuid';
import { ArchiveError } from '../errors.ts';
import { type ColumnTypes, FORMAT_VERSION, migrations } from './migrations.ts';
import type { RegistryTables } from './schema.ts';

/** A connection to the registry's database, of whichever kind. Its errors name the database and the remedy. */
export interface RegistryDatabase {
  readonly db: Kysely<RegistryTables>;
  readonly columnTypes: ColumnTypes;
  /** Whether there is a registry, of whichever version. */
  hasTables(db: ReadConnection): Promise<boolean>;
  /** First statement of a migration: keeps other processes out until the transaction ends. */
  lockForMigration(tx: WriteTransaction): Promise<void>;
  /**
   * The schema that tables are made in, of a database that has some.
   *
   * @throws ArchiveError `CONFIG_INVALID` when no registry can be made in this database.
   */
  schemaForTables?(tx: WriteTransaction): Promise<string>;
  /** For people: product and version. */
  serverVersion(): Promise<string>;
  /** Differs once anybody has committed a change; inside of a transaction, as when it began. Undefined where none can be told. */
  state?(db: ReadConnection): Promise<string>;
  /** A copy that lives in memory, where the database is a file; changes of it are lost. */
  copyInMemory?(): RegistryDatabase;
}

export type WriteTransaction = Transaction<RegistryTables>;
/** For reads, inside a transaction or out of one. */
export type ReadConnection = Kysely<RegistryTables>;

/** No event precedes the first one. */
export const GENESIS_DIGEST: Uint8Array = Buffer.alloc(32);

/**
 * Makes or updates the tables when they are not of this version.
 *
 * @throws ArchiveError `FORMAT_UNSUPPORTED` when the store is of a newer one.
 */
export async function migrate(database: RegistryDatabase, now: Date): Promise<void> {
  if ((await formatVersion(database, database.db)) === FORMAT_VERSION) return;
  await database.db.transaction().execute(async (tx) => {
    await database.lockForMigration(tx);
    // Another process may have come first.
    if ((await formatVersion(database, tx)) === FORMAT_VERSION) return;
    const provider = { getMigrations: async () => migrations(database.columnTypes) };
    // Another schema may have tables of the same names.
    const schema = await database.schemaForTables?.(tx);
    const place = schema === undefined ? {} : { migrationTableSchema: schema };
    const { error } = await new Migrator({ db: tx, provider, ...place }).migrateToLatest();
    if (error !== undefined) throw error;
    const updated = await tx.updateTable('store_info').set({ format_version: FORMAT_VERSION }).executeTakeFirst();
    if (updated.numUpdatedRows > 0n) return;
    const info = { store_id: uuidv7(), format_version: FORMAT_VERSION, created_at: now.toISOString() };
    await tx.insertInto('store_info').values(info).execute();
    await tx.insertInto('event_head').values({ id: 1, sequence: 0, digest: GENESIS_DIGEST }).execute();
  });
}

/**
 * @throws ArchiveError `NOT_FOUND` with the remedy when there are no tables; `FORMAT_UNSUPPORTED` when they are of another
 * version.
 */
export async function requireFormat(database: RegistryDatabase, remedy: string): Promise<void> {
  const version = await formatVersion(database, database.db);
  if (version === undefined) throw new ArchiveError('NOT_FOUND', `The store is empty; ${remedy}.`);
  if (version < FORMAT_VERSION) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The store's registry has format version ${version}, and this software needs ${FORMAT_VERSION}; run "infospace-archive store migrate" first.`,
    );
  }
}

/**
 * The registry as this version has it, to be read: one of an older version is migrated in memory, so that a store on a
 * read-only medium, or one that its owner does not want to change, can be read. A server's is migrated by its operator.
 *
 * @returns the database itself or, having closed it, the copy.
 * @throws ArchiveError as {@link requireFormat}.
 */
export async function readable(database: RegistryDatabase, remedy: string): Promise<RegistryDatabase> {
  const version = await formatVersion(database, database.db);
  if (version === undefined || version >= FORMAT_VERSION || database.copyInMemory === undefined) {
    await requireFormat(database, remedy);
    return database;
  }
  const copy = database.copyInMemory();
  await migrate(copy, new Date());
  await database.db.destroy();
  return copy;
}

async function formatVersion(database: RegistryDatabase, db: ReadConnection): Promise<number | undefined> {
  if (!(await database.hasTables(db))) return undefined;
  const info = await db.selectFrom('store_info').select('format_version').executeTakeFirst();
  if (info !== undefined && info.format_version > FORMAT_VERSION) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The store's registry has format version ${info.format_version}, newer than this software reads (${FORMAT_VERSION}); upgrade infospace-archive.`,
    );
  }
  return info?.format_version;
}
