import { randomUUID } from 'node:crypto';
import type { StorageBackend } from './backend.ts';

/** By how many milliseconds the storage's clock is ahead of this machine's; by that clock, objects are dated. */
export async function clockSkew(storage: StorageBackend): Promise<number> {
  // Without a folder, which would stay behind.
  const key = `health-${randomUUID()}`;
  const before = Date.now();
  try {
    await storage.put(key, [Buffer.from('clock')]);
    const found = await storage.head(key);
    const after = Date.now();
    if (found === undefined) return 0;
    const stored = found.modifiedAt.getTime();
    // Times are whole seconds at some servers, and cut off.
    if (stored > after) return stored - after;
    return stored + 1000 < before ? stored + 1000 - before : 0;
  } finally {
    await storage.delete(key);
  }
}
