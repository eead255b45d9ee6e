import type { Abortable } from '../abort.ts';
import { type LogParts, record } from '../commit/record.ts';
import type { ReadConnection } from '../database/database.ts';
import type { EventDraft, RemovalReason } from '../log/model.ts';
import { partsOf } from '../parts.ts';
import { deleteObjects } from './delete-objects.ts';

/** Stored objects and their bytes. */
export interface ObjectTotals {
  objects: number;
  bytes: number;
}

/**
 * Removes the packs that have been retired for longer than the grace period. Their removal is recorded first: after a crash in between, the
 * next run deletes the objects.
 */
export async function sweepPacks(parts: LogParts & Abortable, cutoff: Date, dryRun: boolean): Promise<ObjectTotals> {
  const { database, signal } = parts;
  const removable = await retiredUntil(database.db, cutoff);
  if (dryRun) return totalOf(removable);
  const removed: RetiredPack[] = [];
  for (const part of partsOf(removable)) {
    let still: RetiredPack[] = [];
    await record(parts, async (tx) => {
      signal?.throwIfAborted();
      // Another garbage collection may have been first.
      const ids = new Set((await retiredUntil(tx, cutoff)).map(({ id }) => id));
      still = part.filter(({ id }) => ids.has(id));
      return still.map(({ key, storedBytes }) => removal(key, storedBytes, 'unreferenced'));
    });
    await deleteObjects(
      parts,
      still.map(({ key }) => key),
    );
    for (const pack of still) removed.push(pack);
  }
  return totalOf(removed);
}

interface RetiredPack {
  id: number;
  key: string;
  storedBytes: number;
}

async function retiredUntil(db: ReadConnection, cutoff: Date): Promise<RetiredPack[]> {
  const rows = await db
    .selectFrom('packs')
    .select(['id', 'storage_key', 'stored_bytes'])
    .where('retired_at', '<=', cutoff.toISOString())
    .orderBy('id')
    .execute();
  return rows.map(({ id, storage_key, stored_bytes }) => ({ id, key: storage_key, storedBytes: stored_bytes }));
}

export function removal(key: string, storedBytes: number, reason: RemovalReason): EventDraft {
  return {
    type: 'v1.object.removed',
    subjectKind: 'object',
    subjectId: key,
    payload: { stored_bytes: storedBytes, reason },
  };
}

export function totalOf(packs: readonly { storedBytes: number }[]): ObjectTotals {
  return { objects: packs.length, bytes: packs.reduce((sum, { storedBytes }) => sum + storedBytes, 0) };
}
