import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packStamps, type SourceFile, sourceFile } from '../source.ts';
import { type ReadFault, readFaultOf, sourceError } from '../source-faults.ts';
import { FRAME_RAW_BYTES, OBJECT_MIN_BYTES } from './format.ts';
import type { FileToRead } from './read-stable.ts';
import type { FilesToRead } from './tasks.ts';

/** A file that changes while it is read is tried again after these pauses. */
const RETRY_PAUSES_MS = [20, 100, 500];
/** Files in one task share a round trip to the thread, and one to the database. */
export const MAX_BATCH_FILES = 1024;
/** Batches and large files read ahead; bounds memory. */
export const PENDING_READS_PER_WORKER = 2;

export function isLarge(file: SourceFile): boolean {
  return file.stamp.size >= OBJECT_MIN_BYTES;
}

/** Batches of small files that fill a frame; a large one by itself. */
export function* batchesOf(files: readonly SourceFile[]): Iterable<[SourceFile, ...SourceFile[]]> {
  let batch: SourceFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const full = isLarge(file) || bytes >= FRAME_RAW_BYTES || batch.length >= MAX_BATCH_FILES;
    if (full && batch.length > 0) {
      yield batch as [SourceFile];
      batch = [];
      bytes = 0;
    }
    if (isLarge(file)) {
      yield [file];
    } else {
      batch.push(file);
      bytes += file.stamp.size;
    }
  }
  if (batch.length > 0) yield batch as [SourceFile];
}

export function toRead(base: string, { path, from = path, stamp }: SourceFile): FileToRead {
  return { file: join(base, from), stamp };
}

export function filesToRead(base: string, files: readonly SourceFile[]): FilesToRead {
  return {
    base,
    paths: files.map(({ path, from = path }) => from),
    stamps: packStamps(files.map(({ stamp }) => stamp)),
  };
}

export function isFault(result: object): result is ReadFault {
  return 'status' in result && result.status !== 'read';
}

/**
 * Stats and reads the file again by itself, a few times. The last fault is reported.
 * @returns the file as it was read, and the result of reading.
 * @throws ArchiveError `FILE_UNREADABLE` or `FILE_CHANGED` naming the file.
 */
export async function retryRead<T extends object>(
  base: string,
  file: SourceFile,
  fault: ReadFault,
  read: (now: SourceFile) => Promise<T | ReadFault>,
  signal: AbortSignal | undefined,
): Promise<[SourceFile, T]> {
  let last = fault;
  for (const pause of RETRY_PAUSES_MS) {
    if (last.status === 'failed') break;
    await sleep(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    const now = await relist(base, file);
    if (isFault(now)) {
      last = now;
      continue;
    }
    const result = await read(now);
    if (!isFault(result)) return [now, result];
    last = result;
  }
  throw sourceError(file.path, last);
}

/** The file as it is now. */
async function relist(base: string, { path, from }: SourceFile): Promise<SourceFile | ReadFault> {
  try {
    const stat = await lstat(join(base, from ?? path), { bigint: true });
    return stat.isFile() ? sourceFile(path, stat, from) : { status: 'replaced' };
  } catch (error) {
    return readFaultOf(error);
  }
}

/** Carries a fault out of the stream that the storage backend reads. */
export class ChunkFault extends Error {
  readonly fault: ReadFault;

  constructor(fault: ReadFault) {
    super('The file changed between two reads of it.');
    this.fault = fault;
  }
}
