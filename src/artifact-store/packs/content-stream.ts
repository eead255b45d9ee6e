import type { Abortable } from '../abort.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import type { ContentEntry } from '../manifest/model.ts';
import { mapAhead } from '../map-ahead.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { decompress } from './codec.ts';
import type { PlacedFrame } from './format.ts';
import { pieceHasher } from './piece-hasher.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Enough that a reader that hashes and compresses never waits; each takes up to 16 MiB. */
const FRAMES_AHEAD = 2;

export interface ContentSource extends Abortable {
  storage: StorageBackend;
  workers: WorkerPool;
  /** The pack that contains it. */
  key: string;
  /** The frames that contain it, in order. */
  frames: readonly PlacedFrame[];
  /** Where it starts in the pack's stream of raw bytes. */
  rawOffset: number;
}

/** The bytes of one content, decoded a few frames ahead; see {@link checkedPieces}. */
export function streamContent(source: ContentSource, entry: ContentEntry): AsyncIterable<Uint8Array> {
  return checkedPieces(source, decodedPieces(source, entry, entry.size), entry);
}

/**
 * Passes the pieces through, which must be in memory of their own. The last one is delivered only after both digests were verified.
 * @throws ArchiveError `INTEGRITY` when they differ.
 */
export async function* checkedPieces(
  parts: { workers: WorkerPool } & Abortable,
  pieces: AsyncIterable<Uint8Array>,
  entry: ContentEntry,
): AsyncIterable<Uint8Array> {
  const hasher = pieceHasher(parts, entry.size);
  try {
    let held: Uint8Array | undefined;
    for await (const piece of mapAhead(pieces, 1, (each) => hasher.update(each))) {
      if (held) yield held;
      held = piece;
    }
    const { blake3, sha256 } = await hasher.digest();
    if (!sameBytes(blake3, entry.blake3) || !sameBytes(sha256, entry.sha256)) {
      throw damagedContent(entry, 'is damaged in');
    }
    if (held) yield held;
  } finally {
    await hasher.end();
  }
}

/**
 * A number of bytes from the start of the source, within the content of an entry. The digests are of the whole content, so they are not
 * checked.
 * @throws ArchiveError `INTEGRITY` when a frame cannot be decoded.
 */
export async function* decodedPieces(
  { storage, workers, key, frames, rawOffset, signal }: ContentSource,
  entry: ContentEntry,
  length: number,
): AsyncIterable<Uint8Array> {
  const end = rawOffset + length;
  const decode = async (frame: PlacedFrame) => {
    const stored = await storage.get(key, { offset: frame.storedOffset, length: frame.storedLength }, signal);
    const coded = { codec: frame.codec, rawLength: frame.rawLength, stored, sealing: frame.sealing };
    // Raw bytes need no thread, since only their length is checked.
    const raw = frame.codec === 'raw' ? decompress(coded) : await workers.run('decompress', coded, signal);
    return raw?.subarray(Math.max(0, rawOffset - frame.rawOffset), Math.min(frame.rawLength, end - frame.rawOffset));
  };
  for await (const piece of mapAhead(frames, FRAMES_AHEAD - 1, decode)) {
    signal?.throwIfAborted();
    if (piece === undefined) throw damagedContent(entry, 'is damaged in');
    yield piece;
  }
}

export function damagedContent(entry: ContentEntry, what: string, cause?: unknown): ArchiveError {
  const name = JSON.stringify(entry.path);
  const address = formatContentAddress(entry.blake3);
  return new ArchiveError(
    'INTEGRITY',
    `The content of ${name} (${address}) ${what} the store; archive the file again as it was, or restore the store from a backup.`,
    cause,
    { path: entry.path, expected: address },
  );
}
