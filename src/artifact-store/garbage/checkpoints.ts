import type { Abortable } from '../abort.ts';
import type { LogParts } from '../commit/record.ts';
import { CHECKPOINTS, rangeOfKey } from '../log/checkpoint.ts';
import type { StoredObject } from '../storage/backend.ts';
import { deleteObjects } from './delete-objects.ts';
import { type ObjectTotals, totalOf } from './sweep.ts';

/** Removes checkpoints whose segments are all in a later one. Nothing names them, so the log need not tell it. */
export async function removeCheckpoints(
  parts: LogParts & Abortable,
  cutoff: Date,
  dryRun: boolean,
): Promise<ObjectTotals> {
  const found: StoredObject[] = [];
  for await (const object of parts.storage.list(CHECKPOINTS)) if (rangeOfKey(object.key)) found.push(object);
  const old = found.filter(
    ({ key, modifiedAt }) => modifiedAt <= cutoff && found.some((other) => covers(other.key, key)),
  );
  if (!dryRun) {
    await deleteObjects(
      parts,
      old.map(({ key }) => key),
    );
  }
  return totalOf(old.map(({ size }) => ({ storedBytes: size })));
}

function covers(larger: string, key: string): boolean {
  const [outer, inner] = [rangeOfKey(larger)!, rangeOfKey(key)!];
  return larger !== key && outer.first <= inner.first && outer.last >= inner.last;
}
