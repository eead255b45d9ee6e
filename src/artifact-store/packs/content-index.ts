import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { toHex } from '../identity/digest.ts';
import { decodeFrames, encodeFrames, type Frame, type PackTrailer } from './format.ts';

/** A pack whose bytes are durable. */
export interface SealedPack extends PackTrailer {
  key: string;
  storedBytes: number;
}

/** Where a content lies. */
export interface ContentLocation {
  digest: Uint8Array;
  packId: number;
  /** In the pack's stream of raw bytes. */
  rawOffset: number;
  length: number;
}

export interface PackLocation {
  key: string;
  storedBytes: number;
  frames: Frame[];
}

/** SQLite takes 32,766 variables in a statement, and large statements are slow to prepare. */
const ROWS_PER_STATEMENT = 500;

/** Makes the contents of a pack findable. A content that another pack holds already stays where it was. */
export async function addPack(tx: WriteTransaction, pack: SealedPack): Promise<void> {
  const { id } = await tx
    .insertInto('packs')
    .values({ storage_key: pack.key, stored_bytes: pack.storedBytes, frames: encodeCbor(encodeFrames(pack.frames)) })
    .returning('id')
    .executeTakeFirstOrThrow();
  let rawOffset = 0;
  const rows = pack.contents.map(({ digest, length }) => {
    const row = { digest, pack_id: id, raw_offset: rawOffset, length };
    rawOffset += length;
    return row;
  });
  for (const part of partsOf(rows)) {
    await tx
      .insertInto('contents')
      .values(part)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Finds contents by their digests; one that is not in the store is absent. Keys are digests in hexadecimal. */
export async function locateContents(
  db: ReadConnection,
  digests: readonly Uint8Array[],
): Promise<Map<string, ContentLocation>> {
  const found = new Map<string, ContentLocation>();
  for (const part of partsOf(digests)) {
    const rows = await db.selectFrom('contents').selectAll().where('digest', 'in', part).execute();
    for (const { digest, pack_id, raw_offset, length } of rows) {
      found.set(toHex(digest), { digest, packId: pack_id, rawOffset: raw_offset, length });
    }
  }
  return found;
}

export async function findPack(db: ReadConnection, packId: number): Promise<PackLocation> {
  const pack = await db.selectFrom('packs').selectAll().where('id', '=', packId).executeTakeFirstOrThrow();
  return {
    key: pack.storage_key,
    storedBytes: pack.stored_bytes,
    frames: decodeFrames(decodeCbor(pack.frames), `The registry's entry for pack "${pack.storage_key}"`),
  };
}

function* partsOf<T>(items: readonly T[]): Iterable<T[]> {
  for (let i = 0; i < items.length; i += ROWS_PER_STATEMENT) yield items.slice(i, i + ROWS_PER_STATEMENT);
}
