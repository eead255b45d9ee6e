import { sql } from 'kysely';
import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { contentList, digestList } from '../database/lists.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import type { PackKey } from '../encryption/pack-key.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, formatContentAddress, toHex } from '../identity/digest.ts';
import type { EventDraft } from '../log/model.ts';
import {
  decodeFrames,
  encodeFrames,
  type Frame,
  type PackedList,
  type PackTrailer,
  type PlacedContent,
  placeContents,
} from './format.ts';
import { namesOf, openPack, type SealedIndex } from './sealed-index.ts';
import { decodeFromIndex, encodeForIndex } from './sealed-table.ts';

/** A pack whose bytes are durable. */
export interface SealedPack extends PackTrailer {
  key: string;
  storedBytes: number;
  /** What the log tells of it in an encrypted store. */
  table?: PackTrailer | undefined;
}

/** Where contents are looked up. */
export type ContentIndex = SealedIndex;

/** What is needed of packs, by their ids, in bytes before compression. */
export type PackNeeds = Map<number, number>;

export function addNeed(needs: PackNeeds, packId: number, bytes: number): void {
  needs.set(packId, (needs.get(packId) ?? 0) + bytes);
}

/** What is known of a content in a pack; of one in several packs, in the best of them. */
interface Location {
  digest: Uint8Array;
  packId: number;
  length: number;
  /** Whether new packages may use it: it is sound there as far as is known, and the pack is not retired. */
  usable: boolean;
  damaged: boolean;
}

/** Where a content lies. */
export interface ContentLocation extends Location {
  /** In the pack's stream of raw bytes. */
  rawOffset: number;
  /** Of one that a sealed pack lists: what stands for the digest is known alone. */
  isNamed?: boolean;
}

/** A content that is stored as chunks. The pack is the one that tells so; the chunks have places of their own. */
export interface ListLocation extends Location {
  /** Digest of the content that lists them. */
  root: Uint8Array;
}

export function isList(location: ContentLocation | ListLocation): location is ListLocation {
  return 'root' in location;
}

export interface PackLocation {
  key: string;
  storedBytes: number;
  frames: Frame[];
  /** Of one that is sealed. */
  packKey?: PackKey | undefined;
}

/** SQLite takes 32,766 variables in a statement, and large statements are slow to prepare. */
const ROWS_PER_STATEMENT = 500;
/** In one parameter; bounds what a statement and its answer hold in memory. */
const LISTED_PER_STATEMENT = 5000;

/** A pack as the index keeps it. */
export function indexed({ frames, contents, lists, sealed }: PackTrailer): {
  frames: Buffer;
  contents: PlacedContent[];
  lists: PackedList[];
} {
  if (!sealed) return { frames: encodeCbor(encodeFrames(frames)), contents: placeContents(contents), lists };
  // Where it lies in a sealed pack is told by its number there, for those who can open the table.
  return {
    frames: encodeForIndex(sealed),
    contents: contents.map((content, rawOffset) => ({ ...content, rawOffset })),
    lists: lists.map((list, size) => ({ ...list, size })),
  };
}

/** Makes the contents of a pack findable. */
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
      // Without "where", SQLite takes the "on" of the conflict for that of a join.
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

/** Tables that tell where contents are. Kysely cannot follow one of several; they are alike in what is asked of them. */
const PLACES = ['contents', 'lists'] as readonly 'contents'[];

/** Packages whose contents are damaged elsewhere need a pack that has them sound. */
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

/** Packages that need a pack with damage need the packs, too, that have the same contents sound. */
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

/** Whoever needs one of the first packs needs the others too. */
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
  throw new ArchiveError(
    'STATE_CONFLICT',
    'This took longer than the grace period of a garbage collection, which removed what was stored so far; do it again.',
  );
}

/** Rows of these contents, of which one that is listed twice comes twice. */
function listed(db: ReadConnection, packed: Uint8Array) {
  return db.selectFrom(digestList(db, packed).as('listed')).innerJoin('contents', 'contents.digest', 'listed.digest');
}

/** As {@link locateContents}, contents that are stored as chunks. */
export async function locateLists(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ListLocation>> {
  const { db } = index;
  const found = new Map<string, ListLocation>();
  const unsound = await unsoundPacks(db);
  const names = namesOf(index, digests);
  for (const part of digestParts(names.packed)) {
    const query = db.selectFrom(digestList(db, part).as('listed')).innerJoin('lists', 'lists.digest', 'listed.digest');
    for (const { size, root, ...row } of await query.selectAll('lists').execute()) {
      const digest = names.digestOf(row.digest);
      const location = { ...locationOf({ ...row, digest, length: size }, unsound.get(row.pack_id)), root };
      keepBest(found, location);
    }
  }
  if (index.keys) for (const [key, location] of found) found.set(key, await openList(index, location));
  return found;
}

function keepBest<L extends Location>(found: Map<string, L>, location: L): void {
  const key = toHex(location.digest);
  const before = found.get(key);
  if (before === undefined || isBetter(location, before)) found.set(key, location);
}

/** With what only those who can open the table of the pack know; others know no length. */
async function openList(index: ContentIndex, location: ListLocation): Promise<ListLocation> {
  const open = await openPack(index, location.packId);
  const list = open?.table.lists[location.length];
  return list ? { ...location, length: list.size, root: list.root } : { ...location, length: 0 };
}

/** As {@link openList}, the place of a content. */
async function openContent(index: ContentIndex, location: ContentLocation): Promise<ContentLocation> {
  const place = (await openPack(index, location.packId))?.places[location.rawOffset];
  return place ? { ...location, ...place } : location;
}

/** Where to read contents, as a whole or in chunks. */
export function locateReadable(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation | ListLocation>> {
  return locateEither(index, digests, ({ damaged }) => !damaged);
}

/** Where new packages find contents, as a whole or in chunks. */
export function locateUsable(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation | ListLocation>> {
  return locateEither(index, digests, ({ usable }) => usable);
}

async function locateEither(
  index: ContentIndex,
  digests: readonly Uint8Array[],
  isGood: (location: Location) => boolean,
): Promise<Map<string, ContentLocation | ListLocation>> {
  const found: Map<string, ContentLocation | ListLocation> = await locateContents(index, digests);
  const others = digests.filter((digest) => {
    const whole = found.get(toHex(digest));
    return whole === undefined || !isGood(whole);
  });
  for (const [key, list] of await locateLists(index, others)) if (isGood(list) || !found.has(key)) found.set(key, list);
  return found;
}

/** Finds contents by their digests; one that is not in the store is absent. Keys are digests in hexadecimal. */
export async function locateContents(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation>> {
  const { db } = index;
  const found = new Map<string, ContentLocation>();
  const unsound = await unsoundPacks(db);
  const names = namesOf(index, digests);
  for (const part of digestParts(names.packed)) {
    for (const row of await listed(db, part).selectAll('contents').execute()) {
      const digest = names.digestOf(row.digest);
      keepBest(found, { ...locationOf({ ...row, digest }, unsound.get(row.pack_id)), rawOffset: row.raw_offset });
    }
  }
  if (index.keys) for (const [key, location] of found) found.set(key, await openContent(index, location));
  return found;
}

/** All contents of a pack, in their order. */
export async function contentsOfPack(index: ContentIndex, packId: number): Promise<ContentLocation[]> {
  const { db, keys } = index;
  const unsound = (await unsoundPacks(db)).get(packId);
  const rows = await db
    .selectFrom('contents')
    .selectAll()
    .where('pack_id', '=', packId)
    .orderBy('raw_offset')
    .execute();
  const locations = rows.map((row) => ({ ...locationOf(row, unsound), rawOffset: row.raw_offset }));
  if (keys === undefined) return locations;
  return Promise.all(locations.map((location) => openContent(index, { ...location, isNamed: true })));
}

interface PlacedRow {
  digest: Uint8Array;
  pack_id: number;
  length: number;
  damaged_at: string | null;
}

function locationOf(row: PlacedRow, pack: 'retired' | 'damaged' | undefined): Location {
  const damaged = row.damaged_at !== null || pack === 'damaged';
  return {
    digest: row.digest,
    packId: row.pack_id,
    length: row.length,
    usable: !damaged && pack === undefined,
    damaged,
  };
}

function isBetter(a: Location, b: Location): boolean {
  if (a.usable !== b.usable) return a.usable;
  if (a.damaged !== b.damaged) return b.damaged;
  return a.packId < b.packId;
}

/** The few packs that are retired or damaged. */
async function unsoundPacks(db: ReadConnection): Promise<Map<number, 'retired' | 'damaged'>> {
  const rows = await db
    .selectFrom('packs')
    .select(['id', 'damaged_at'])
    .where((row) => row.or([row('retired_at', 'is not', null), row('damaged_at', 'is not', null)]))
    .execute();
  return new Map(rows.map(({ id, damaged_at }) => [id, damaged_at === null ? 'retired' : 'damaged']));
}

/** Distinct contents, and what they come to. */
export interface ContentList {
  /** Their digests, end to end. */
  packed: Uint8Array;
  bytes: number;
}

/** Which packs have all of these contents for new packages to use; undefined when one is missing. */
export async function needsOf(db: ReadConnection, { packed, bytes }: ContentList): Promise<PackNeeds | undefined> {
  let missing = packed.byteLength / DIGEST_BYTES;
  let missingBytes = bytes;
  const needs: PackNeeds = new Map();
  for (const part of digestParts(packed)) {
    const each = listed(db, part)
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

/** Whether what was found usable in these packs still is. */
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

/** The keys of packs, by their ids. */
export async function packKeys(db: ReadConnection, ids: readonly number[]): Promise<Map<number, string>> {
  const keys = new Map<number, string>();
  for (const part of partsOf(ids)) {
    const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('id', 'in', part).execute();
    for (const { id, storage_key } of rows) keys.set(id, storage_key);
  }
  return keys;
}

/** Ids of packs, of those of the keys that there are. */
export async function packIds(db: ReadConnection, keys: readonly string[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const part of partsOf(keys)) {
    const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('storage_key', 'in', part).execute();
    for (const { id, storage_key } of rows) ids.set(storage_key, id);
  }
  return ids;
}

export async function hasContents(db: ReadConnection): Promise<boolean> {
  return (await db.selectFrom('contents').select('digest').limit(1).executeTakeFirst()) !== undefined;
}

/** Every content that is stored as chunks, also where it is told twice. */
export async function* allLists(db: ReadConnection): AsyncIterable<PackedList> {
  const columns = ['digest', 'pack_id', 'size', 'root'] as const;
  for (let last: { digest: Uint8Array; pack_id: number } | undefined; ; ) {
    const page = await db
      .selectFrom('lists')
      .select(columns)
      .$if(last !== undefined, (query) =>
        query.where((row) =>
          row.or([
            row('digest', '>', last!.digest),
            row.and([row('digest', '=', last!.digest), row('pack_id', '>', last!.pack_id)]),
          ]),
        ),
      )
      .orderBy('digest')
      .orderBy('pack_id')
      .limit(ROWS_PER_STATEMENT)
      .execute();
    yield* page;
    if (page.length < ROWS_PER_STATEMENT) return;
    last = page.at(-1);
  }
}

export async function hasLists(db: ReadConnection): Promise<boolean> {
  return (await db.selectFrom('lists').select('digest').limit(1).executeTakeFirst()) !== undefined;
}

/** @throws ArchiveError `INTEGRITY` when there is none: garbage collection removed it meanwhile, or the registry is damaged. */
export async function findPack(index: ContentIndex, packId: number): Promise<PackLocation> {
  const { db } = index;
  const pack = await db.selectFrom('packs').selectAll().where('id', '=', packId).executeTakeFirst();
  if (pack === undefined) {
    throw new ArchiveError(
      'INTEGRITY',
      `The registry has no pack ${packId}, in which it places contents; run "infospace-archive store check --deep".`,
    );
  }
  const { storage_key: key, stored_bytes: storedBytes } = pack;
  const where = `The registry's entry for pack "${key}"`;
  const frames = decodeCbor(pack.frames);
  if (decodeFromIndex(frames, where) === undefined) return { key, storedBytes, frames: decodeFrames(frames, where) };
  const open = await openPack(index, packId);
  return { key, storedBytes, frames: open?.table.frames ?? [], packKey: open?.key };
}

function* digestParts(packed: Uint8Array): Iterable<Uint8Array> {
  const bytes = LISTED_PER_STATEMENT * DIGEST_BYTES;
  for (let at = 0; at < packed.byteLength; at += bytes) yield packed.subarray(at, at + bytes);
}

export function* partsOf<T>(items: readonly T[], size = ROWS_PER_STATEMENT): Iterable<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

/** What stands for a digest in the log and the index. */
export function nameIn({ keys }: ContentIndex, digest: Uint8Array): Uint8Array {
  return keys ? keys.idKey.nameOf('content id', digest) : digest;
}

/** The event of a pack that becomes part of the store. */
export function sealedEvent(pack: SealedPack): EventDraft {
  const raw = pack.table ? 0 : pack.frames.reduce((sum, frame) => sum + frame.rawLength, 0);
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
