import { type Abortable, itemsUntilAborted } from '../abort.ts';
import { type LogParts, record, whileLocked } from '../events/log.ts';
import type { EventDraft, RemovalReason } from '../events/model.ts';
import { partsOf } from '../packs/content-index.ts';
import { doomEmptyPacks, isRemovable, type PackUse, packUse } from './packs.ts';

/** Stored objects and their bytes. */
export interface ObjectTotals {
  objects: number;
  bytes: number;
}

/**
 * Removes the packs of which nothing is needed for longer than the grace period, second phase. First the registry forgets
 * them, then their bytes go: a crash between leaves objects that are known to be removed.
 */
export async function sweepPacks(parts: LogParts & Abortable, cutoff: string, dryRun: boolean): Promise<ObjectTotals> {
  const { database, storage, now } = parts;
  const removable: PackUse[] = [];
  const empty: number[] = [];
  for await (const pack of itemsUntilAborted(parts.signal, packUse(database.db, cutoff))) {
    if (isRemovable(pack, cutoff)) removable.push(pack);
    else if (pack.contents === 0 && pack.doomedAt === null) empty.push(pack.id);
  }
  if (dryRun) return totalOf(removable);
  if (empty.length > 0) await whileLocked(database, (tx) => doomEmptyPacks(tx, empty, now().toISOString()));
  const removed: PackUse[] = [];
  for (const part of partsOf(removable)) {
    let still: PackUse[] = [];
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      // What a package took back into use meanwhile stays.
      still = [];
      const ids = part.map(({ id }) => id);
      for await (const pack of packUse(tx, cutoff, ids)) if (isRemovable(pack, cutoff)) still.push(pack);
      for (const { id } of still) {
        await tx.deleteFrom('contents').where('pack_id', '=', id).execute();
        await tx.deleteFrom('packs').where('id', '=', id).execute();
      }
      return still.map(({ key, storedBytes, contents }) =>
        removal(key, storedBytes, contents > 0 ? 'unreferenced' : 'rewritten'),
      );
    });
    for (const pack of still) {
      parts.signal?.throwIfAborted();
      await storage.delete(pack.key);
      removed.push(pack);
    }
  }
  return totalOf(removed);
}

export function removal(key: string, storedBytes: number, reason: RemovalReason): EventDraft {
  return {
    type: 'v1.object.removed',
    subjectKind: 'object',
    subjectId: key,
    payload: { stored_bytes: storedBytes, reason },
  };
}

export function totalOf(packs: readonly PackUse[]): ObjectTotals {
  return { objects: packs.length, bytes: packs.reduce((sum, { storedBytes }) => sum + storedBytes, 0) };
}
