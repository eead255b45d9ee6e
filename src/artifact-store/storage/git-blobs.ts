import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeAll } from '../encoding/write-all.ts';
import { newMark } from '../files/process-mark.ts';
import { removeAbandoned } from '../files/staged-names.ts';
import type { ByteRange } from './backend.ts';

/** Limit of the local copies of blobs; the least recently used are deleted first. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024 * 1024;

const STAGED = 'tmp-';

/** A cache of blobs as local files, by id, since ranges of them are read often. */
export class GitBlobs {
  readonly #directory: string;
  /** Blobs that this process wrote or hashed. Older files may have rotted, so they are hashed before use. */
  readonly #sound = new Set<string>();
  #hasForgotten = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf(id: string): string {
    return join(this.#directory, id);
  }

  /** Undefined when the blob is not cached. */
  async sizeOf(id: string): Promise<number | undefined> {
    return (await stat(this.pathOf(id)).catch(() => undefined))?.size;
  }

  /** Whether the blob is cached and its bytes match its id. */
  async has(id: string): Promise<boolean> {
    if (this.#sound.has(id)) return (await this.sizeOf(id)) !== undefined;
    if (this.#hasForgotten || (await this.#hash(id)) !== id) return false;
    this.#sound.add(id);
    const now = new Date();
    await utimes(this.pathOf(id), now, now).catch(() => undefined);
    return true;
  }

  /** Ignores all files that exist now; blobs written later count. */
  forget(): void {
    this.#sound.clear();
    this.#hasForgotten = true;
  }

  /** The blob id that git would give the file; undefined when it does not exist. */
  async #hash(id: string): Promise<string | undefined> {
    const size = await this.sizeOf(id);
    if (size === undefined) return undefined;
    const hash = createHash('sha1').update(`blob ${size}\0`);
    await pipeline(createReadStream(this.pathOf(id)), hash);
    return hash.digest('hex');
  }

  /** Undefined when the blob is not cached, or ends before the range does. */
  async read(id: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const file = await open(this.pathOf(id)).catch(() => undefined);
    try {
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      const { offset, length } = range ?? { offset: 0, length: size };
      if (offset + length > size) return undefined;
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) return undefined;
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await file?.close();
    }
  }

  /** Writes a temporary file, which {@link keep} then moves into place. */
  async stage(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    const path = join(this.#directory, STAGED + newMark());
    const file = await open(path, 'wx');
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        await writeAll(file, piece);
      }
      await file.close();
      return path;
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  async keep(staged: string, id: string): Promise<void> {
    await rename(staged, this.pathOf(id));
    this.#sound.add(id);
  }

  /** Adds the blobs that `git cat-file --batch` prints. */
  async takeBatch(output: Readable): Promise<void> {
    const reader = new BatchReader(output);
    for (let header = await reader.line(); header !== undefined; header = await reader.line()) {
      const [id, kind, size] = header.split(' ');
      if (id === undefined || kind !== 'blob') throw new Error(`git has no blob ${header}`);
      await this.keep(await this.stage(reader.bytes(Number(size))), id);
      await reader.line();
    }
  }

  /** Deletes the least recently used blobs above the limit. */
  async trim(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await removeAbandoned(this.#directory, (name) => (name.startsWith(STAGED) ? name.slice(STAGED.length) : undefined));
    const names = (await readdir(this.#directory)).filter((name) => !name.startsWith(STAGED));
    const files = await Promise.all(
      names.map(async (name) => ({
        path: join(this.#directory, name),
        found: await stat(join(this.#directory, name)).catch(() => undefined),
      })),
    );
    const kept = files.flatMap(({ path, found }) => (found ? [{ path, size: found.size, time: found.mtimeMs }] : []));
    let bytes = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of kept.sort((a, b) => a.time - b.time)) {
      if (bytes <= MAX_KEPT_BYTES) return;
      await rm(path, { force: true });
      bytes -= size;
    }
  }
}

const LINE_FEED = 10;

/** Reads lines and byte runs of a stream alternately. */
class BatchReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(output: Readable) {
    this.#chunks = output[Symbol.asyncIterator]();
  }

  /** The next line without its line feed; undefined at the end. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(LINE_FEED);
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  async *bytes(count: number): AsyncIterable<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#rest.byteLength === 0 && !(await this.#more())) throw new Error('git printed less than it said');
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = this.#rest.byteLength === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }
}
