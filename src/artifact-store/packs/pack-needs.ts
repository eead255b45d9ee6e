import type { ReadConnection } from '../database/database.ts';
import { digestList, digestParts } from '../database/lists.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { partsOf } from '../parts.ts';
import { PLACES } from './pack-rows.ts';

/** Bytes that are needed from each pack, before compression. Keys are pack ids. */
export type PackNeeds = Map<number, number>;

export function addNeed(needs: PackNeeds, packId: number, bytes: number): void {
  needs.set(packId, (needs.get(packId) ?? 0) + bytes);
}

/** Distinct contents, and their total size. */
export interface ContentList {
  /** Concatenated digests. */
  packed: Uint8Array;
  bytes: number;
}

/** The packs that have all of these contents and are usable for new packages; undefined when one is missing. */
export async function needsOf(db: ReadConnection, { packed, bytes }: ContentList): Promise<PackNeeds | undefined> {
  let missing = packed.byteLength / DIGEST_BYTES;
  let missingBytes = bytes;
  const needs: PackNeeds = new Map();
  for (const part of digestParts(packed)) {
    // A content in two packs is returned twice.
    const each = db
      .selectFrom(digestList(db, part).as('listed'))
      .innerJoin('contents', 'contents.digest', 'listed.digest')
      .innerJoin('packs', 'packs.id', 'contents.pack_id')
      .select(({ fn }) => [fn.min<number>('contents.pack_id').as('pack_id'), fn.min<number>('length').as('length')])
      .where('contents.damaged_at', 'is', null)
      .where('packs.damaged_at', 'is', null)
      .where('packs.retired_at', 'is', null)
      .groupBy('contents.digest');
    const rows = await db
      .selectFrom(each.as('each'))
      .select('pack_id')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>('length').as('bytes')])
      .groupBy('pack_id')
      .execute();
    for (const row of rows) {
      // Both come back as text from PostgreSQL.
      missing -= Number(row.count);
      missingBytes -= Number(row.bytes);
      addNeed(needs, row.pack_id, Number(row.bytes));
    }
  }
  return missing === 0 && missingBytes === 0 ? needs : undefined;
}

/** What the newest package with these files needs; undefined when there is none, or new packages cannot use all of it. */
export async function needsOfSame(db: ReadConnection, contentDigest: Uint8Array): Promise<PackNeeds | undefined> {
  const newest = db
    .selectFrom('packages')
    .select('id')
    .where('content_digest', '=', contentDigest)
    .where('needs_known', '=', 1)
    .orderBy('position', 'desc')
    .limit(1);
  const same = await newest.executeTakeFirst();
  if (same === undefined) return undefined;
  const rows = await db
    .selectFrom('package_packs')
    .innerJoin('packs', 'packs.id', 'package_packs.pack_id')
    .where('package_id', '=', same.id)
    .select(['pack_id', 'bytes', 'raw_bytes'])
    .select((query) => {
      const contents = query.selectFrom('contents').whereRef('contents.pack_id', '=', 'packs.id');
      return contents.select(({ fn }) => fn.sum<number | null>('length').as('sum')).as('known_bytes');
    })
    .execute();
  // A database that lost contents must not hide that.
  if (rows.some(({ raw_bytes, known_bytes }) => Number(known_bytes) !== Number(raw_bytes))) return undefined;
  const needs: PackNeeds = new Map(rows.map(({ pack_id, bytes }) => [pack_id, Number(bytes)]));
  return (await areUsable(db, needs)) ? needs : undefined;
}

/** Whether these packs, found usable before, still are. */
export async function areUsable(db: ReadConnection, needs: PackNeeds): Promise<boolean> {
  for (const ids of partsOf([...needs.keys()])) {
    const sound = db
      .selectFrom('packs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('id', 'in', ids)
      .where('retired_at', 'is', null)
      .where('damaged_at', 'is', null);
    if (Number((await sound.executeTakeFirstOrThrow()).count) < ids.length) return false;
    for (const table of PLACES) {
      const damaged = db.selectFrom(table).select('digest').where('pack_id', 'in', ids);
      if (await damaged.where('damaged_at', 'is not', null).limit(1).executeTakeFirst()) return false;
    }
  }
  return true;
}
