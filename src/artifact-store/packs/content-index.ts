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

/** The index in which contents are looked up. */
export type ContentIndex = SealedIndex;

/** A content in a pack. For a content in several packs, the best of them. */
interface Location {
  digest: Uint8Array;
  packId: number;
  length: number;
  /** Whether new packages may reuse it: neither it nor the pack is marked as damaged, and the pack is not retired. */
  usable: boolean;
  damaged: boolean;
}

/** The place of a content that is stored as a whole. */
export interface ContentLocation extends Location {
  /** Offset in the pack's stream of raw bytes. */
  rawOffset: number;
  /** True when `digest` is only its public name, as listed by a sealed pack. */
  isNamed?: boolean;
}

/** A content that is stored as chunks. `packId` is the pack with its record; the chunks have their own places. */
export interface ListLocation extends Location {
  /** Digest of the root of the list of chunks. */
  root: Uint8Array;
}

export function isList(location: ContentLocation | ListLocation): location is ListLocation {
  return 'root' in location;
}

export interface PackLocation {
  key: string;
  storedBytes: number;
  frames: Frame[];
  /** Set for sealed packs. */
  packKey?: PackKey | undefined;
}

/** As {@link locateContents}, for contents that are stored as chunks. */
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

/** Adds the size and root from the sealed table. Without an identity, the size is unknown and given as 0. */
async function openList(index: ContentIndex, location: ListLocation): Promise<ListLocation> {
  const open = await openPack(index, location.packId);
  const list = open?.table.lists[location.length];
  return list ? { ...location, length: list.size, root: list.root } : { ...location, length: 0 };
}

/** As {@link openList}, for the place of a content. */
async function openContent(index: ContentIndex, location: ContentLocation): Promise<ContentLocation> {
  const place = (await openPack(index, location.packId))?.places[location.rawOffset];
  return place ? { ...location, ...place } : location;
}

/** Finds contents to read, stored as a whole or as chunks. */
export function locateReadable(
  index: ContentIndex,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation | ListLocation>> {
  return locateEither(index, digests, ({ damaged }) => !damaged);
}

/** Finds contents that new packages may reuse, stored as a whole or as chunks. */
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

/** Finds contents by their digests. Contents that are not in the store are absent. Keys are digests in hexadecimal. */
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

/** All contents of a pack, in stored order. */
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

/** Every record of a content that is stored as chunks. A content in two packs is returned twice. */
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

/** @throws ArchiveError `INTEGRITY` when the pack is missing: garbage collection removed it meanwhile, or the registry is damaged. */
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

/** The form of a digest in the log and the index: itself, or its public name in an encrypted store. */
export function nameIn({ keys }: ContentIndex, digest: Uint8Array): Uint8Array {
  return keys ? keys.idKey.nameOf('content id', digest) : digest;
}
