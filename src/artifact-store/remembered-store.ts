import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { decodeStoreFile, encodeStoreFile, type StoreFile } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { ArchiveError, systemErrorCode } from './errors.ts';
import { replaceFile } from './files/whole-file.ts';
import { readOutsideFile } from './outside-file.ts';

/** Far above real size. */
const MAX_BYTES = 64 * 1024;

/**
 * The store file of a bucket as this user last read it, which saves a request: the newest followed segment proves that it is still the same
 * store. Undefined for other storages, which answer at once.
 */
export function rememberedStore(config: StoreConfig): StoreFile | undefined {
  const path = placeOf(config);
  if (path === undefined) return undefined;
  try {
    const bytes = readOutsideFile(path, MAX_BYTES);
    return bytes && decodeStoreFile(bytes);
  } catch (error) {
    // Damaged, unreadable or of another version: the bucket is asked instead.
    if (error instanceof ArchiveError) return undefined;
    throw error;
  }
}

/** Optional: a failure to write the cache is ignored. */
export async function rememberStore(config: StoreConfig, store: StoreFile): Promise<void> {
  const path = placeOf(config);
  if (path === undefined) return;
  try {
    await replaceFile(path, encodeStoreFile(store));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

function placeOf({ database, storage }: StoreConfig): string | undefined {
  if (database.kind !== 'cache' || storage.kind !== 's3') return undefined;
  const { endpointUrl = '', region = '', bucket, keyPrefix } = storage;
  const place = createHash('sha256').update(JSON.stringify([endpointUrl, region, bucket, keyPrefix]));
  return join(database.directory, `${place.digest('hex')}.json`);
}
