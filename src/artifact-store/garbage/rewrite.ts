import type { Abortable } from '../abort.ts';
import { type LogParts, record } from '../commit/record.ts';
import type { ReadConnection } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { ContentSink } from '../packs/content-sink.ts';
import { decodeFrames, type PackedList, type PlacedFrame, placeFrames } from '../packs/format.ts';
import { sealedEvent } from '../packs/pack-rows.ts';
import type { WorkerPool } from '../packs/worker-pool.ts';
import { areNeedsKnown, neededContents } from './needs.ts';
import { retiredEvent } from './retire.ts';
import { type ObjectTotals, totalOf } from './sweep.ts';

export interface RewriteParts extends LogParts, Abortable {
  workers: WorkerPool;
}

/** Below this share of needed bytes a pack is rewritten: more than half of it would be waste. */
const MIN_KEPT_SHARE = 0.5;
/** Limit for the raw bytes moved at a time: bounds memory and the length of a transaction. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** Limit for their number, since a statement has a limited number of variables. */
const BATCH_PACKS = 500;

/** A pack, and the part of it that is needed. */
interface SparsePack {
  id: number;
  key: string;
  storedBytes: number;
  frames: Uint8Array;
  /** The packages that need it. */
  packages: ReadonlySet<string>;
  kept: Kept[];
  keptBytes: number;
  lists: PackedList[];
}

interface Kept {
  digest: Uint8Array;
  raw_offset: number;
  length: number;
}

/**
 * Copies the needed contents of packs that are mostly waste into new ones, and retires the old ones, which readers may still use during the
 * grace period.
 */
export async function rewritePacks(
  parts: RewriteParts,
  leaving: ReadonlySet<string>,
  dryRun: boolean,
): Promise<ObjectTotals> {
  const sparse = await sparsePacks(parts, leaving);
  if (dryRun) return totalOf(sparse);
  const rewritten: SparsePack[] = [];
  for (const batch of batchesOf(sparse)) for (const pack of await rewrite(parts, batch)) rewritten.push(pack);
  return totalOf(rewritten);
}

/**
 * The log says how much each package needs of a pack. If one alone needs half of it, the pack is not sparse; for the others, the manifests
 * show the combined need. A pack with damage, or needed by a package with a damaged manifest, is left alone.
 */
async function sparsePacks(parts: RewriteParts, leaving: ReadonlySet<string>): Promise<SparsePack[]> {
  const { db } = parts.database;
  const users = await usersOfSuspects(db, leaving);
  if (users.size === 0) return [];
  const needed = await neededContents(parts, [...new Set([...users.values()].flatMap((packages) => [...packages]))]);
  const sparse: SparsePack[] = [];
  for (const [id, packages] of users) {
    if ([...packages].some((user) => needed.unknown.has(user))) continue;
    const pack = await db.selectFrom('packs').selectAll().where('id', '=', id).executeTakeFirst();
    if (pack === undefined) continue;
    const kept = (await contentsOf(db, id)).filter(({ digest }) => needed.digests.has(digest));
    const keptBytes = kept.reduce((sum, { length }) => sum + length, 0);
    if (keptBytes >= MIN_KEPT_SHARE * pack.raw_bytes) continue;
    const { storage_key: key, stored_bytes: storedBytes, frames } = pack;
    const lists = (await listsOf(db, id)).filter(({ digest }) => needed.digests.has(digest));
    sparse.push({ id, key, storedBytes, frames, packages, kept, keptBytes, lists });
  }
  return sparse;
}

/** Packs of which no single package is known to need enough, and the packages that need them. */
async function usersOfSuspects(
  db: ReadConnection,
  leaving: ReadonlySet<string>,
): Promise<Map<number, ReadonlySet<string>>> {
  const damaged = db
    .selectFrom('contents')
    .select('pack_id')
    .where('damaged_at', 'is not', null)
    .union(db.selectFrom('lists').select('pack_id').where('damaged_at', 'is not', null));
  const rows = await db
    .selectFrom('package_packs')
    .innerJoin('packs', 'packs.id', 'package_packs.pack_id')
    .select(['packs.id', 'packs.raw_bytes', 'package_packs.package_id', 'package_packs.bytes'])
    .where('packs.retired_at', 'is', null)
    .where('packs.damaged_at', 'is', null)
    .where('packs.id', 'not in', damaged)
    .execute();
  const staying = rows.filter(({ package_id }) => !leaving.has(package_id));
  const wellUsed = new Set(
    staying.filter(({ bytes, raw_bytes }) => bytes >= MIN_KEPT_SHARE * raw_bytes).map(({ id }) => id),
  );
  const users = new Map<number, Set<string>>();
  for (const { id, package_id } of staying) {
    if (wellUsed.has(id)) continue;
    const packages = users.get(id) ?? new Set();
    users.set(id, packages.add(package_id));
  }
  return users;
}

function contentsOf(db: ReadConnection, packId: number): Promise<Kept[]> {
  const columns = ['digest', 'raw_offset', 'length'] as const;
  return db.selectFrom('contents').select(columns).where('pack_id', '=', packId).orderBy('raw_offset').execute();
}

function listsOf(db: ReadConnection, packId: number): Promise<PackedList[]> {
  return db.selectFrom('lists').select(['digest', 'size', 'root']).where('pack_id', '=', packId).execute();
}

function* batchesOf(packs: readonly SparsePack[]): Iterable<SparsePack[]> {
  let batch: SparsePack[] = [];
  let bytes = 0;
  for (const pack of packs) {
    batch.push(pack);
    bytes += pack.keptBytes;
    if (bytes < BATCH_BYTES && batch.length < BATCH_PACKS) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** @returns the retired ones. */
async function rewrite(parts: RewriteParts, packs: readonly SparsePack[]): Promise<SparsePack[]> {
  let retired: SparsePack[] = [];
  let mayBeNamed = false;
  const sink = new ContentSink(parts.storage, parts.workers, parts.signal);
  try {
    const copied: SparsePack[] = [];
    for (const pack of packs) if (await copyKept(parts, pack, sink)) copied.push(pack);
    const sealed = await sink.finish();
    const keys = sealed.map(({ key }) => key);
    await record(
      parts,
      async (tx) => {
        parts.signal?.throwIfAborted();
        retired = [];
        if (!(await areNeedsKnown(tx))) return [];
        for (const pack of copied) if (await isAsBefore(tx, pack)) retired.push(pack);
        if (retired.length === 0) return [];
        return [...sealed.map(sealedEvent), ...retired.map(({ key }) => retiredEvent(key, keys))];
      },
      {
        packs: sealed,
        beforeCommit: () => {
          mayBeNamed = true;
        },
      },
    );
  } catch (error) {
    if (!mayBeNamed) await sink.abort();
    throw error;
  }
  if (retired.length === 0) await sink.abort();
  return retired;
}

/** Whether nobody else has retired the pack, or begun to need more of it than was copied. */
async function isAsBefore(tx: ReadConnection, { id, packages }: SparsePack): Promise<boolean> {
  const pack = await tx.selectFrom('packs').select('retired_at').where('id', '=', id).executeTakeFirst();
  if (pack === undefined || pack.retired_at !== null) return false;
  const users = await tx.selectFrom('package_packs').select('package_id').where('pack_id', '=', id).execute();
  return users.every(({ package_id }) => packages.has(package_id));
}

/** @returns false when something is damaged, so that the pack must stay. */
async function copyKept(
  parts: RewriteParts,
  { key, frames, kept, lists }: SparsePack,
  sink: ContentSink,
): Promise<boolean> {
  let next = 0;
  for (const frame of placeFrames(decodeFrames(decodeCbor(frames), `The registry's entry for pack "${key}"`))) {
    const first = next;
    while (next < kept.length && kept[next]!.raw_offset < frame.rawOffset + frame.rawLength) next++;
    const within = kept.slice(first, next);
    if (within.length === 0) continue;
    const raw = await readFrame(parts, key, frame);
    if (raw === undefined) return false;
    for (const { digest, raw_offset, length } of within) {
      const content = raw.subarray(raw_offset - frame.rawOffset, raw_offset - frame.rawOffset + length);
      if (!sameBytes(blake3.hash(content), digest)) return false;
      await sink.addSmall(digest, content);
    }
  }
  for (const list of lists) sink.addList(list);
  return true;
}

/** Undefined when it is damaged, or another garbage collection has removed the pack. */
async function readFrame(
  { storage, workers, signal }: RewriteParts,
  key: string,
  { codec, rawLength, storedOffset, storedLength }: PlacedFrame,
): Promise<Uint8Array | undefined> {
  try {
    const stored = await storage.get(key, { offset: storedOffset, length: storedLength }, signal);
    return await workers.run('decompress', { codec, rawLength, stored }, signal);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return undefined;
  }
}
