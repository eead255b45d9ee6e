import type { Abortable } from '../abort.ts';
import { covers, listCheckpoints } from '../commit/checkpoints.ts';
import type { LogParts } from '../commit/record.ts';
import { checkpointKey } from '../log/checkpoint.ts';
import { deleteObjects } from './delete-objects.ts';
import { type ObjectTotals, totalOf } from './sweep.ts';

/** Removes checkpoints whose segments are all in a later one. Nothing refers to them, so the log need not record it. */
export async function removeCheckpoints(
  parts: LogParts & Abortable,
  cutoff: Date,
  dryRun: boolean,
): Promise<ObjectTotals> {
  const found = await listCheckpoints(parts.storage);
  const old = found.filter((each) => each.storedAt <= cutoff && found.some((other) => covers(other, each)));
  if (!dryRun) await deleteObjects(parts, old.map(checkpointKey));
  return totalOf(old.map(({ bytes }) => ({ storedBytes: bytes })));
}
