import { randomUUID } from 'node:crypto';
import type { StorageBackend } from './backend.ts';

/** Times are whole seconds at many servers, and cut off. */
const TICK_MS = 1000;

/** What a time that storage told, just before `now`, says of its clock: by how many milliseconds it is ahead of this machine's. */
export function skewOf(told: number, now: number): number {
  if (told > now) return told - now;
  return told + 2 * TICK_MS < now ? told + TICK_MS - now : 0;
}

/** By how many milliseconds the storage's clock is ahead of this machine's; by that clock, objects are dated. */
export async function clockSkew(storage: StorageBackend): Promise<number> {
  if (storage.clockSkewMs !== undefined) return storage.clockSkewMs;
  // Without a folder, which would stay behind.
  const key = `health-${randomUUID()}`;
  try {
    await storage.put(key, [Buffer.from('clock')]);
    const found = await storage.head(key);
    return found === undefined ? 0 : skewOf(found.modifiedAt.getTime(), Date.now());
  } finally {
    await storage.delete(key);
  }
}
