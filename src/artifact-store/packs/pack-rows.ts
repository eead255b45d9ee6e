import { sql } from 'kysely';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { contentList, LISTED_PER_STATEMENT } from '../database/lists.ts';
import { encodeCbor } from '../encoding/cbor.ts';
import { LeftStoreError } from '../errors.ts';
import { formatContentAddress } from '../identity/digest.ts';
import type { EventDraft } from '../log/model.ts';
import { partsOf } from '../parts.ts';
import { encodeFrames, type PackedList, type PackTrailer, type PlacedContent, placeContents } from './format.ts';
import { encodeForIndex } from './sealed-table.ts';

/** A pack whose bytes are durable. */
export interface SealedPack extends PackTrailer {
  key: string;
  storedBytes: number;
  /** The decrypted table, in an encrypted store. */
  table?: PackTrailer | undefined;
}

/** Converts a pack to its form in the index. */
export function indexed({ frames, contents, lists, sealed }: PackTrailer): {
  frames: Buffer;
  contents: PlacedContent[];
  lists: PackedList[];
} {
  if (!sealed) return { frames: encodeCbor(encodeFrames(frames)), contents: placeContents(contents), lists };
  // In a sealed pack, contents have a number instead of an offset and a size. With it, the table gives the place.
  return {
    frames: encodeForIndex(sealed),
    contents: contents.map((content, rawOffset) => ({ ...content, rawOffset })),
    lists: lists.map((list, size) => ({ ...list, size })),
  };
}

/** Adds the contents of a pack to the index. */
export async function addPack(
  tx: WriteTransaction,
  { key, storedBytes, ...trailer }: Omit<SealedPack, 'table'>,
): Promise<void> {
  const { frames, contents, lists } = indexed(trailer);
  const row = {
    storage_key: key,
    stored_bytes: storedBytes,
    raw_bytes: trailer.frames.reduce((sum, { rawLength }) => sum + rawLength, 0),
    frames,
  };
  const { id } = await tx.insertInto('packs').values(row).returning('id').executeTakeFirstOrThrow();
  for (const part of partsOf(contents, LISTED_PER_STATEMENT)) {
    await tx
      .insertInto('contents')
      .columns(['digest', 'pack_id', 'raw_offset', 'length'])
      // Without "where", SQLite parses the "on" of the conflict as that of a join.
      .expression(sql`select digest, ${id}, raw_offset, length from ${contentList(tx, part)} as added where true`)
      .onConflict((conflict) => conflict.columns(['digest', 'pack_id']).doNothing())
      .execute();
  }
  await addLists(tx, id, lists);
  await replaceDamaged(tx, id);
}

async function addLists(tx: WriteTransaction, pack_id: number, lists: readonly PackedList[]): Promise<void> {
  for (const part of partsOf(lists)) {
    await tx
      .insertInto('lists')
      .values(part.map(({ digest, size, root }) => ({ digest, pack_id, size, root, damaged_at: null })))
      .onConflict((conflict) => conflict.columns(['digest', 'pack_id']).doNothing())
      .execute();
  }
}

/** Tables with the places of contents. Kysely cannot type a union of tables; they have the columns used here in common. */
export const PLACES = ['contents', 'lists'] as readonly 'contents'[];

/** Makes packages with damaged contents also need the given pack, which has them intact. */
async function replaceDamaged(tx: WriteTransaction, packId: number): Promise<void> {
  if (!(await hasDamage(tx))) return;
  for (const table of PLACES) {
    const packs = await tx
      .selectFrom(`${table} as damaged`)
      .innerJoin('packs', 'packs.id', 'damaged.pack_id')
      .innerJoin(`${table} as added`, 'added.digest', 'damaged.digest')
      .select('packs.id')
      .distinct()
      .where('added.pack_id', '=', packId)
      .where((row) => row.or([row('damaged.damaged_at', 'is not', null), row('packs.damaged_at', 'is not', null)]))
      .execute();
    const ids = packs.map(({ id }) => id).filter((id) => id !== packId);
    await shareNeeds(tx, ids, [packId]);
  }
}

/** Makes packages that need a damaged pack also need the packs that have the same contents intact. */
export async function shareDamaged(tx: WriteTransaction, packId: number): Promise<void> {
  for (const table of PLACES) {
    const sound = await tx
      .selectFrom(`${table} as damaged`)
      .innerJoin('packs as hurt', 'hurt.id', 'damaged.pack_id')
      .innerJoin(`${table} as other`, 'other.digest', 'damaged.digest')
      .innerJoin('packs', 'packs.id', 'other.pack_id')
      .select('packs.id')
      .distinct()
      .where('damaged.pack_id', '=', packId)
      .where((row) => row.or([row('damaged.damaged_at', 'is not', null), row('hurt.damaged_at', 'is not', null)]))
      .where('other.pack_id', '!=', packId)
      .where('other.damaged_at', 'is', null)
      .where('packs.damaged_at', 'is', null)
      .where('packs.retired_at', 'is', null)
      .execute();
    await shareNeeds(
      tx,
      [packId],
      sound.map(({ id }) => id),
    );
  }
}

/** Whether anything is marked as damaged. */
export async function hasDamage(db: ReadConnection): Promise<boolean> {
  const packs = db.selectFrom('packs').select('id').where('damaged_at', 'is not', null).limit(1);
  if ((await packs.executeTakeFirst()) !== undefined) return true;
  for (const table of PLACES) {
    const contents = db.selectFrom(table).select('pack_id').where('damaged_at', 'is not', null).limit(1);
    if ((await contents.executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/** Makes packages that need one of the first packs need the others too. */
export async function shareNeeds(tx: WriteTransaction, from: readonly number[], to: readonly number[]): Promise<void> {
  if (from.length === 0) return;
  for (const packId of to) {
    await tx
      .insertInto('package_packs')
      .columns(['package_id', 'pack_id', 'bytes'])
      .expression((row) =>
        row
          .selectFrom('package_packs')
          .select(['package_id', sql<number>`cast(${packId} as integer)`.as('pack_id'), sql<number>`0`.as('bytes')])
          .distinct()
          .where('pack_id', 'in', from),
      )
      .onConflict((conflict) => conflict.columns(['package_id', 'pack_id']).doNothing())
      .execute();
  }
}

/** Whether one of these objects was removed, or is about to be. */
export async function areRemoved(db: ReadConnection, keys: readonly string[]): Promise<boolean> {
  const removed = db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).limit(1);
  return (await removed.executeTakeFirst()) !== undefined;
}

/** @throws ArchiveError `STATE_CONFLICT` for objects that {@link areRemoved}. */
export async function refuseRemoved(tx: ReadConnection, keys: readonly string[]): Promise<void> {
  if (!(await areRemoved(tx, keys))) return;
  throw new LeftStoreError(
    'STATE_CONFLICT',
    'This took longer than the grace period of a garbage collection, which removed what was stored so far; do it again.',
  );
}

/** The keys of packs, by their ids. */
export async function packKeys(db: ReadConnection, ids: readonly number[]): Promise<Map<number, string>> {
  const keys = new Map<number, string>();
  for (const part of partsOf(ids)) {
    const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('id', 'in', part).execute();
    for (const { id, storage_key } of rows) keys.set(id, storage_key);
  }
  return keys;
}

/** Ids of packs, for those keys that exist. */
export async function packIds(db: ReadConnection, keys: readonly string[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const part of partsOf(keys)) {
    const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('storage_key', 'in', part).execute();
    for (const { id, storage_key } of rows) ids.set(storage_key, id);
  }
  return ids;
}

/** The event of a pack that is added to the store. */
export function sealedEvent(pack: SealedPack): EventDraft {
  const raw = pack.table ? 0 : pack.frames.reduce((sum, frame) => sum + frame.rawLength, 0);
  return {
    type: 'v1.pack.sealed',
    subjectKind: 'pack',
    subjectId: pack.key,
    payload: { stored_bytes: pack.storedBytes, raw_bytes: raw },
  };
}

/** The event of a content that was found damaged in an object, or intact again. */
export function contentEvent(
  type: 'v1.content.damaged' | 'v1.content.healed',
  digest: Uint8Array,
  key: string,
): EventDraft {
  return { type, subjectKind: 'content', subjectId: formatContentAddress(digest), payload: { storage_key: key } };
}
