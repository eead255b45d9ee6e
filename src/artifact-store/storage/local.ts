import { randomUUID } from 'node:crypto';
import { type FileHandle, open, opendir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { writeAll } from '../encoding/write-all.ts';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import type { ByteRange, StorageBackend, StoredObject } from './backend.ts';
import { makeDurableDirectory, syncDirectory } from './durable-directory.ts';
import { isKey, requireKey } from './keys.ts';

/** Unfinished writes lie here, on the same file system as what they become. */
const STAGING = 'tmp';

/** Objects as files below a folder. The folder appears with the first object. */
export class LocalStorage implements StorageBackend {
  readonly backendId = 'local';
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<number> {
    signal?.throwIfAborted();
    const target = this.#path(key);
    if (await this.head(key)) return 0;
    const staged = join(this.#root, STAGING, randomUUID());
    let sourceError: unknown;
    async function* source(): AsyncIterable<Uint8Array> {
      try {
        yield* pieces;
      } catch (error) {
        sourceError = error;
        throw error;
      }
    }
    try {
      await makeDurableDirectory(dirname(staged));
      await makeDurableDirectory(dirname(target));
      const written = await writeDurably(staged, source(), signal);
      signal?.throwIfAborted();
      await rename(staged, target);
      await syncDirectory(dirname(target));
      return written;
    } catch (error) {
      await unlink(staged).catch(() => undefined);
      signal?.throwIfAborted();
      if (error === sourceError) throw error;
      throw storeError(error, `write "${key}"`, this.#root);
    }
  }

  async get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    let file: FileHandle | undefined;
    try {
      file = await open(this.#path(key), 'r');
      const { offset, length } = range ?? { offset: 0, length: (await file.stat()).size };
      const bytes = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) {
          throw new ArchiveError('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`);
        }
        filled += bytesRead;
      }
      return bytes;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        throw new ArchiveError('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, error);
      }
      throw storeError(error, `read "${key}"`, this.#root);
    } finally {
      await file?.close();
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
    try {
      await unlink(this.#path(key));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, `delete "${key}"`, this.#root);
    }
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    // The folder part of a prefix narrows the walk; the rest of it filters.
    const folder = join(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    try {
      for await (const item of await opendir(folder, { recursive: true })) {
        if (!item.isFile()) continue;
        const key = relative(this.#root, join(item.parentPath, item.name)).split(sep).join('/');
        if (!key.startsWith(prefix) || key.startsWith(`${STAGING}/`) || !isKey(key)) continue;
        const found = await this.head(key);
        if (found) yield found;
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, `list "${prefix}"`, this.#root);
    }
  }

  async removeUnfinished(before: Date): Promise<void> {
    const staging = join(this.#root, STAGING);
    try {
      for (const name of await readdir(staging)) await removeIfOlder(join(staging, name), before);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw storeError(error, 'remove unfinished files', this.#root);
    }
  }

  async health(): Promise<void> {
    const probe = `health/${randomUUID()}`;
    await this.put(probe, [Buffer.from('ok')]);
    await this.delete(probe);
  }

  #path(key: string): string {
    return join(this.#root, requireKey(key));
  }
}

/** One that is gone was finished meanwhile. */
async function removeIfOlder(path: string, time: Date): Promise<void> {
  try {
    if ((await stat(path)).mtime < time) await unlink(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

async function writeDurably(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const file = await open(path, 'wx', 0o666);
  let written = 0;
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await writeAll(file, piece);
      written += piece.byteLength;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return written;
}

const REMEDIES: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EFBIG: 'the file size limit is reached; raise it',
  EROFS: 'the file system is read-only; choose a store that can be written',
  EACCES: 'permission is denied; run as the owner of the store or choose another one',
  EPERM: 'permission is denied; run as the owner of the store or choose another one',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine; close some',
  ENOTDIR: 'a file stands where a folder should be; choose another store',
};

function storeError(error: unknown, action: string, root: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof ArchiveError) return error;
  const remedy = REMEDIES[code] ?? `the system says ${code}; check the disk`;
  return new ArchiveError('STORE_UNAVAILABLE', `Could not ${action} in the store at ${root}: ${remedy}.`, error);
}
