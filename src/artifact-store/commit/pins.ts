import { ArchiveError } from '../errors.ts';
import { formatContentAddress, parseContentAddress } from '../identity/digest.ts';
import { segmentDigest, segmentKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { isOnlyCopied } from './segments.ts';

/** A position in the log that was recorded outside the store. */
export interface LogPin {
  /** Number of a segment; 0 before the first one. */
  segment: number;
  /** Digest of the stored segment, as a content address. */
  digest: string;
}

/** A position in the log of a particular store. */
export interface StorePin extends LogPin {
  /** The id of the store. */
  store: string;
}

/**
 * Compares the log with a recorded position.
 * @param newest the number of its newest segment.
 * @throws ArchiveError `INTEGRITY` naming both, when the log is shorter or different.
 */
export async function requirePin(storage: StorageBackend, newest: number, { segment, digest }: LogPin): Promise<void> {
  if (segment === 0) return;
  if (segment > newest) {
    throw new ArchiveError(
      'INTEGRITY',
      `The log in storage ends with segment ${newest}, but segment ${segment} (${digest}) was seen before: the log was truncated, or this is a different store; restore the objects below "log/" from the bucket's versions or a backup.`,
      undefined,
      { key: segmentKey(segment), expected: digest },
    );
  }
  const stored = await getIfAny(storage, segmentKey(segment));
  const found = stored && formatContentAddress(segmentDigest(stored));
  if (found === digest) return;
  if (await isOnlyCopied(storage, { segment, segmentDigest: parseContentAddress(digest) })) return;
  throw new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} of the log in storage is ${found ?? 'missing'}, but ${digest} was seen before: the log was changed, or this is a different store; name the storage of that store, or restore the objects below "log/" from a backup.`,
    undefined,
    { key: segmentKey(segment), expected: digest, actual: found },
  );
}
