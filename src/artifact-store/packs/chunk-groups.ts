import type { Abortable } from '../abort.ts';
import { mapAhead } from '../map-ahead.ts';
import type { PlacedChunk } from './chunk-table.ts';
import type { ChunksToRead } from './cut-file.ts';
import { FRAME_RAW_BYTES } from './format.ts';
import type { CodedFrame } from './pack-writer.ts';
import type { FileToRead } from './read-stable.ts';
import { ChunkFault, isFault } from './source-reads.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Chunks of one file that form one frame. */
export type ChunkGroup = readonly PlacedChunk[];

/** Groups that each fill a frame; the last one may be smaller. */
export function* groupsOf(chunks: Iterable<PlacedChunk>): Iterable<ChunkGroup> {
  let group: PlacedChunk[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    group.push(chunk);
    bytes += chunk.length;
    if (bytes < FRAME_RAW_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

export function toRead(item: FileToRead, group: ChunkGroup): ChunksToRead {
  return {
    item,
    offsets: Float64Array.from(group, ({ offset }) => offset),
    lengths: Uint32Array.from(group, ({ length }) => length),
    digests: Buffer.concat(group.map(({ digest }) => digest)),
  };
}

interface CodingParts extends Abortable {
  workers: WorkerPool;
}

/**
 * Reads the groups for the second time and codes them on several threads.
 * @param tell receives the progress.
 * @throws ChunkFault
 */
export async function* codedGroups(
  { workers, signal }: CodingParts,
  { item, isCompressible }: { item: FileToRead; isCompressible: boolean },
  groups: Iterable<ChunkGroup>,
  tell: (bytes: number) => void,
): AsyncGenerator<CodedFrame> {
  const code = async (group: ChunkGroup) => {
    const task = isCompressible ? 'codeChunks' : 'readChunks';
    return { group, frame: await workers.run(task, toRead(item, group), signal) };
  };
  for await (const { group, frame } of mapAhead(groups, workers.size, code)) {
    if (isFault(frame)) throw new ChunkFault(frame);
    const { offset, length } = group.at(-1)!;
    tell(offset + length);
    yield { frame, contents: group };
  }
}
