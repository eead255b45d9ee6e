import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { type FileStamp, sameStamp, stampOf } from '../source.ts';

export interface Digests {
  blake3: Uint8Array;
  sha256: Uint8Array;
}

export interface CachedFile extends Digests {
  path: string;
  stamp: FileStamp;
}

const VERSION = 1;
/** size, mtime, ctime, inode: 64 bits each. */
const STAMP_BYTES = 4 * 8;
const RECORD_BYTES = STAMP_BYTES + 2 * DIGEST_BYTES;

/**
 * A file changed this shortly before it was read may change again without its times telling, since clocks of file
 * systems tick that coarsely (FAT: 2 s). Git calls such entries racy (Documentation/technical/racy-git.txt) and so
 * they are not kept.
 */
const RACY_NS = 2_000_000_000n;

/**
 * The digests of files as they were last read, by their stamps: an unchanged file need not be read again. It is a
 * cache: a damaged or missing one only costs time.
 */
export class StatCache {
  readonly #file: string;
  readonly #base: string;
  readonly #known: Map<string, CachedFile>;

  private constructor(file: string, base: string, known: Map<string, CachedFile>) {
    this.#file = file;
    this.#base = base;
    this.#known = known;
  }

  /** Opens the cache of the files below one folder. */
  static async open(directory: string, base: string): Promise<StatCache> {
    const name = toHex(blake3.hash(Buffer.from(base))).slice(0, 32);
    const file = join(directory, name);
    return new StatCache(file, base, await load(file));
  }

  /** The digests of a file, if it has not changed since they were computed. */
  lookup(path: string, stamp: FileStamp): Digests | undefined {
    const cached = this.#known.get(path);
    return cached && sameStamp(cached.stamp, stamp) ? cached : undefined;
  }

  /**
   * Keeps these files, less those that changed too shortly before they were read at `readAt`, and of those known before
   * the ones that are still there as they were.
   */
  async save(files: readonly CachedFile[], readAt: Date): Promise<void> {
    const settled = BigInt(readAt.getTime()) * 1_000_000n - RACY_NS;
    const kept = files.filter(({ stamp }) => stamp.mtimeNs < settled && stamp.ctimeNs < settled);
    const staged = `${this.#file}.${randomUUID()}`;
    try {
      for (const { path } of files) this.#known.delete(path);
      const others = [...this.#known.values()];
      kept.push(...others.filter(({ path, stamp }) => isUnchanged(join(this.#base, path), stamp)));
      const body = encode(kept);
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(staged, Buffer.concat([encodeMagic('ASSC', VERSION), blake3.hash(body), body]));
      await rename(staged, this.#file);
    } catch {
      // The archive is complete without it; the next one reads every file.
      await unlink(staged).catch(() => undefined);
    }
  }
}

function isUnchanged(file: string, stamp: FileStamp): boolean {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true && sameStamp(stampOf(stat), stamp);
}

/** Fixed-size records, then the paths, each ended by a NUL. */
function encode(files: readonly CachedFile[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(files.length);
  const records = Buffer.allocUnsafe(files.length * RECORD_BYTES);
  files.forEach(({ stamp, blake3, sha256 }, i) => {
    const at = i * RECORD_BYTES;
    records.writeBigUInt64LE(BigInt(stamp.size), at);
    records.writeBigInt64LE(stamp.mtimeNs, at + 8);
    records.writeBigInt64LE(stamp.ctimeNs, at + 16);
    records.writeBigUInt64LE(stamp.inode, at + 24);
    records.set(blake3, at + STAMP_BYTES);
    records.set(sha256, at + STAMP_BYTES + DIGEST_BYTES);
  });
  return Buffer.concat([count, records, Buffer.from(files.map(({ path }) => `${path}\0`).join(''))]);
}

async function load(file: string): Promise<Map<string, CachedFile>> {
  try {
    const stored = await readFile(file);
    readMagic(stored, 'ASSC', VERSION, `The stat cache ${file}`);
    const body = stored.subarray(MAGIC_BYTES + DIGEST_BYTES);
    if (!sameBytes(stored.subarray(MAGIC_BYTES, MAGIC_BYTES + DIGEST_BYTES), blake3.hash(body))) return new Map();
    return decode(body);
  } catch (error) {
    if (error instanceof ArchiveError || (error as NodeJS.ErrnoException).code !== undefined) return new Map();
    throw error;
  }
}

function decode(body: Buffer): Map<string, CachedFile> {
  const count = body.readUInt32LE(0);
  const records = body.subarray(4, 4 + count * RECORD_BYTES);
  const paths = body.toString('utf8', 4 + count * RECORD_BYTES).split('\0');
  const known = new Map<string, CachedFile>();
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_BYTES;
    const path = paths[i]!;
    known.set(path, {
      path,
      stamp: {
        size: Number(records.readBigUInt64LE(at)),
        mtimeNs: records.readBigInt64LE(at + 8),
        ctimeNs: records.readBigInt64LE(at + 16),
        inode: records.readBigUInt64LE(at + 24),
      },
      blake3: records.subarray(at + STAMP_BYTES, at + STAMP_BYTES + DIGEST_BYTES),
      sha256: records.subarray(at + STAMP_BYTES + DIGEST_BYTES, at + RECORD_BYTES),
    });
  }
  return known;
}
