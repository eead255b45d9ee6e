import { constants, createReadStream, existsSync } from 'node:fs';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { readFaultOf, sourceError } from '../source-faults.ts';
import { BAGIT_TXT } from './layout.ts';
import { readTar, type TarMember } from './tar-reader.ts';

/** Of a file and of what is in it, at a time. */
const CHUNK_BYTES = 256 * 1024;

/** What a bag lies in. */
export interface BagSource {
  /** Absolute. */
  readonly path: string;
  /** Bytes of the file; Infinity for a folder, which nothing unpacks. */
  readonly storedBytes: number;
  /**
   * Everything in it, with paths below the bag's folder. What is not read is passed over.
   *
   * @throws ArchiveError `INTEGRITY` when it is damaged, or unpacks to more than so many bytes: a bomb is found out before
   * it has run its course. The reason of the signal when it is aborted.
   */
  members(atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember>;
}

export interface SourceMember extends TarMember {
  /** The folder in the archive that it lies in. */
  top: string;
}

/**
 * A folder, or a tar archive as it is or compressed with zstd or gzip.
 *
 * @throws ArchiveError `NOT_FOUND`; `FILE_UNREADABLE` for what the system refuses to read.
 */
export async function openSource(path: string): Promise<BagSource> {
  const absolute = resolve(path);
  try {
    const found = await stat(absolute);
    if (!found.isDirectory()) {
      await (await open(absolute)).close();
      return new TarSource(absolute, found.size);
    }
    // Rather than read all of a folder that is something else.
    if (existsSync(join(absolute, BAGIT_TXT))) return new FolderSource(absolute);
    throw damagedBag({ path: absolute }, `is no bag: it lacks "${BAGIT_TXT}"`);
  } catch (error) {
    const fault = readFaultOf(error);
    if (fault.status === 'failed') throw sourceError(absolute, fault, error);
    throw new ArchiveError('NOT_FOUND', `There is no file or folder ${path}; check the path.`, error);
  }
}

class TarSource implements BagSource {
  readonly path: string;
  readonly storedBytes: number;

  constructor(path: string, storedBytes: number) {
    this.path = path;
    this.storedBytes = storedBytes;
  }

  async *members(atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember> {
    for await (const member of readTar(this.#unpacked(atMost, signal))) {
      const path = member.path.replace(/^(?:\.\/)+/, '');
      const slash = path.indexOf('/');
      yield { ...member, top: path.slice(0, Math.max(0, slash)), path: path.slice(slash + 1) };
    }
  }

  async *#unpacked(atMost: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const file = createReadStream(this.path, { highWaterMark: CHUNK_BYTES });
    const decompressor = await decompressorFor(this.path);
    file.on('error', (error) => decompressor?.destroy(error));
    try {
      let left = atMost;
      const bytes: AsyncIterable<Uint8Array> = decompressor ? file.pipe(decompressor) : file;
      for await (const piece of bytes) {
        signal?.throwIfAborted();
        left -= piece.byteLength;
        if (left < 0) throw damagedBag(this, 'unpacks to more than its manifest tells of');
        yield piece;
      }
    } catch (error) {
      if (/^Z(?:STD)?_/.test(systemErrorCode(error) ?? '')) {
        throw damagedBag(this, 'is cut short or damaged', error);
      }
      throw error;
    } finally {
      file.destroy();
      decompressor?.destroy();
    }
  }
}

/** By the first bytes (RFC 8878, 3.1.1; RFC 1952, 2.3.1). */
async function decompressorFor(path: string) {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(4);
    await file.read(magic, 0, 4, 0);
    if (magic.equals(Buffer.from('28b52ffd', 'hex'))) return createZstdDecompress({ chunkSize: CHUNK_BYTES });
    return magic.subarray(0, 2).equals(Buffer.from('1f8b', 'hex'))
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : undefined;
  } finally {
    await file.close();
  }
}

class FolderSource implements BagSource {
  readonly path: string;
  readonly storedBytes = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.path = path;
  }

  async *members(_atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember> {
    yield* this.#below('', signal);
  }

  async *#below(folder: string, signal: AbortSignal | undefined): AsyncGenerator<SourceMember> {
    const items = await this.#reading(folder, (path) => readdir(path, { withFileTypes: true }));
    for (const { name } of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder + name;
      signal?.throwIfAborted();
      const member = await this.#member(path, signal);
      yield member;
      if (member.type === 'directory') yield* this.#below(`${path}/`, signal);
    }
  }

  async #member(path: string, signal: AbortSignal | undefined): Promise<SourceMember> {
    const found = await this.#reading(path, (absolute) => lstat(absolute));
    const about = { top: '', path, size: 0, executable: false, target: '', body: nothing() };
    if (found.isDirectory()) return { ...about, type: 'directory' };
    if (found.isSymbolicLink()) {
      return { ...about, type: 'symlink', target: await this.#reading(path, (absolute) => readlink(absolute)) };
    }
    if (!found.isFile()) throw damagedBag(this, `holds ${JSON.stringify(path)}, which is no file, folder or link`);
    const executable = (found.mode & 0o100) !== 0;
    return { ...about, type: 'file', size: found.size, executable, body: this.#content(path, found.size, signal) };
  }

  /** Opened when it is read. One that is longer by now is not what was listed. */
  async *#content(path: string, size: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    const file = await this.#reading(path, (absolute) => open(absolute, flags));
    try {
      let bytes = 0;
      for await (const piece of file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
        signal?.throwIfAborted();
        bytes += (piece as Uint8Array).byteLength;
        yield piece as Uint8Array;
      }
      if (bytes !== size) throw damagedBag(this, `has ${JSON.stringify(path)}, which changed while it was read`);
    } finally {
      await file.close();
    }
  }

  async #reading<T>(path: string, action: (absolute: string) => Promise<T>): Promise<T> {
    try {
      return await action(join(this.path, path));
    } catch (error) {
      const fault = readFaultOf(error);
      if (fault.status === 'failed') throw sourceError(join(this.path, path), fault, error);
      throw damagedBag(this, `has ${JSON.stringify(path)}, which changed while it was read`, error);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The bag as a whole is not what somebody once made. */
export function damagedBag({ path }: Pick<BagSource, 'path'>, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The bag ${path} ${what}; get it again from where it was kept.`, cause);
}
