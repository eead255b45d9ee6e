import type { ReadConnection } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { malformed } from '../encoding/shape.ts';
import { PackKey } from '../encryption/pack-key.ts';
import type { StoreKeys } from '../encryption/store-keys.ts';
import { toHex } from '../identity/digest.ts';
import { type OpenTable, openTable } from './seal-pack.ts';
import { decodeFromIndex } from './sealed-table.ts';

/** The index of contents, and the keys that an encrypted store needs for it. */
export interface SealedIndex {
  db: ReadConnection;
  keys?: StoreKeys | undefined;
}

/** The names under which the index has contents: in an encrypted store keyed hashes of their digests, else the digests. */
interface NamedDigests {
  /** All names, concatenated. */
  packed: Uint8Array;
  /** The digest of a name. */
  digestOf(name: Uint8Array): Uint8Array;
}

export function namesOf({ keys }: SealedIndex, digests: readonly Uint8Array[]): NamedDigests {
  if (keys === undefined) return { packed: Buffer.concat(digests), digestOf: (name) => name };
  const { idKey } = keys;
  const byName = new Map<string, Uint8Array>();
  const names = digests.map((digest) => {
    const name = idKey.nameOf('content id', digest);
    byName.set(toHex(name), digest);
    return name;
  });
  return { packed: Buffer.concat(names), digestOf: (name) => byName.get(toHex(name))! };
}

/** A sealed pack, opened. */
interface OpenPack {
  key: PackKey;
  table: OpenTable;
  /** By the content's position in the table. */
  places: { rawOffset: number; length: number }[];
}

/** Number of open packs to remember; bounds memory. */
const MAX_REMEMBERED = 256;
const remembered = new WeakMap<StoreKeys, Map<string, Promise<OpenPack>>>();

/** Returns undefined without an identity. @throws ArchiveError `KEY_MISSING`; `INTEGRITY` when the pack is damaged or forged. */
export async function openPack({ db, keys }: SealedIndex, packId: number): Promise<OpenPack | undefined> {
  if (!keys?.mayRead) return undefined;
  const query = db.selectFrom('packs').where('id', '=', packId);
  const pack = await query.select('storage_key').executeTakeFirst();
  if (pack === undefined) return undefined;
  const { storage_key } = pack;
  const known = remembered.get(keys) ?? new Map<string, Promise<OpenPack>>();
  remembered.set(keys, known);
  const found = known.get(storage_key);
  if (found) return found;
  const { frames } = await query.select('frames').executeTakeFirstOrThrow();
  const opening = open(keys, storage_key, frames);
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(storage_key, opening);
  opening.catch(() => known.delete(storage_key));
  return opening;
}

async function open(keys: StoreKeys, storageKey: string, frames: Uint8Array): Promise<OpenPack> {
  const where = `the pack "${storageKey}"`;
  const sealed = decodeFromIndex(decodeCbor(frames), where);
  if (sealed === undefined) throw malformed(where, 'it is not sealed');
  const key = new PackKey(await keys.session(sealed.session), sealed.nonce);
  const table = openTable(sealed, key, where);
  let rawOffset = 0;
  const places = table.lengths.map((length) => {
    const place = { rawOffset, length };
    rawOffset += length;
    return place;
  });
  return { key, table, places };
}
