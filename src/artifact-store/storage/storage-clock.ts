import { randomUUID } from 'node:crypto';
import type { StorageBackend } from './backend.ts';

/** Many servers truncate times to whole seconds. */
const TICK_MS = 1000;

/** How many milliseconds storage's clock is ahead, given a time it reported just before `now`. */
export function skewOf(storageTime: number, now: number): number {
  if (storageTime > now) return storageTime - now;
  return storageTime + 2 * TICK_MS < now ? storageTime + TICK_MS - now : 0;
}

/** How many milliseconds the clock by which storage dates objects is ahead of this machine's. */
export async function clockSkew(storage: StorageBackend): Promise<number> {
  if (storage.clockSkewMs !== undefined) return storage.clockSkewMs;
  // A key without a slash, since a folder would stay behind.
  const key = `health-${randomUUID()}`;
  try {
    await storage.put(key, [Buffer.from('clock')]);
    const found = await storage.head(key);
    return found === undefined ? 0 : skewOf(found.modifiedAt.getTime(), Date.now());
  } finally {
    await storage.delete(key);
  }
}
