import { ArchiveError } from '../errors.ts';
import type { NamedEntry } from './paths.ts';

/** Entries of one package: what a process can hold in memory. */
const MAX_ENTRIES = 5_000_000;
/** Bytes of one manifest's CBOR; unpacking needs that much memory in one piece. */
export const MAX_MANIFEST_BYTES: number = 1024 * 1024 * 1024;

/** Encoded size of an entry without its path and target: keys, size, two digests. */
const ENTRY_BYTES = 144;
/** Upper bound of what a manifest holds besides its entries, by the limits of new packages. */
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
      undefined,
      { expected: `${MAX_ENTRIES}`, actual: `${entries}` },
    );
  }
  if (entryBytes + ABOUT_BYTES <= MAX_MANIFEST_BYTES) return;
  throw new ArchiveError(
    'PATH_INVALID',
    `The ${entries} paths to archive are too long: the manifest that lists them would pass ${MAX_MANIFEST_BYTES} bytes; archive a part of them.`,
  );
}

/** Upper bound of an entry's encoded size. */
export function entryBytes(entry: NamedEntry): number {
  return ENTRY_BYTES + Buffer.byteLength(entry.path) + (entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0);
}
