import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { type FileHandle, link, mkdir, open, opendir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { asBuffer } from '../encoding/as-buffer.ts';
import { writeAll } from '../encoding/write-all.ts';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { diskRemedy } from '../files/disk-faults.ts';
import { fileSystemTime } from '../files/file-system-time.ts';
import { lacksHardLinks } from '../files/hard-links.ts';
import { newMark, stateOfMarked } from '../files/process-mark.ts';
import { writeStaged } from '../files/whole-file.ts';
import { type ByteRange, CreateUnsupported, type StorageBackend, type StoredObject } from './backend.ts';
import { makeDurableDirectory, syncDirectory } from './durable-directory.ts';
import { isKey, requireKey } from './keys.ts';
import { missing, otherBytes, requireSize, tooShort } from './object-faults.ts';
import { skewOf } from './storage-clock.ts';
import { SYNCABLE, syncClosedFile, syncFile } from './sync-file.ts';

/** The folder of unfinished writes, on the same file system as the objects. */
const STAGING = 'tmp';

/** Names read from a folder with one request to the thread that reads it. */
const NAMES_AT_ONCE = 1024;

/** Stores objects as files below a folder, which is created with the first object. */
export class LocalStorage implements StorageBackend {
  readonly backendId = 'local';
  readonly #root: string;
  /** Folders below the root whose names are known to be durable. */
  readonly #durable = new Set<string>();

  #clockSkewMs: number | undefined;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  async put(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    const target = this.#path(key);
    const source = guarded(pieces, signal);
    try {
      const existing = await openIfAny(target);
      if (existing) {
        await requireSame(existing, source.pieces, key);
        await this.#syncNames(target);
        return;
      }
      await this.#stage(target, source.pieces, (staged) => {
        signal?.throwIfAborted();
        return rename(staged, target);
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (source.failed(error)) throw error;
      throw storeError(error, `write "${key}"`, this.#root);
    }
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const target = this.#path(key);
    try {
      await this.#stage(target, [bytes], async (staged) => {
        await link(staged, target);
        await unlink(staged);
      });
      this.#clockSkewMs = skewOf((await stat(target)).mtimeMs, Date.now());
      return 'created';
    } catch (error) {
      if (lacksHardLinks(error)) throw createUnsupported(this.#root, error);
      if (systemErrorCode(error) !== 'EEXIST') throw storeError(error, `create "${key}"`, this.#root);
    }
    // NFS may report EEXIST for its own link, if the response to the first try was lost.
    const isOurs = asBuffer(await this.get(key)).equals(bytes);
    await this.#sync(target, key);
    return isOurs ? 'created' : 'exists';
  }

  /** Writes a durable temporary file, lets `publish` move it to the target, and makes the new name durable. */
  async #stage(
    target: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    publish: (staged: string) => Promise<void>,
  ): Promise<void> {
    const staged = join(this.#root, STAGING, newMark());
    await makeDurableDirectory(this.#root);
    for (const path of [staged, target]) await mkdir(dirname(path), { recursive: true });
    const write = async (file: FileHandle) => {
      for await (const piece of pieces) await writeAll(file, piece);
    };
    await writeStaged(staged, write, publish);
    await this.#syncNames(target);
  }

  /** Makes an object that another writer stored durable. */
  async #sync(target: string, key: string): Promise<void> {
    try {
      await syncClosedFile(target);
      await this.#syncNames(target);
    } catch (error) {
      throw storeError(error, `sync "${key}"`, this.#root);
    }
  }

  /** Makes the names of an object and of its folders durable; a killed writer may have created them without syncing. */
  async #syncNames(target: string): Promise<void> {
    let folder = dirname(target);
    await syncDirectory(folder);
    for (; folder !== this.#root && !this.#durable.has(folder); folder = dirname(folder)) {
      await syncDirectory(dirname(folder));
      this.#durable.add(folder);
    }
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    let file: number | undefined;
    try {
      // Only reading may wait for the disk for long; the other calls take longer on a thread. Opening a FIFO would block without O_NONBLOCK.
      file = openSync(this.#path(key), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const stat = fstatSync(file);
      if (!stat.isFile()) throw missing(key);
      const { offset, length } = range ?? { offset: 0, length: requireSize(key, stat.size) };
      if (offset + length > stat.size) throw tooShort(key);
      const bytes = Buffer.allocUnsafeSlow(length);
      if ((await readFully(file, bytes, offset)) < offset + length) throw tooShort(key);
      return bytes;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') throw missing(key, error);
      throw storeError(error, `read "${key}"`, this.#root);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  async head(key: string): Promise<StoredObject | undefined> {
    try {
      const found = await stat(this.#path(key));
      return found.isFile() ? { key, size: found.size, modifiedAt: found.mtime } : undefined;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw storeError(error, `look up "${key}"`, this.#root);
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await unlinkIfAny(path);
      await syncDirectory(dirname(path));
    } catch (error) {
      // A missing folder means that the object is missing too.
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, `delete "${key}"`, this.#root);
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<StoredObject> {
    // Walks only the folder part of the prefix; the rest of the prefix filters.
    const folder = join(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    let parent: string | undefined;
    let parentKey = '';
    try {
      for await (const item of await opendir(folder, { recursive: true, bufferSize: NAMES_AT_ONCE })) {
        if (!item.isFile()) continue;
        // Resolving the path of every file would take most of the time of opening a store with a long log.
        if (item.parentPath !== parent) {
          parent = item.parentPath;
          parentKey = relative(this.#root, parent).split(sep).join('/');
        }
        const key = parentKey === '' ? item.name : `${parentKey}/${item.name}`;
        if (!key.startsWith(prefix) || key <= after || key.startsWith(`${STAGING}/`) || !isKey(key)) continue;
        const found = await this.head(key);
        if (found) yield found;
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, `list "${prefix}"`, this.#root);
    }
  }

  async removeUnfinished(before: Date): Promise<undefined> {
    const staging = join(this.#root, STAGING);
    try {
      const names = await readdir(staging);
      if (names.length === 0) return;
      // Compares by the file system's own clock, which dated the files.
      const cutoff = before.getTime() - Date.now() + (await fileSystemTime(staging));
      for (const name of names) {
        const path = join(staging, name);
        const state = stateOfMarked(name);
        if (state === 'ended') await unlinkIfAny(path);
        // A process running here may still be writing its file, so that stays.
        else if (state === 'elsewhere') await removeIfOlder(path, cutoff);
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, 'remove unfinished files', this.#root);
    }
  }

  async health(): Promise<void> {
    const probe = `health-${randomUUID()}`;
    await this.put(probe, [Buffer.from('ok')]);
    await this.delete(probe);
  }

  #path(key: string): string {
    return join(this.#root, requireKey(key));
  }
}

/** Ignores a file that is gone: its write finished meanwhile. */
async function removeIfOlder(path: string, time: number): Promise<void> {
  try {
    if ((await stat(path)).mtimeMs < time) await unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

async function unlinkIfAny(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

async function openIfAny(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, SYNCABLE);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Wraps the pieces to tell their own errors from those of the disk. */
function guarded(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  const failures: unknown[] = [];
  async function* guardedPieces(): AsyncIterable<Uint8Array> {
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
  return { pieces: guardedPieces(), failed: (error: unknown) => failures.includes(error) };
}

/** Checks that an existing object has these bytes, and makes it durable. */
async function requireSame(file: FileHandle, pieces: AsyncIterable<Uint8Array>, key: string): Promise<void> {
  try {
    if (!(await file.stat()).isFile()) throw otherBytes(key);
    let compared = 0;
    for await (const piece of pieces) {
      const found = Buffer.allocUnsafe(piece.byteLength);
      const end = await readFully(file.fd, found, compared);
      if (end < compared + piece.byteLength || !found.equals(piece)) throw otherBytes(key);
      compared = end;
    }
    if ((await file.stat()).size !== compared) throw otherBytes(key);
    await syncFile(file);
  } finally {
    await file.close();
  }
}

const readAt = promisify(read);

/** Fills the buffer, or reads up to the end of the file. @returns the position after the last byte read. */
async function readFully(fd: number, bytes: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const { bytesRead } = await readAt(fd, bytes, filled, bytes.byteLength - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return position + filled;
}

function createUnsupported(root: string, cause: unknown): CreateUnsupported {
  const sentence = `The file system of the store at ${root} has no hard links, so nothing can be created atomically`;
  return new CreateUnsupported(`${sentence}; choose another folder, or a database.`, cause);
}

function storeError(error: unknown, action: string, root: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof ArchiveError) return error;
  const remedy = diskRemedy(code, 'run as the owner of the store or choose another one');
  return new ArchiveError('STORE_UNAVAILABLE', `Could not ${action} in the store at ${root}: ${remedy}.`, error, {
    path: root,
  });
}
