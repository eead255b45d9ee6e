import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The newest `store_info.format_version` this software writes and reads. */
export const FORMAT_VERSION = 3;

/** Column types that differ between databases. */
export interface ColumnTypes {
  bytes: 'blob' | 'bytea';
  autoIncrement: 'integer' | 'serial';
}

/** All tables, including those of formats 1 and 2. */
export const TABLES = [
  'store_info',
  'event_head',
  'events',
  'packages',
  'holds',
  'tombstones',
  'removed_objects',
  'packs',
  'contents',
  'package_packs',
  'labels',
  'notes',
  'lists',
] as const;

/** Created by the newest migration: without it, the tables are outdated. */
export const NEWEST_TABLE = 'lists';

/** Migrations by name, applied in name order. A released migration is never changed. */
export function migrations(types: ColumnTypes): Record<string, Migration> {
  return {
    // Databases of formats 1 and 2 had 0001_initial and 0002_lifecycle; their tables are dropped.
    '0003_cache': { up: (db) => createTables(db, types) },
    '0004_names': { up: (db) => createNames(db) },
    '0005_lists': { up: (db) => createLists(db, types) },
  };
}

async function createTables({ schema }: Kysely<unknown>, { bytes, autoIncrement }: ColumnTypes): Promise<void> {
  /** An index of the few marked rows. */
  const indexWhere = (name: string, table: string, column: string, mark: string) =>
    schema.createIndex(name).on(table).column(column).where(sql.ref(mark), 'is not', null).execute();
  await schema
    .createTable('store_info')
    .addColumn('store_id', 'text', (column) => column.notNull())
    .addColumn('format_version', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('event_head')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('digest', bytes, (column) => column.notNull())
    .addColumn('segment', 'bigint', (column) => column.notNull())
    .addColumn('segment_digest', bytes, (column) => column.notNull())
    .execute();
  await schema
    .createTable('events')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('event_type', 'text', (column) => column.notNull())
    .addColumn('subject_kind', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('payload', bytes, (column) => column.notNull())
    .addColumn('payload_digest', bytes, (column) => column.notNull())
    .addColumn('previous_digest', bytes, (column) => column.notNull())
    .execute();
  await schema
    .createTable('packages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('producer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('finalized_at', 'text', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('retention_class', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('expired_at', 'text')
    .addColumn('manifest_digest', bytes, (column) => column.notNull().unique())
    .addColumn('manifest_key', 'text', (column) => column.notNull())
    .addColumn('manifest_base', bytes)
    .addColumn('content_digest', bytes, (column) => column.notNull())
    .addColumn('file_count', 'bigint', (column) => column.notNull())
    .addColumn('total_bytes', 'bigint', (column) => column.notNull())
    .addColumn('needs_known', 'integer', (column) => column.notNull())
    .execute();
  await schema.createIndex('packages_by_subject').on('packages').columns(['subject', 'position']).execute();
  await schema
    .createTable('holds')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('package_id', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'text', (column) => column.notNull())
    .addColumn('until', 'text')
    .addColumn('released_at', 'text')
    .execute();
  await schema.createIndex('holds_by_package').on('holds').column('package_id').execute();
  await schema
    .createTable('tombstones')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('producer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('retention_class', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('manifest_digest', bytes, (column) => column.notNull().unique())
    .addColumn('manifest_key', 'text', (column) => column.notNull())
    .addColumn('manifest_base', bytes)
    .addColumn('content_digest', bytes, (column) => column.notNull())
    .addColumn('file_count', 'bigint', (column) => column.notNull())
    .addColumn('total_bytes', 'bigint', (column) => column.notNull())
    .addColumn('needs_known', 'integer', (column) => column.notNull())
    .addColumn('disposed_at', 'text', (column) => column.notNull())
    .addColumn('disposed_by', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('removed_objects')
    .addColumn('storage_key', 'text', (column) => column.primaryKey())
    .addColumn('removed_at', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('packs')
    .addColumn('id', autoIncrement, (column) =>
      autoIncrement === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('storage_key', 'text', (column) => column.notNull().unique())
    .addColumn('stored_bytes', 'bigint', (column) => column.notNull())
    .addColumn('raw_bytes', 'bigint', (column) => column.notNull())
    .addColumn('frames', bytes, (column) => column.notNull())
    .addColumn('retired_at', 'text')
    .addColumn('damaged_at', 'text')
    .execute();
  await schema
    .createTable('contents')
    .addColumn('digest', bytes, (column) => column.notNull())
    .addColumn('pack_id', 'integer', (column) => column.notNull())
    .addColumn('raw_offset', 'bigint', (column) => column.notNull())
    .addColumn('length', 'bigint', (column) => column.notNull())
    .addColumn('damaged_at', 'text')
    .addPrimaryKeyConstraint('contents_key', ['digest', 'pack_id'])
    .execute();
  await schema.createIndex('contents_by_pack').on('contents').column('pack_id').execute();
  await indexWhere('contents_damaged', 'contents', 'pack_id', 'damaged_at');
  await indexWhere('packs_damaged', 'packs', 'id', 'damaged_at');
  await indexWhere('packs_retired', 'packs', 'id', 'retired_at');
  await schema
    .createTable('package_packs')
    .addColumn('package_id', 'text', (column) => column.notNull())
    .addColumn('pack_id', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('package_packs_key', ['package_id', 'pack_id'])
    .execute();
  await schema.createIndex('package_packs_by_pack').on('package_packs').column('pack_id').execute();
}

/** Labels, notes and indexes to find packages by parts of their names. */
async function createNames({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('labels')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('package_id', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('set_at', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('labels_by_package').on('labels').column('package_id').execute();
  await schema
    .createTable('notes')
    .addColumn('package_id', 'text', (column) => column.primaryKey())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('amended_at', 'text')
    .execute();
  for (const table of ['packages', 'tombstones']) {
    await schema.createIndex(`${table}_by_content`).on(table).column('content_digest').execute();
    await schema.createIndex(`${table}_by_short_id`).on(table).expression(SHORT_ID).execute();
  }
}

/** Contents stored as chunks. */
async function createLists({ schema }: Kysely<unknown>, { bytes }: ColumnTypes): Promise<void> {
  await schema
    .createTable('lists')
    .addColumn('digest', bytes, (column) => column.notNull())
    .addColumn('pack_id', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('root', bytes, (column) => column.notNull())
    .addColumn('damaged_at', 'text')
    .addPrimaryKeyConstraint('lists_key', ['digest', 'pack_id'])
    .execute();
  await schema.createIndex('lists_by_pack').on('lists').column('pack_id').execute();
}

/** The last eight characters of an id, which are random. The index is used only by queries with the same expression. */
export const SHORT_ID = sql<string>`substr(id, 29)`;
