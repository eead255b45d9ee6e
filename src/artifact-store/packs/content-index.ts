import { sql } from 'kysely';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { contentList, digestList } from '../database/lists.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import type { EventDraft } from '../events/model.ts';
import { DIGEST_BYTES, formatContentAddress, toHex } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { decodeFrames, encodeFrames, type Frame, type PackTrailer, placeContents } from './format.ts';

/** A pack whose bytes are durable. */
export interface SealedPack extends PackTrailer {
  key: string;
  storedBytes: number;
}

/** Contents, of which one may be listed twice, and what they come to. */
export interface ContentList {
  /** Their digests, end to end. */
  packed: Uint8Array;
  /** Of all of them; one that is listed twice counts twice. */
  bytes: number;
}

/** Distinct contents, and what they come to. */
export class ContentSet implements ContentList {
  readonly #digests = new DigestSet();
  bytes = 0;

  get packed(): Uint8Array {
    return this.#digests.packed;
  }

  add(digest: Uint8Array, length: number): void {
    if (this.#digests.add(digest)) this.bytes += length;
  }
}

/** Where a content lies. */
export interface ContentLocation {
  digest: Uint8Array;
  packId: number;
  /** In the pack's stream of raw bytes. */
  rawOffset: number;
  length: number;
  /** Whether no package needs it, so that it may go. */
  doomed: boolean;
  damaged: boolean;
}

export interface PackLocation {
  key: string;
  storedBytes: number;
  frames: Frame[];
}

/** SQLite takes 32,766 variables in a statement, and large statements are slow to prepare. */
const ROWS_PER_STATEMENT = 500;
/** In one parameter; bounds what a statement and its answer hold in memory. */
const LISTED_PER_STATEMENT = 5000;

/**
 * Makes the contents of a pack findable. A content that another pack holds already stays where it was, unless it is doomed
 * or damaged there.
 *
 * @returns the digests of those that were damaged and no longer are.
 */
export async function addPack(tx: WriteTransaction, pack: SealedPack): Promise<Uint8Array[]> {
  const id = await insertPack(tx, pack);
  const healed: Uint8Array[] = [];
  for (const part of partsOf(placeContents(pack.contents), LISTED_PER_STATEMENT)) {
    const digests = part.map(({ digest }) => digest);
    const damaged = listed(tx, Buffer.concat(digests)).select('contents.digest').where('damaged_at', 'is not', null);
    for (const { digest } of await damaged.execute()) healed.push(digest);
    await tx
      .insertInto('contents')
      .columns(['digest', 'pack_id', 'raw_offset', 'length'])
      // Without "where", SQLite takes the "on" of the conflict for that of a join.
      .expression(sql`select digest, ${id}, raw_offset, length from ${contentList(tx, part)} as added where true`)
      .onConflict((conflict) =>
        conflict
          .column('digest')
          .doUpdateSet((row) => ({
            pack_id: row.ref('excluded.pack_id'),
            raw_offset: row.ref('excluded.raw_offset'),
            length: row.ref('excluded.length'),
            doomed_at: null,
            damaged_at: null,
          }))
          .where((row) =>
            row.or([row('contents.doomed_at', 'is not', null), row('contents.damaged_at', 'is not', null)]),
          ),
      )
      .execute();
  }
  return healed;
}

/** Whether garbage collection took one of these objects for an orphan: it may be gone. */
export async function areRemoved(db: ReadConnection, keys: readonly string[]): Promise<boolean> {
  const removed = db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).limit(1);
  return (await removed.executeTakeFirst()) !== undefined;
}

/** @throws ArchiveError `STATE_CONFLICT` for objects that {@link areRemoved}. */
export async function refuseRemoved(tx: WriteTransaction, keys: readonly string[]): Promise<void> {
  if (!(await areRemoved(tx, keys))) return;
  throw new ArchiveError(
    'STATE_CONFLICT',
    'This took longer than the grace period of a garbage collection, which removed what was stored so far; do it again.',
  );
}

async function insertPack(tx: WriteTransaction, { key, storedBytes, frames }: SealedPack): Promise<number> {
  await refuseRemoved(tx, [key]);
  const row = {
    storage_key: key,
    stored_bytes: storedBytes,
    frames: encodeCbor(encodeFrames(frames)),
    doomed_at: null,
  };
  return (await tx.insertInto('packs').values(row).returning('id').executeTakeFirstOrThrow()).id;
}

/** Makes the contents of a pack, which were copied out of others, be found in it; those that left them meanwhile are waste. */
export async function movePack(tx: WriteTransaction, pack: SealedPack, from: readonly number[]): Promise<void> {
  const pack_id = await insertPack(tx, pack);
  for (const part of partsOf(placeContents(pack.contents), LISTED_PER_STATEMENT)) {
    await tx
      .updateTable('contents')
      .from(contentList(tx, part).as('moved'))
      .set((row) => ({ pack_id, raw_offset: row.ref('moved.raw_offset') }))
      .whereRef('contents.digest', '=', 'moved.digest')
      // The plus keeps SQLite from the index of packs, with which it compares each of their contents with the whole list.
      .where(sql<number>`+contents.pack_id`, 'in', from)
      .execute();
  }
}

/** Marks contents as doomed since then, or with null takes the mark away; what is marked already stays as it is. */
export async function setDoomed(
  tx: WriteTransaction,
  digests: readonly Uint8Array[],
  doomed_at: string | null,
): Promise<void> {
  for (const part of digestParts(Buffer.concat(digests))) {
    await tx
      .updateTable('contents')
      .from(digestList(tx, part).as('listed'))
      .set({ doomed_at })
      .whereRef('contents.digest', '=', 'listed.digest')
      .where('doomed_at', doomed_at === null ? 'is not' : 'is', null)
      .execute();
  }
}

/** Those of these contents that there are; one that is listed twice comes twice. */
function listed(db: ReadConnection, packed: Uint8Array) {
  return db.selectFrom(digestList(db, packed).as('listed')).innerJoin('contents', 'contents.digest', 'listed.digest');
}

/** Finds contents by their digests; one that is not in the store is absent. Keys are digests in hexadecimal. */
export async function locateContents(
  db: ReadConnection,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation>> {
  const found = new Map<string, ContentLocation>();
  for (const part of digestParts(Buffer.concat(digests))) {
    const rows = await listed(db, part).selectAll('contents').execute();
    for (const { digest, pack_id, raw_offset, length, doomed_at, damaged_at } of rows) {
      const state = { doomed: doomed_at !== null, damaged: damaged_at !== null };
      found.set(toHex(digest), { digest, packId: pack_id, rawOffset: raw_offset, length, ...state });
    }
  }
  return found;
}

/** Whether the store holds all of these contents for packages to use. */
export async function holdsAll(db: ReadConnection, { packed, bytes: total }: ContentList): Promise<boolean> {
  let count = packed.byteLength / DIGEST_BYTES;
  let bytes = total;
  for (const part of digestParts(packed)) {
    const usable = await listed(db, part)
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>('length').as('bytes')])
      .where('doomed_at', 'is', null)
      .where('damaged_at', 'is', null)
      .executeTakeFirstOrThrow();
    // Both come back as text from PostgreSQL.
    count -= Number(usable.count);
    bytes -= Number(usable.bytes);
  }
  return count === 0 && bytes === 0;
}

export async function hasContents(db: ReadConnection): Promise<boolean> {
  return (await db.selectFrom('contents').select('digest').limit(1).executeTakeFirst()) !== undefined;
}

/** @throws ArchiveError `INTEGRITY` when there is none: garbage collection removed it meanwhile, or the registry is damaged. */
export async function findPack(db: ReadConnection, packId: number): Promise<PackLocation> {
  const pack = await db.selectFrom('packs').selectAll().where('id', '=', packId).executeTakeFirst();
  if (pack === undefined) {
    throw new ArchiveError(
      'INTEGRITY',
      `The registry has no pack ${packId}, in which it places contents; run "infospace-archive store check --deep".`,
    );
  }
  return {
    key: pack.storage_key,
    storedBytes: pack.stored_bytes,
    frames: decodeFrames(decodeCbor(pack.frames), `The registry's entry for pack "${pack.storage_key}"`),
  };
}

function* digestParts(packed: Uint8Array): Iterable<Uint8Array> {
  const bytes = LISTED_PER_STATEMENT * DIGEST_BYTES;
  for (let at = 0; at < packed.byteLength; at += bytes) yield packed.subarray(at, at + bytes);
}

export function* partsOf<T>(items: readonly T[], size = ROWS_PER_STATEMENT): Iterable<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

/** The event of a pack that becomes part of the store. */
export function sealedEvent(pack: SealedPack): EventDraft {
  const raw = pack.frames.reduce((sum, frame) => sum + frame.rawLength, 0);
  return {
    type: 'v1.pack.sealed',
    subjectKind: 'pack',
    subjectId: pack.key,
    payload: { stored_bytes: pack.storedBytes, raw_bytes: raw },
  };
}

/** The event of a content that was found damaged in an object, or sound again. */
export function contentEvent(
  type: 'v1.content.damaged' | 'v1.content.healed',
  digest: Uint8Array,
  key: string,
): EventDraft {
  return { type, subjectKind: 'content', subjectId: formatContentAddress(digest), payload: { storage_key: key } };
}
