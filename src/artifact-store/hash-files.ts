import type { Abortable } from './abort.ts';
import { release } from './encoding/release.ts';
import { DIGEST_BYTES, type Digests, digestsAt } from './identity/digest.ts';
import type { FileEntry } from './manifest/model.ts';
import { mapAhead } from './map-ahead.ts';
import { CachedFiles } from './packs/cached-files.ts';
import { OBJECT_FRAME_RAW_BYTES } from './packs/format.ts';
import { type OnProgress, ProgressCounter, totalOf } from './packs/progress.ts';
import {
  batchesOf,
  filesToRead,
  isFault,
  isLarge,
  PENDING_READS_PER_WORKER,
  retryRead,
  toRead,
} from './packs/source-reads.ts';
import { StatCache } from './packs/stat-cache.ts';
import type { FilesRead } from './packs/tasks.ts';
import { WorkerPool } from './packs/worker-pool.ts';
import { entryOf, type SourceEntry, type SourceFile } from './source.ts';
import type { ReadFault } from './source-faults.ts';

export interface HashOptions extends Abortable {
  /** Cache of digests; files unchanged since they were archived are not read. */
  statCacheDirectory?: string | undefined;
  onProgress?: OnProgress | undefined;
}

/**
 * The entries that a package of these files would have. Reads only the files and stores nothing.
 * @param base the folder that the paths of the entries are relative to.
 * @returns them in no particular order.
 * @throws ArchiveError `FILE_CHANGED` or `FILE_UNREADABLE` naming the file.
 */
export async function hashFiles(
  base: string,
  entries: readonly SourceEntry[],
  { statCacheDirectory, onProgress, signal }: HashOptions = {},
): Promise<FileEntry[]> {
  const statCache = statCacheDirectory === undefined ? undefined : await StatCache.open(statCacheDirectory, base);
  const hashed: FileEntry[] = [];
  const sizes = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.stamp.size] : []));
  const counter = new ProgressCounter(onProgress, totalOf(sizes));
  const take = (file: SourceFile, digests: Digests) => {
    hashed.push(entryOf(file, digests));
    counter.add(file.path, file.stamp.size);
  };
  const unread: SourceFile[] = [];
  const cached = new CachedFiles(statCache);
  for (const entry of entries) {
    if (entry.kind !== 'file') hashed.push(entry);
    else if (!cached.add(entry)) unread.push(entry);
  }
  for (const [file, digests] of cached) take(file, digests);
  const workers = new WorkerPool();
  try {
    for await (const [file, digests] of read({ workers, base, signal }, unread)) take(file, digests);
  } finally {
    await workers.close();
  }
  return hashed;
}

type Hashed = [file: SourceFile, digests: Digests];

interface HashParts extends Abortable {
  workers: WorkerPool;
  base: string;
}

async function* read(parts: HashParts, files: readonly SourceFile[]): AsyncIterable<Hashed> {
  const hash = async (batch: [SourceFile, ...SourceFile[]]) => ({ batch, results: await hashBatch(parts, batch) });
  const ahead = parts.workers.size * PENDING_READS_PER_WORKER;
  for await (const { batch, results } of mapAhead(batchesOf(files), ahead, hash))
    yield* await withRetries(parts, batch, results);
}

async function withRetries(
  parts: HashParts,
  batch: readonly SourceFile[],
  results: readonly (Digests | ReadFault)[],
): Promise<Hashed[]> {
  const hashed: Hashed[] = [];
  for (const [i, result] of results.entries()) {
    const file = batch[i]!;
    const again = async (now: SourceFile) => (await hashBatch(parts, [now]))[0]!;
    hashed.push(isFault(result) ? await retryRead(parts.base, file, result, again, parts.signal) : [file, result]);
  }
  return hashed;
}

/** The digests of each file, or why there are none. */
async function hashBatch(
  { workers, base, signal }: HashParts,
  batch: readonly [SourceFile, ...SourceFile[]],
): Promise<(Digests | ReadFault)[]> {
  if (isLarge(batch[0])) {
    const item = toRead(base, batch[0]);
    return [await workers.run('hashFile', { item, chunkBytes: OBJECT_FRAME_RAW_BYTES }, signal)];
  }
  const { faults, bytes, digests }: FilesRead = await workers.run('readFiles', filesToRead(base, batch), signal);
  release(bytes);
  const failed = new Map(faults);
  return batch.map((_, i) => failed.get(i) ?? digestsAt(digests, 2 * i * DIGEST_BYTES));
}
