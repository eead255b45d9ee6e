import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { partsOf } from '../parts.ts';
import { readFaultOf, sourceError } from '../source-faults.ts';
import { type BagPart, type BagSource, CHUNK_BYTES, damagedBag, type SourceMember } from './bag-source.ts';
import { PAYLOAD_FOLDER } from './layout.ts';

/** Members opened and read in parallel, to hide the latency of the disk. Also bounds memory. */
const READ_AT_ONCE = 64;
/** Files up to this size are read ahead; larger ones when their body is read. */
const SMALL_BYTES = 64 * 1024;

/** Does not follow links, and does not block on a FIFO. Windows has neither flag. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A bag in a folder. */
export class FolderSource implements BagSource {
  readonly path: string;
  readonly storedBytes = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.path = path;
  }

  async *members(part: BagPart, _atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember> {
    yield* this.#below('', (path) => (path === PAYLOAD_FOLDER) === (part === 'payload'), signal);
  }

  /** @param isAsked selects top-level folders to walk; top-level files are always read. */
  async *#below(
    folder: string,
    isAsked: (path: string) => boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SourceMember> {
    const items = await this.#reading(folder, (path) => readdir(path, { withFileTypes: true }));
    items.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const some of partsOf(items, READ_AT_ONCE)) {
      signal?.throwIfAborted();
      const members = await Promise.all(some.map((item) => this.#member(folder + item.name, item, signal)));
      for (const member of members) {
        yield member;
        const below = `${member.path}/`;
        if (member.type === 'directory' && isAsked(below)) yield* this.#below(below, () => true, signal);
      }
    }
  }

  async #member(path: string, item: Dirent, signal: AbortSignal | undefined): Promise<SourceMember> {
    const about = { top: '', path, size: 0, executable: false, target: '', body: pieceOf() };
    if (item.isDirectory()) return { ...about, type: 'directory' };
    if (item.isSymbolicLink()) {
      return { ...about, type: 'symlink', target: await this.#reading(path, (absolute) => readlink(absolute)) };
    }
    if (!item.isFile()) throw this.#noFile(path);
    const { content, ...found } = await this.#opened(path, async (file) => {
      const stat = await file.stat();
      if (!stat.isFile()) throw this.#noFile(path);
      const executable = (stat.mode & 0o100) !== 0;
      return { size: stat.size, executable, content: await this.#small(path, file, stat.size) };
    });
    return {
      ...about,
      type: 'file',
      ...found,
      body: content ? pieceOf(content) : this.#large(path, found.size, signal),
    };
  }

  /** Undefined for a large file. */
  async #small(path: string, file: FileHandle, size: number): Promise<Uint8Array | undefined> {
    if (size > SMALL_BYTES) return undefined;
    // One more byte, to notice that the file grew.
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size + 1), 0, size + 1, 0);
    if (bytesRead !== size) throw this.#changed(path);
    return buffer.subarray(0, size);
  }

  /** Opens the file again when its body is read. Fails if its length has changed since it was listed. */
  async *#large(path: string, size: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const file = await this.#reading(path, (absolute) => open(absolute, READ_FLAGS));
    try {
      let bytes = 0;
      for await (const piece of file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
        signal?.throwIfAborted();
        bytes += (piece as Uint8Array).byteLength;
        if (bytes > size) throw this.#changed(path);
        yield piece as Uint8Array;
      }
      if (bytes !== size) throw this.#changed(path);
    } finally {
      await file.close();
    }
  }

  #opened<T>(path: string, action: (file: FileHandle) => Promise<T>): Promise<T> {
    return this.#reading(path, async (absolute) => {
      const file = await open(absolute, READ_FLAGS);
      try {
        return await action(file);
      } finally {
        await file.close();
      }
    });
  }

  async #reading<T>(path: string, action: (absolute: string) => Promise<T>): Promise<T> {
    try {
      return await action(join(this.path, path));
    } catch (error) {
      const fault = readFaultOf(error);
      if (fault.status === 'failed') throw sourceError(join(this.path, path), fault, error);
      throw this.#changed(path, error);
    }
  }

  #changed(path: string, cause?: unknown) {
    return damagedBag(this, `has ${JSON.stringify(path)}, which changed while it was read`, cause);
  }

  #noFile(path: string) {
    return damagedBag(this, `has ${JSON.stringify(path)}, which is not a file, folder or link`);
  }
}

async function* pieceOf(content?: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content !== undefined && content.byteLength > 0) yield content;
}
