import type { StorageBackend } from './backend.ts';
import { MissingObject } from './object-faults.ts';

/** The bytes of an object; undefined when it does not exist. */
export async function getIfAny(storage: StorageBackend, key: string): Promise<Uint8Array | undefined> {
  try {
    return await storage.get(key);
  } catch (error) {
    if (error instanceof MissingObject) return undefined;
    throw error;
  }
}
