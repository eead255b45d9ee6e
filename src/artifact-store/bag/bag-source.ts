import { ArchiveError } from '../errors.ts';
import type { TarMember } from './tar-reader.ts';

/** Bytes read at a time from a file, and from an unpacked stream. */
export const CHUNK_BYTES: number = 64 * 1024;

/** The payload folder, or everything beside it. */
export type BagPart = 'tags' | 'payload';

/** The folder or archive that contains a bag. */
export interface BagSource {
  /** Absolute. */
  readonly path: string;
  /** Bytes of the archive file; Infinity for a folder, where unpacking is not an issue. */
  readonly storedBytes: number;
  /**
   * All members of a part, with paths relative to the bag's folder. An archive yields both parts, since it is read through
   * anyway. Bodies that are not read are skipped.
   *
   * @throws ArchiveError `INTEGRITY` when the source is damaged or unpacks to more than `atMost` bytes, which stops
   * decompression bombs early. The reason of the signal when it is aborted.
   */
  members(part: BagPart, atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember>;
}

export interface SourceMember extends TarMember {
  /** The top folder of the archive that contains it. */
  top: string;
}

/** The error for a bag that is damaged or incomplete. */
export function damagedBag({ path }: Pick<BagSource, 'path'>, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The bag ${path} ${what}; get it again from where it was kept.`, cause, {
    path,
  });
}
