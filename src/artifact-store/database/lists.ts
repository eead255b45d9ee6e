import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import { DIGEST_BYTES, toHex } from '../identity/digest.ts';
import type { ReadConnection } from './database.ts';
import type { RegistryTables } from './schema.ts';

/*
 * Long lists as one parameter, or one a column: a statement with a variable for each value takes longer to build and to
 * prepare than to run.
 */

/** Items in one parameter; bounds what a statement and its answer hold in memory. */
export const LISTED_PER_STATEMENT = 5000;

/** Digests, end to end, in parts for {@link digestList}. */
export function* digestParts(packed: Uint8Array): Iterable<Uint8Array> {
  const bytes = LISTED_PER_STATEMENT * DIGEST_BYTES;
  for (let at = 0; at < packed.byteLength; at += bytes) yield packed.subarray(at, at + bytes);
}

/**
 * The digests as a subquery to join with: for `in`, SQLite would build a table first.
 * @param packed concatenated digests: other forms take longer to build and parse than the whole lookup.
 */
export function digestList(db: ReadConnection, packed: Uint8Array): RawBuilder<{ digest: Uint8Array }> {
  if (isPostgres(db)) {
    const digests = Array.from({ length: packed.byteLength / DIGEST_BYTES }, (_, i) =>
      packed.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
    );
    return sql`(select unnest(${digests}::bytea[]) as digest)`;
  }
  return sql`(with recursive list (at) as (select 0 union all select at + ${DIGEST_BYTES} from list where at + ${DIGEST_BYTES} < ${packed.byteLength})
    select substr(${packed}, at + 1, ${DIGEST_BYTES}) as digest from list)`;
}

interface PlacedContent {
  digest: Uint8Array;
  rawOffset: number;
  length: number;
}

type PlacedRow = Pick<RegistryTables['contents'], 'digest' | 'raw_offset' | 'length'>;

/** The contents as a subquery. */
export function contentList(db: ReadConnection, contents: readonly PlacedContent[]): RawBuilder<PlacedRow> {
  if (!isPostgres(db)) {
    const rows = contents.map(({ digest, rawOffset, length }) => [toHex(digest), rawOffset, length]);
    return sql`(select unhex(value ->> 0) as digest, value ->> 1 as raw_offset, value ->> 2 as length
      from json_each(${JSON.stringify(rows)}))`;
  }
  const digests = contents.map(({ digest }) => digest);
  const offsets = contents.map(({ rawOffset }) => rawOffset);
  const lengths = contents.map(({ length }) => length);
  return sql`(select * from unnest(${digests}::bytea[], ${offsets}::bigint[], ${lengths}::bigint[])
    as content (digest, raw_offset, length))`;
}

function isPostgres(db: ReadConnection): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
