import type { ReadConnection } from '../database/database.ts';
import { asBuffer } from '../encoding/as-buffer.ts';
import { encodeCbor } from '../encoding/cbor.ts';
import { isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { encodeFrames, type PackTrailer, placeContents, readTrailer } from '../packs/format.ts';
import type { StorageBackend } from '../storage/backend.ts';

export interface PackRow {
  id: number;
  storage_key: string;
  stored_bytes: number;
  frames: Uint8Array;
}

/** Read at once: each takes a few requests. */
const PAGE_ROWS = 16;

/** Rows of packs, some at a time, in the order of their ids. */
export async function* packPages(db: ReadConnection): AsyncIterable<PackRow[]> {
  for (let last = 0; ; ) {
    const columns = ['id', 'storage_key', 'stored_bytes', 'frames'] as const;
    const query = db.selectFrom('packs').select(columns).where('id', '>', last).orderBy('id').limit(PAGE_ROWS);
    const page = await query.execute();
    yield page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.id;
  }
}

/** @throws ArchiveError `INTEGRITY`. */
export function readPackTrailer(storage: StorageBackend, key: string, storedBytes: number): Promise<PackTrailer> {
  return readTrailer(key, storedBytes, (offset, length) => storage.get(key, { offset, length }));
}

/** What is wrong with a pack, compared with what the registry says of it; undefined when nothing is. */
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
  if (stored === undefined) return `"${key}" is gone; run "infospace-archive store repair"`;
  if (stored.size !== stored_bytes) return `"${key}" has ${stored.size} bytes instead of ${stored_bytes}`;
  let trailer: PackTrailer;
  try {
    trailer = await readPackTrailer(storage, key, stored_bytes);
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return error.message;
    throw error;
  }
  if (!hasFrames(pack, trailer)) return `"${key}" has other frames than its row; run "infospace-archive store repair"`;
  const misplaced = await misplacedContents(db, id, trailer);
  if (misplaced.length === 0) return undefined;
  return `"${key}" lacks ${misplaced.length} contents that the registry places in it; run "infospace-archive store repair"`;
}

export function hasFrames({ frames }: PackRow, trailer: PackTrailer): boolean {
  return sameBytes(encodeCbor(encodeFrames(trailer.frames)), frames);
}

/** Digests of the contents that the registry places in a pack, and that are not there by its trailer. */
export async function misplacedContents(
  db: ReadConnection,
  packId: number,
  { contents }: PackTrailer,
): Promise<Uint8Array[]> {
  const places = new Set(
    placeContents(contents).map(({ digest, rawOffset, length }) => placeOf(digest, rawOffset, length)),
  );
  const misplaced: Uint8Array[] = [];
  for await (const { digest, raw_offset, length } of contentsOf(db, packId)) {
    if (!places.has(placeOf(digest, raw_offset, length))) misplaced.push(digest);
  }
  return misplaced;
}

/** Contents read at a time: bounds memory. */
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
