import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { type FileStamp, sameStamp, stampOf } from '../source.ts';

export interface CachedFile {
  stamp: FileStamp;
  /** Its path and digests. */
  entry: Digests & { path: string };
}

const VERSION = 1;
/** size, mtime, ctime, inode: 64 bits each. */
const STAMP_BYTES = 4 * 8;
const RECORD_BYTES = STAMP_BYTES + 2 * DIGEST_BYTES;
const BODY_AT = MAGIC_BYTES + DIGEST_BYTES;

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
  readonly #known: Known;
  /** Of each record, whether its file was found to be as it was. */
  readonly #isCurrent: Uint8Array;

  private constructor(file: string, base: string, known: Known) {
    this.#file = file;
    this.#base = base;
    this.#known = known;
    this.#isCurrent = new Uint8Array(known.records.byteLength / RECORD_BYTES);
  }

  /** Opens the cache of the files below one folder. */
  static async open(directory: string, base: string): Promise<StatCache> {
    const name = toHex(blake3.hash(Buffer.from(base))).slice(0, 32);
    const file = join(directory, name);
    return new StatCache(file, base, await load(file));
  }

  /** The digests of a file, if it has not changed since they were computed. */
  lookup(path: string, stamp: FileStamp): Digests | undefined {
    const { records, places } = this.#known;
    const at = places.get(path);
    if (at === undefined || !sameStamp(readStamp(records, at), stamp)) return undefined;
    this.#isCurrent[at / RECORD_BYTES] = 1;
    return digestsAt(records, at + STAMP_BYTES);
  }

  /**
   * Keeps these files, less those that changed too shortly before they were read at `readAt`, and of those known before
   * the ones that are still there as they were.
   */
  async save(read: readonly CachedFile[], readAt: Date): Promise<void> {
    const settled = BigInt(readAt.getTime()) * 1_000_000n - RACY_NS;
    const added = read.filter(({ stamp }) => stamp.mtimeNs < settled && stamp.ctimeNs < settled);
    const { records, places } = this.#known;
    for (const { entry } of read) places.delete(entry.path);
    const staged = `${this.#file}.${randomUUID()}`;
    try {
      const kept = [...places].filter(
        ([path, at]) => this.#isCurrent[at / RECORD_BYTES] || this.#isUnchanged(path, at),
      );
      if (added.length === 0 && kept.length === this.#isCurrent.length) return;
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(staged, encode(records, kept, added));
      await rename(staged, this.#file);
    } catch {
      // The archive is complete without it; the next one reads every file.
      await unlink(staged).catch(() => undefined);
    }
  }

  #isUnchanged(path: string, at: number): boolean {
    const stat = lstatSync(join(this.#base, path), { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() === true && sameStamp(stampOf(stat), readStamp(this.#known.records, at));
  }
}

/** Records as they are stored, and where that of each path begins: an object for each would take far more memory. */
interface Known {
  records: Buffer;
  places: Map<string, number>;
}

function readStamp(records: Buffer, at: number): FileStamp {
  return {
    size: Number(records.readBigUInt64LE(at)),
    mtimeNs: records.readBigInt64LE(at + 8),
    ctimeNs: records.readBigInt64LE(at + 16),
    inode: records.readBigUInt64LE(at + 24),
  };
}

/** Magic, digest of all that follows, number of records, the records, the paths in their order, each ended by a NUL. */
function encode(known: Buffer, kept: readonly [path: string, at: number][], added: readonly CachedFile[]): Buffer {
  const paths = [...kept.map(([path]) => path), ...added.map(({ entry }) => entry.path)];
  const text = paths.map((path) => `${path}\0`).join('');
  let at = BODY_AT + 4;
  const bytes = Buffer.allocUnsafe(at + paths.length * RECORD_BYTES + Buffer.byteLength(text));
  bytes.set(encodeMagic('ASSC', VERSION));
  bytes.writeUInt32LE(paths.length, BODY_AT);
  for (const [, from] of kept) at += known.copy(bytes, at, from, from + RECORD_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { stamp, entry } of added) {
    view.setBigUint64(at, BigInt(stamp.size), true);
    view.setBigInt64(at + 8, stamp.mtimeNs, true);
    view.setBigInt64(at + 16, stamp.ctimeNs, true);
    view.setBigUint64(at + 24, stamp.inode, true);
    bytes.set(entry.blake3, at + STAMP_BYTES);
    bytes.set(entry.sha256, at + STAMP_BYTES + DIGEST_BYTES);
    at += RECORD_BYTES;
  }
  bytes.write(text, at);
  bytes.set(blake3.hash(bytes.subarray(BODY_AT)), MAGIC_BYTES);
  return bytes;
}

async function load(file: string): Promise<Known> {
  const nothing = { records: Buffer.alloc(0), places: new Map() };
  try {
    const stored = await readFile(file);
    readMagic(stored, 'ASSC', VERSION, `The stat cache ${file}`);
    const body = stored.subarray(BODY_AT);
    return sameBytes(stored.subarray(MAGIC_BYTES, BODY_AT), blake3.hash(body)) ? decode(body) : nothing;
  } catch (error) {
    if (error instanceof ArchiveError || (error as NodeJS.ErrnoException).code !== undefined) return nothing;
    throw error;
  }
}

function decode(body: Buffer): Known {
  const end = 4 + body.readUInt32LE(0) * RECORD_BYTES;
  const records = body.subarray(4, end);
  const places = new Map<string, number>();
  const paths = body.toString('utf8', end).split('\0');
  for (let i = 0; i * RECORD_BYTES < records.byteLength; i++) places.set(paths[i]!, i * RECORD_BYTES);
  return { records, places };
}
