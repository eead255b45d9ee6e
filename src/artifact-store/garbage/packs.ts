import { sql } from 'kysely';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { decodeFrames, type Frame } from '../packs/format.ts';

/** A pack, and how much of it is needed. */
export interface PackUse {
  id: number;
  key: string;
  storedBytes: number;
  frames: Frame[];
  /** Since when no content is found in it. */
  doomedAt: string | null;
  /** Contents that are found in it. */
  contents: number;
  /** Of those, the ones that stay, before compression: not doomed, or not for long enough. */
  kept: number;
  keptBytes: number;
}

const PAGE_ROWS = 500;

/** Every pack, or those with the ids. Contents doomed after `cutoff` count as kept. */
export async function* packUse(db: ReadConnection, cutoff: string, ids?: readonly number[]): AsyncIterable<PackUse> {
  const stays = sql<boolean>`contents.doomed_at is null or contents.doomed_at > ${cutoff}`;
  for (let last = 0; ; ) {
    const query = db
      .selectFrom('packs')
      .leftJoin('contents', 'contents.pack_id', 'packs.id')
      .select(['packs.id', 'packs.storage_key', 'packs.stored_bytes', 'packs.frames', 'packs.doomed_at'])
      .select(({ fn }) => [
        fn.count<number>('contents.digest').as('contents'),
        fn.sum<number>(sql`case when contents.digest is not null and (${stays}) then 1 else 0 end`).as('kept'),
        fn.sum<number>(sql`case when ${stays} then coalesce(contents.length, 0) else 0 end`).as('keptBytes'),
      ])
      .groupBy(['packs.id', 'packs.storage_key', 'packs.stored_bytes', 'packs.frames', 'packs.doomed_at'])
      .where('packs.id', '>', last)
      .orderBy('packs.id')
      .limit(PAGE_ROWS);
    const page = await (ids === undefined ? query : query.where('packs.id', 'in', ids)).execute();
    for (const row of page) {
      yield {
        id: row.id,
        key: row.storage_key,
        storedBytes: row.stored_bytes,
        frames: decodeFrames(decodeCbor(row.frames), `The registry's entry for pack "${row.storage_key}"`),
        doomedAt: row.doomed_at,
        // Counts of 64-bit integers come back as text from PostgreSQL.
        contents: Number(row.contents),
        kept: Number(row.kept),
        keptBytes: Number(row.keptBytes),
      };
    }
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.id;
  }
}

/** Whether a pack can go: nothing found in it stays, and nobody can be reading it since its contents were moved. */
export function isRemovable({ contents, kept, doomedAt }: PackUse, cutoff: string): boolean {
  return contents > 0 ? kept === 0 : doomedAt !== null && doomedAt <= cutoff;
}

/** Begins the grace period of packs in which no content is found. */
export async function doomEmptyPacks(tx: WriteTransaction, ids: readonly number[], now: string): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('packs')
    .set({ doomed_at: now })
    .where('id', 'in', ids)
    .where('doomed_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('contents').select('digest').whereRef('contents.pack_id', '=', 'packs.id'))),
    )
    .execute();
}
