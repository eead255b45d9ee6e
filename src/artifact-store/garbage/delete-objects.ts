import type { Abortable } from '../abort.ts';
import { partsOf } from '../parts.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** A remote store answers each slowly; a git host takes them at once. */
const DELETES_AT_ONCE = 100;

/** Deletes objects whose removal the log has recorded. */
export async function deleteObjects(
  { storage, signal }: { storage: StorageBackend } & Abortable,
  keys: readonly string[],
): Promise<void> {
  for (const part of partsOf(keys, DELETES_AT_ONCE)) {
    signal?.throwIfAborted();
    const results = await Promise.allSettled(part.map((key) => storage.delete(key)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}
