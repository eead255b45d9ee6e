import type { Abortable } from '../abort.ts';
import type { ChunksToRead } from './cut-file.ts';
import { FRAME_RAW_BYTES, type PackedContent } from './format.ts';
import type { CodedFrame } from './pack-writer.ts';
import type { FileToRead } from './read-stable.ts';
import { ChunkFault, isFault } from './source-reads.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface PlacedChunk extends PackedContent {
  offset: number;
}

/** Chunks of one file that become one frame. */
export type ChunkGroup = readonly PlacedChunk[];

/** As many chunks a group as fill a frame, and those that are left. */
export function groupsOf(chunks: Iterable<PlacedChunk>): { groups: ChunkGroup[]; rest: ChunkGroup; bytes: number } {
  const groups: ChunkGroup[] = [];
  let rest: PlacedChunk[] = [];
  let bytes = 0;
  let restBytes = 0;
  for (const chunk of chunks) {
    rest.push(chunk);
    bytes += chunk.length;
    restBytes += chunk.length;
    if (restBytes < FRAME_RAW_BYTES) continue;
    groups.push(rest);
    rest = [];
    restBytes = 0;
  }
  return { groups, rest, bytes };
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
 *
 * @param tell is told how far it has come.
 * @throws ChunkFault
 */
export async function* codedGroups(
  { workers, signal }: CodingParts,
  { item, isCompressible }: { item: FileToRead; isCompressible: boolean },
  groups: readonly ChunkGroup[],
  tell: (bytes: number) => void,
): AsyncGenerator<CodedFrame> {
  const code = (group: ChunkGroup) => {
    const task = isCompressible ? 'codeChunks' : 'readChunks';
    const coding = workers.run(task, toRead(item, group), signal);
    coding.catch(() => undefined);
    return { group, coding };
  };
  const ahead: ReturnType<typeof code>[] = [];
  const take = async (): Promise<CodedFrame> => {
    const { group, coding } = ahead[0]!;
    const frame = await coding;
    ahead.shift();
    if (isFault(frame)) throw new ChunkFault(frame);
    const { offset, length } = group.at(-1)!;
    tell(offset + length);
    return { frame, contents: group };
  };
  try {
    for (const group of groups) {
      ahead.push(code(group));
      if (ahead.length > workers.size) yield await take();
    }
    while (ahead.length > 0) yield await take();
  } finally {
    await Promise.allSettled(ahead.map(({ coding }) => coding));
  }
}
