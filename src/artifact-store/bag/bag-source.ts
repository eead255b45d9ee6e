import { ArchiveError } from '../errors.ts';
import type { TarMember } from './tar-reader.ts';

/** What is read of a file at a time, and of what is in it. */
export const CHUNK_BYTES: number = 64 * 1024;

/** What lies below the payload's folder, or beside it. */
export type BagPart = 'tags' | 'payload';

/** What a bag lies in. */
export interface BagSource {
  /** Absolute. */
  readonly path: string;
  /** Bytes of the file; Infinity for a folder, which nothing unpacks. */
  readonly storedBytes: number;
  /**
   * All of a part, with paths below the bag's folder; where the other part is passed anyway, that too. What is not read is passed
   * over.
   *
   * @throws ArchiveError `INTEGRITY` when it is damaged, or unpacks to more than so many bytes: a bomb is found out before
   * it has run its course. The reason of the signal when it is aborted.
   */
  members(part: BagPart, atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember>;
}

export interface SourceMember extends TarMember {
  /** The folder in the archive that it lies in. */
  top: string;
}

/** The bag as a whole is not what somebody once made. */
export function damagedBag({ path }: Pick<BagSource, 'path'>, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The bag ${path} ${what}; get it again from where it was kept.`, cause, {
    path,
  });
}
