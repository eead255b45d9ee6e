import type { ReadConnection } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { malformed } from '../encoding/shape.ts';
import { PackKey } from '../encryption/pack-key.ts';
import type { StoreKeys } from '../encryption/store-keys.ts';
import { toHex } from '../identity/digest.ts';
import { type OpenTable, openTable } from './seal-pack.ts';
import { decodeFromIndex } from './sealed-table.ts';

/** Where contents are looked up, and with which keys in an encrypted store. */
export interface SealedIndex {
  db: ReadConnection;
  keys?: StoreKeys | undefined;
}

/** What contents are looked up by: their digests, or the names that stand for these. */
interface NamedDigests {
  /** End to end. */
  packed: Uint8Array;
  /** The digest that a name stands for. */
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

/** A sealed pack as those see it who can open it. */
interface OpenPack {
  key: PackKey;
  table: OpenTable;
  /** Of each content, by its number. */
  places: { rawOffset: number; length: number }[];
}

/** Tables that are remembered open; bounds memory. */
const MAX_REMEMBERED = 256;
const remembered = new WeakMap<StoreKeys, Map<string, Promise<OpenPack>>>();

/** Undefined for those who cannot open it. @throws ArchiveError `KEY_MISSING`; `INTEGRITY` when it is damaged or forged. */
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
