import type { ReadConnection } from '../database/database.ts';
import { asBuffer } from '../encoding/as-buffer.ts';
import { isArchiveError } from '../errors.ts';
import { sameBytes, toHex } from '../identity/digest.ts';
import type { PackTrailer } from '../packs/format.ts';
import { indexed } from '../packs/pack-rows.ts';
import { readStoredTrailer } from '../packs/stored-trailer.ts';
import type { StorageBackend } from '../storage/backend.ts';

export interface PackRow {
  id: number;
  storage_key: string;
  stored_bytes: number;
  frames: Uint8Array;
  damaged_at: string | null;
}

/** Checked concurrently: each takes a few requests. */
const PAGE_ROWS = 16;

/** Pages of pack rows, sorted by id. */
export async function* packPages(db: ReadConnection): AsyncIterable<PackRow[]> {
  for (let last = 0; ; ) {
    const columns = ['id', 'storage_key', 'stored_bytes', 'frames', 'damaged_at'] as const;
    const query = db.selectFrom('packs').select(columns).where('id', '>', last).orderBy('id').limit(PAGE_ROWS);
    const page = await query.execute();
    yield page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.id;
  }
}

/** What is wrong with a pack compared with the registry; undefined when nothing is. */
export async function packFault(
  db: ReadConnection,
  storage: StorageBackend,
  pack: PackRow,
): Promise<string | undefined> {
  const fault = await findFault(db, storage, pack);
  if (fault === undefined) return undefined;
  // It may have been removed meanwhile.
  const still = await db.selectFrom('packs').select('id').where('id', '=', pack.id).executeTakeFirst();
  return still && fault;
}

async function findFault(db: ReadConnection, storage: StorageBackend, pack: PackRow): Promise<string | undefined> {
  const { id, storage_key: key, stored_bytes } = pack;
  const stored = await storage.head(key);
  if (stored === undefined)
    return `"${key}" is missing; run "infospace-archive store repair" and archive the affected files again`;
  if (stored.size !== stored_bytes) return `"${key}" has ${stored.size} bytes instead of ${stored_bytes}`;
  let trailer: PackTrailer;
  try {
    trailer = await readStoredTrailer(storage, key, stored_bytes);
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return error.message;
    throw error;
  }
  const expected = indexed(trailer);
  const matchesTrailer =
    sameBytes(expected.frames, pack.frames) &&
    (await hasContents(db, id, expected)) &&
    (await hasLists(db, id, expected));
  return matchesTrailer ? undefined : `"${key}" contains other contents than the log says; restore it from a backup`;
}

type IndexedPack = ReturnType<typeof indexed>;

/** Whether the registry lists exactly the contents in a pack's trailer. */
async function hasContents(db: ReadConnection, packId: number, { contents }: IndexedPack): Promise<boolean> {
  const places = new Set(contents.map(({ digest, rawOffset, length }) => placeOf(digest, rawOffset, length)));
  for await (const { digest, raw_offset, length } of contentsOf(db, packId)) {
    if (!places.delete(placeOf(digest, raw_offset, length))) return false;
  }
  return places.size === 0;
}

async function hasLists(db: ReadConnection, packId: number, { lists }: IndexedPack): Promise<boolean> {
  const rows = await db.selectFrom('lists').select(['digest', 'size', 'root']).where('pack_id', '=', packId).execute();
  const expected = new Set(lists.map(({ digest, size, root }) => placeOf(digest, size, 0) + toHex(root)));
  return (
    rows.length === expected.size &&
    rows.every(({ digest, size, root }) => expected.has(placeOf(digest, size, 0) + toHex(root)))
  );
}

/** Contents per query: bounds memory. */
const PAGE_CONTENTS = 5000;

async function* contentsOf(db: ReadConnection, packId: number) {
  const columns = ['digest', 'raw_offset', 'length'] as const;
  for (let last: Uint8Array = new Uint8Array(); ; ) {
    const query = db.selectFrom('contents').select(columns).where('pack_id', '=', packId);
    const page = await query.where('digest', '>', last).orderBy('digest').limit(PAGE_CONTENTS).execute();
    yield* page;
    if (page.length < PAGE_CONTENTS) return;
    last = page.at(-1)!.digest;
  }
}

function placeOf(digest: Uint8Array, offset: number, length: number): string {
  return `${asBuffer(digest).toString('latin1')}${offset} ${length}`;
}
