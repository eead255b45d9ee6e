import { inChunks } from '../encoding/chunks.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { mapAhead } from '../map-ahead.ts';
import type { Coded } from './codec.ts';
import { OBJECT_FRAME_RAW_BYTES, type PackedContent } from './format.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Codes a large content that arrives in pieces, frame by frame on several threads. */
export async function* codeStream(
  workers: WorkerPool,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Coded> {
  // The first chunk shows whether compressing the rest is worthwhile.
  let first: Promise<Coded> | undefined;
  const code = async (raw: Uint8Array): Promise<Coded> => {
    signal?.throwIfAborted();
    if ((await first)?.codec === 'raw') return { codec: 'raw', stored: raw, rawLength: raw.byteLength };
    const coding = workers.run('compress', { raw }, signal);
    first ??= coding;
    return coding;
  };
  yield* mapAhead(inChunks(pieces, OBJECT_FRAME_RAW_BYTES), workers.size, code);
}

/** Passes the pieces through. @throws ArchiveError `INTEGRITY` at the end when their digest or size is wrong. */
export async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  { digest, length }: PackedContent,
  path: string,
): AsyncGenerator<Uint8Array> {
  const hash = blake3.createHash();
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.byteLength;
    if (bytes > length) break;
    yield piece;
  }
  if (bytes !== length || !sameBytes(hash.digest(), digest)) throw contentMismatch(path, digest);
}

/** The error for a content that does not match its entry. */
export function contentMismatch(path: string, digest: Uint8Array): ArchiveError {
  const what = `${JSON.stringify(path)} (${formatContentAddress(digest)})`;
  return new ArchiveError(
    'INTEGRITY',
    `The content of ${what} is not what its manifest says; get it from another copy.`,
    undefined,
    { path, expected: formatContentAddress(digest) },
  );
}
