import type { StorageBackend } from '../storage/backend.ts';
import { type PackTrailer, readTrailer } from './format.ts';

/** Reads what a pack in storage says that it holds. @throws ArchiveError `INTEGRITY`. */
export function readStoredTrailer(storage: StorageBackend, key: string, storedBytes: number): Promise<PackTrailer> {
  return readTrailer(key, storedBytes, (offset, length) => storage.get(key, { offset, length }));
}
