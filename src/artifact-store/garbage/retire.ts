import type { Abortable } from '../abort.ts';
import { type LogParts, record } from '../commit/record.ts';
import type { ReadConnection } from '../database/database.ts';
import type { EventDraft } from '../log/model.ts';
import { areNeedsKnown } from './needs.ts';
import { type ObjectTotals, totalOf } from './sweep.ts';

/** Packs per segment. */
const BATCH_PACKS = 1000;
const NOBODY: ReadonlySet<string> = new Set();

interface UnneededPack {
  key: string;
  storedBytes: number;
}

/**
 * Retires the packs that no package needs: new packages cannot use their contents, and after the grace period they are removed.
 * @param leaving packages to treat as disposed of.
 */
export async function retirePacks(
  parts: LogParts & Abortable,
  leaving: ReadonlySet<string>,
  dryRun: boolean,
): Promise<ObjectTotals> {
  if (dryRun) return totalOf(await unneededPacks(parts.database.db, leaving));
  const retired: UnneededPack[] = [];
  for (let size = BATCH_PACKS; size === BATCH_PACKS; ) {
    let batch: UnneededPack[] = [];
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      batch = (await areNeedsKnown(tx)) ? (await unneededPacks(tx, NOBODY)).slice(0, BATCH_PACKS) : [];
      return batch.map(({ key }) => retiredEvent(key, []));
    });
    size = batch.length;
    for (const pack of batch) retired.push(pack);
  }
  return totalOf(retired);
}

/** The event of a pack that new packages can no longer use. */
export function retiredEvent(key: string, movedTo: readonly string[]): EventDraft {
  return { type: 'v1.pack.retired', subjectKind: 'pack', subjectId: key, payload: { moved_to: [...movedTo] } };
}

async function unneededPacks(db: ReadConnection, leaving: ReadonlySet<string>): Promise<UnneededPack[]> {
  const needs = await db.selectFrom('package_packs').select(['package_id', 'pack_id']).execute();
  const needed = new Set(needs.filter(({ package_id }) => !leaving.has(package_id)).map(({ pack_id }) => pack_id));
  const columns = ['id', 'storage_key', 'stored_bytes'] as const;
  const packs = await db.selectFrom('packs').select(columns).where('retired_at', 'is', null).orderBy('id').execute();
  return packs
    .filter(({ id }) => !needed.has(id))
    .map(({ storage_key, stored_bytes }) => ({ key: storage_key, storedBytes: stored_bytes }));
}
