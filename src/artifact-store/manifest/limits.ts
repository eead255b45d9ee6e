import { ArchiveError } from '../errors.ts';
import type { NamedEntry } from './paths.ts';

/** Entries of one package: what a process can hold in memory. */
const MAX_ENTRIES = 5_000_000;
/** Bytes of one manifest's CBOR; unpacking needs that much memory in one piece. */
export const MAX_MANIFEST_BYTES: number = 1024 * 1024 * 1024;

/** What an entry takes beside its path and target: keys, size, two digests. */
const ENTRY_BYTES = 144;
/** What a manifest says beside its entries takes less, by the limits of new packages. */
const ABOUT_BYTES = 16 * 1024 * 1024;

/**
 * Refuses what would make a manifest that is too long to be read again, before anything is stored.
 *
 * @throws ArchiveError `PATH_INVALID`.
 */
export function requireManifestRoom(entries: number, entryBytes: number): void {
  if (entries > MAX_ENTRIES) {
    throw new ArchiveError(
      'PATH_INVALID',
      `There are ${entries} entries to archive, more than the ${MAX_ENTRIES} of one package; archive a part of them.`,
    );
  }
  if (entryBytes + ABOUT_BYTES <= MAX_MANIFEST_BYTES) return;
  throw new ArchiveError(
    'PATH_INVALID',
    `The ${entries} paths to archive are too long: the manifest that lists them would pass ${MAX_MANIFEST_BYTES} bytes; archive a part of them.`,
  );
}

/** What an entry takes in a manifest at most. */
export function entryBytes(entry: NamedEntry): number {
  return ENTRY_BYTES + Buffer.byteLength(entry.path) + (entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0);
}
