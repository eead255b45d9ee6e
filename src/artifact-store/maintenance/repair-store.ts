import { type Abortable, itemsUntilAborted, untilAborted } from '../abort.ts';
import type { StoreConfig } from '../config.ts';
import { type ReadConnection, type RegistryDatabase, requireFormat } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { encodeCbor } from '../encoding/cbor.ts';
import { isArchiveError } from '../errors.ts';
import { eventDigest } from '../events/event-digest.ts';
import { readEvents, verifyEvents, whileLocked } from '../events/log.ts';
import { encodeSegment, segmentKey } from '../events/mirror.ts';
import { readEvent } from '../events/model.ts';
import { type SequenceRange, unmirrored } from '../events/unmirrored.ts';
import { toHex } from '../identity/digest.ts';
import { isContentEntry } from '../manifest/model.ts';
import { remembering } from '../manifest/stored.ts';
import { emptyStoreRemedy, openDatabase, openStorage, refuseLostRegistry } from '../open-store.ts';
import { addPack, locateContents, partsOf, type SealedPack } from '../packs/content-index.ts';
import { encodeFrames, type PackTrailer, placeContents } from '../packs/format.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { allPackages, type HurtFile, hurtFiles, readManifest } from './check-packages.ts';
import { hasFrames, misplacedContents, type PackRow, packPages, readPackTrailer } from './check-packs.ts';

export type { HurtFile };

/**
 * What was put right, and what is hurt still.
 *
 * @experimental
 */
export interface RepairedStore {
  /** Events that were mirrored to storage again. */
  mirrored: SequenceRange[];
  /** Packs that are gone, and that the registry no longer names. */
  dropped: string[];
  /** Packs that the registry names again. */
  added: string[];
  /** Contents that are found again in packs that were there all along. */
  found: number;
  /** What cannot be restored still. */
  hurt: HurtFile[];
}

interface Parts extends Abortable {
  database: RegistryDatabase;
  storage: StorageBackend;
}

/** Events in one segment: those of a transaction no longer show. */
const SEGMENT_EVENTS = 1000;
/** Payloads in one segment; far below what one may hold, whatever the last event adds. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/**
 * Puts right what can be out of what is left: the mirror of the log out of the log, the blob index out of the packs. Files
 * that are hurt still are healed by the next archive that has their content. What is put right when it is aborted stays so.
 *
 * @experimental
 * @throws ArchiveError `INTEGRITY` when the event log was changed: nothing can be trusted then; `NOT_FOUND` when there is no
 * store; `STATE_CONFLICT` when the registry is to be rebuilt.
 */
export async function repairStore(config: StoreConfig, { signal }: Abortable = {}): Promise<RepairedStore> {
  signal?.throwIfAborted();
  await requireStore(config);
  const storage = await openStorage(config);
  try {
    const database = await openDatabase(config, 'write');
    try {
      await refuseLostRegistry(database, storage);
      return await repair({ database, storage, signal });
    } finally {
      await database.db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

/** Opening to write would make one. */
async function requireStore(config: StoreConfig): Promise<void> {
  const database = await openDatabase(config, 'read');
  try {
    await requireFormat(database, emptyStoreRemedy(config));
  } finally {
    await database.db.destroy();
  }
}

async function repair(parts: Parts): Promise<RepairedStore> {
  const { signal } = parts;
  const { db } = parts.database;
  const newest = await untilAborted(signal, verifyEvents(db));
  const mirrored: SequenceRange[] = [];
  for await (const range of itemsUntilAborted(signal, unmirrored(db, parts.storage, newest))) mirrored.push(range);
  for (const range of mirrored) await mirror(parts, range);
  const dropped = await dropPacks(parts);
  const added = await addPacks(parts);
  const found = await findContents(parts);
  const hurt: HurtFile[] = [];
  const source = remembering(parts.storage);
  for await (const row of itemsUntilAborted(signal, allPackages(db))) {
    for (const file of await hurtFiles(db, source, row)) hurt.push(file);
  }
  return { mirrored, dropped, added, found, hurt };
}

async function mirror({ database: { db }, storage, signal }: Parts, { first, last }: SequenceRange): Promise<void> {
  let events: EventTable[] = [];
  let bytes = 0;
  for await (const event of readEvents(db, first - 1)) {
    events.push(event);
    bytes += event.payload.byteLength;
    if (event.sequence < last && events.length < SEGMENT_EVENTS && bytes < SEGMENT_BYTES) continue;
    const key = segmentKey(events[0]!.sequence, eventDigest(event));
    signal?.throwIfAborted();
    // A damaged one would be left as it is.
    await storage.delete(key);
    await storage.put(key, [encodeSegment(events)]);
    if (event.sequence === last) return;
    events = [];
    bytes = 0;
  }
}

/** Forgets packs whose object is gone, and contents that are not where they were said to be. */
async function dropPacks({ database, storage, signal }: Parts): Promise<string[]> {
  const dropped: string[] = [];
  for await (const page of packPages(database.db)) {
    for (const pack of page) {
      signal?.throwIfAborted();
      const stored = await storage.head(pack.storage_key);
      if (stored !== undefined) await reindex({ database, storage }, pack);
      else if (await drop(database, pack)) dropped.push(pack.storage_key);
    }
  }
  await whileLocked(database, (tx) =>
    tx.deleteFrom('contents').where('pack_id', 'not in', tx.selectFrom('packs').select('packs.id')).execute(),
  );
  return dropped;
}

async function reindex({ database, storage }: Parts, pack: PackRow): Promise<void> {
  const trailer = await trailerOf(storage, pack.storage_key, pack.stored_bytes);
  if (trailer === undefined) return;
  const { id } = pack;
  const isSound = hasFrames(pack, trailer) && (await misplacedContents(database.db, id, trailer)).length === 0;
  if (isSound) return;
  await whileLocked(database, async (tx) => {
    const frames = encodeCbor(encodeFrames(trailer.frames));
    await tx.updateTable('packs').set({ frames }).where('id', '=', id).execute();
    for (const part of partsOf(await misplacedContents(tx, id, trailer))) {
      await tx.deleteFrom('contents').where('pack_id', '=', id).where('digest', 'in', part).execute();
    }
  });
}

function drop(database: RegistryDatabase, { id }: PackRow): Promise<boolean> {
  return whileLocked(database, async (tx) => {
    await tx.deleteFrom('contents').where('pack_id', '=', id).execute();
    return (await tx.deleteFrom('packs').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n;
  });
}

/** Names packs again that the log names and that were never removed. */
async function addPacks({ database, storage, signal }: Parts): Promise<string[]> {
  const added: string[] = [];
  for await (const row of readEvents(database.db, 0)) {
    signal?.throwIfAborted();
    const event = readEvent(row);
    if (event.type !== 'v1.pack.sealed' || !(await isUnnamed(database.db, event.subjectId))) continue;
    const trailer = await trailerOf(storage, event.subjectId, event.payload.stored_bytes);
    if (trailer === undefined) continue;
    const pack = { key: event.subjectId, storedBytes: event.payload.stored_bytes, ...trailer };
    if (await add(database, pack)) added.push(pack.key);
  }
  return added;
}

async function isUnnamed(db: ReadConnection, key: string): Promise<boolean> {
  for (const table of ['packs', 'removed_objects'] as const) {
    const found = db.selectFrom(table).select('storage_key').where('storage_key', '=', key);
    if (await found.executeTakeFirst()) return false;
  }
  return true;
}

/** Undefined when the pack is gone or damaged. */
async function trailerOf(storage: StorageBackend, key: string, storedBytes: number): Promise<PackTrailer | undefined> {
  try {
    return await readPackTrailer(storage, key, storedBytes);
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

function add(database: RegistryDatabase, pack: SealedPack): Promise<boolean> {
  return whileLocked(database, async (tx) => {
    if (!(await isUnnamed(tx, pack.key))) return false;
    await addPack(tx, pack);
    return true;
  });
}

/** Looks through all packs for contents that packages need and the registry does not find. */
async function findContents({ database, storage, signal }: Parts): Promise<number> {
  const missing = await missingContents({ database, storage, signal });
  let found = 0;
  if (missing.size === 0) return found;
  for await (const page of packPages(database.db)) {
    for (const { id, storage_key, stored_bytes } of page) {
      signal?.throwIfAborted();
      const trailer = await trailerOf(storage, storage_key, stored_bytes);
      if (trailer) found += await place(database, id, trailer, missing);
    }
  }
  return found;
}

/** By hexadecimal digest: few, unless most of the store is lost. */
async function missingContents({ database: { db }, storage, signal }: Parts): Promise<Set<string>> {
  const missing = new Set<string>();
  const source = remembering(storage);
  for await (const row of itemsUntilAborted(signal, allPackages(db))) {
    if (!(await hurtFiles(db, source, row)).some(({ path }) => path !== undefined)) continue;
    const contents = (await readManifest(source, row)).files.filter(isContentEntry).filter(({ size }) => size > 0);
    const located = await locateContents(
      db,
      contents.map(({ blake3 }) => blake3),
    );
    for (const { blake3 } of contents) if (!located.has(toHex(blake3))) missing.add(toHex(blake3));
  }
  return missing;
}

async function place(
  database: RegistryDatabase,
  pack_id: number,
  { contents }: PackTrailer,
  missing: Set<string>,
): Promise<number> {
  const rows = placeContents(contents)
    .filter(({ digest }) => missing.delete(toHex(digest)))
    .map(({ digest, rawOffset, length }) => ({ digest, pack_id, raw_offset: rawOffset, length }));
  if (rows.length === 0) return 0;
  await whileLocked(database, async (tx) => {
    for (const part of partsOf(rows)) {
      const insert = tx
        .insertInto('contents')
        .values(part.map((row) => ({ ...row, doomed_at: null, damaged_at: null })));
      await insert.onConflict((conflict) => conflict.column('digest').doNothing()).execute();
    }
  });
  return rows.length;
}
