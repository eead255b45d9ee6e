import type { WriteTransaction } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { readEvent } from '../log/model.ts';
import type { PackTrailer } from '../packs/format.ts';
import { partsOf } from '../parts.ts';
import { applyToViews } from './views.ts';

/** Applies events of the log to the cache, no matter which process committed them. */
export async function applyEvents(
  tx: WriteTransaction,
  events: readonly EventTable[],
  packs: ReadonlyMap<string, PackTrailer>,
): Promise<void> {
  for (const part of partsOf(events)) await tx.insertInto('events').values(part).execute();
  for (const row of events) await applyToViews(tx, readEvent(row), row, packs);
}
