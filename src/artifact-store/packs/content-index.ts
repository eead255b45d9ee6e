import type { ReadConnection } from '../database/database.ts';
import { digestList, digestParts } from '../database/lists.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import type { PackKey } from '../encryption/pack-key.ts';
import { ArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { ROWS_PER_STATEMENT } from '../parts.ts';
import { decodeFrames, type Frame, type PackedList } from './format.ts';
import { namesOf, openPack, type SealedIndex } from './sealed-index.ts';
import { decodeFromIndex } from './sealed-table.ts';

/** Where contents are looked up. */
export type ContentIndex = SealedIndex;

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

/** As {@link locateContents}, contents that are stored as chunks. */
export function locateLists(index: ContentIndex, digests: readonly Uint8Array[]): Promise<Map<string, ListLocation>> {
  const rowsOf = async (packed: Uint8Array) => {
    const listed = digestList(index.db, packed).as('listed');
    const query = index.db.selectFrom(listed).innerJoin('lists', 'lists.digest', 'listed.digest').selectAll('lists');
    return (await query.execute()).map(({ size, root, ...row }) => ({
      row: { ...row, length: size },
      place: { root },
    }));
  };
  return locate(index, digests, rowsOf, openList);
}

async function locate<L extends Location>(
  index: ContentIndex,
  digests: readonly Uint8Array[],
  rowsOf: (packed: Uint8Array) => Promise<{ row: PlacedRow; place: Omit<L, keyof Location> }[]>,
  open: (index: ContentIndex, location: L) => Promise<L>,
): Promise<Map<string, L>> {
  const found = new Map<string, L>();
  const unsound = await unsoundPacks(index.db);
  const names = namesOf(index, digests);
  for (const part of digestParts(names.packed)) {
    for (const { row, place } of await rowsOf(part)) {
      const digest = names.digestOf(row.digest);
      keepBest(found, { ...locationOf({ ...row, digest }, unsound.get(row.pack_id)), ...place } as L);
    }
  }
  if (index.keys) for (const [key, location] of found) found.set(key, await open(index, location));
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
export function locateContents(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation>> {
  const rowsOf = async (packed: Uint8Array) => {
    const listed = digestList(index.db, packed).as('listed');
    const query = index.db.selectFrom(listed).innerJoin('contents', 'contents.digest', 'listed.digest');
    return (await query.selectAll('contents').execute()).map((row) => ({ row, place: { rawOffset: row.raw_offset } }));
  };
  return locate(index, digests, rowsOf, openContent);
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

/** What stands for a digest in the log and the index. */
export function nameIn({ keys }: ContentIndex, digest: Uint8Array): Uint8Array {
  return keys ? keys.idKey.nameOf('content id', digest) : digest;
}
