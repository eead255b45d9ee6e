import { DIGEST_BYTES } from '../identity/digest.ts';
import { mapAhead } from '../map-ahead.ts';
import type { Coded } from './codec.ts';
import { OBJECT_FRAME_RAW_BYTES } from './format.ts';
import type { FileToRead } from './read-stable.ts';
import type { ReaderParts } from './reader-parts.ts';
import { ChunkFault, isFault } from './source-reads.ts';

/** Reads a large file for the second time, and compresses it chunk by chunk on several threads. */
export async function* codeFile(
  { workers, signal }: Pick<ReaderParts, 'workers' | 'signal'>,
  item: FileToRead,
  digests: Uint8Array,
): AsyncIterable<Coded> {
  const { size } = item.stamp;
  const code = (offset: number, compressible: boolean) => {
    const index = offset / OBJECT_FRAME_RAW_BYTES;
    const chunk = {
      item,
      offset,
      length: Math.min(OBJECT_FRAME_RAW_BYTES, size - offset),
      digest: digests.slice(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
      compressible,
    };
    return workers.run('readChunk', chunk, signal);
  };
  // The first chunk shows whether compressing the rest is worthwhile.
  const first = await code(0, true);
  if (isFault(first)) throw new ChunkFault(first);
  yield first;
  const others = offsetsAfterFirst(size);
  for await (const chunk of mapAhead(others, workers.size, (offset) => code(offset, first.codec !== 'raw'))) {
    if (isFault(chunk)) throw new ChunkFault(chunk);
    yield chunk;
  }
}

function* offsetsAfterFirst(size: number): Iterable<number> {
  for (let offset = OBJECT_FRAME_RAW_BYTES; offset < size; offset += OBJECT_FRAME_RAW_BYTES) yield offset;
}
