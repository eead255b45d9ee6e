import { ArchiveError } from '../errors.ts';
import type { NamedEntry } from './paths.ts';

/** Entries of one package, limited by the memory of a process. */
const MAX_ENTRIES = 5_000_000;
/** Size limit of a manifest's CBOR; unpacking needs that much contiguous memory. */
export const MAX_MANIFEST_BYTES: number = 1024 * 1024 * 1024;

/** Encoded size of an entry without its path and target: keys, size, two digests. */
const ENTRY_BYTES = 144;
/** Upper bound of the other fields, by the limits of new packages. */
const ABOUT_BYTES = 16 * 1024 * 1024;

/**
 * Refuses entries whose manifest would be too long to read, before anything is stored.
 * @throws ArchiveError `PATH_INVALID`.
 */
export function requireManifestRoom(entries: number, entryBytes: number): void {
  if (entries > MAX_ENTRIES) {
    throw new ArchiveError(
      'PATH_INVALID',
      `There are ${entries} entries to archive, more than the limit of ${MAX_ENTRIES} per package; archive a part of them.`,
      undefined,
      { expected: `${MAX_ENTRIES}`, actual: `${entries}` },
    );
  }
  if (entryBytes + ABOUT_BYTES <= MAX_MANIFEST_BYTES) return;
  throw new ArchiveError(
    'PATH_INVALID',
    `The ${entries} paths to archive are too long: the manifest would exceed ${MAX_MANIFEST_BYTES} bytes; archive a part of them.`,
  );
}

/** Upper bound of an entry's encoded size. */
export function entryBytes(entry: NamedEntry): number {
  return ENTRY_BYTES + Buffer.byteLength(entry.path) + (entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0);
}
