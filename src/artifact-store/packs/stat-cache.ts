import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { type FileStamp, type SourceFile, sameStamp, stampOf } from '../source.ts';

const VERSION = 1;
/** size, mtime, ctime, inode: 64 bits each. */
const STAMP_BYTES = 4 * 8;
const RECORD_BYTES = STAMP_BYTES + 2 * DIGEST_BYTES;
const BODY_AT = MAGIC_BYTES + DIGEST_BYTES;
const FIRST_RECORDS = 256;

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
  /** Records of files that were read, with room for more, and their paths. */
  #added = new Uint8Array();
  #addedView = new DataView(this.#added.buffer);
  readonly #addedPaths: string[] = [];

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

  /** Takes up a file that was read at `readAt` or later, unless it changed too shortly before that. */
  add({ path, stamp }: Pick<SourceFile, 'path' | 'stamp'>, { blake3, sha256 }: Digests, readAt: Date): void {
    this.#known.places.delete(path);
    const settled = BigInt(readAt.getTime()) * 1_000_000n - RACY_NS;
    if (stamp.mtimeNs >= settled || stamp.ctimeNs >= settled) return;
    const at = this.#addedPaths.push(path) * RECORD_BYTES - RECORD_BYTES;
    if (at === this.#added.byteLength) {
      this.#added = new Uint8Array(this.#added.buffer.transfer(Math.max(FIRST_RECORDS * RECORD_BYTES, 2 * at)));
      this.#addedView = new DataView(this.#added.buffer);
    }
    this.#addedView.setBigUint64(at, BigInt(stamp.size), true);
    this.#addedView.setBigInt64(at + 8, stamp.mtimeNs, true);
    this.#addedView.setBigInt64(at + 16, stamp.ctimeNs, true);
    this.#addedView.setBigUint64(at + 24, stamp.inode, true);
    this.#added.set(blake3, at + STAMP_BYTES);
    this.#added.set(sha256, at + STAMP_BYTES + DIGEST_BYTES);
  }

  /** Keeps the files that were added, and of those known before the ones that are still there as they were. */
  async save(): Promise<void> {
    const { records, places } = this.#known;
    const staged = `${this.#file}.${randomUUID()}`;
    try {
      const kept = [...places].filter(
        ([path, at]) => this.#isCurrent[at / RECORD_BYTES] || this.#isUnchanged(path, at),
      );
      if (this.#addedPaths.length === 0 && kept.length === this.#isCurrent.length) return;
      const paths = [...kept.map(([path]) => path), ...this.#addedPaths];
      const keptRecords = kept.map(([, at]) => records.subarray(at, at + RECORD_BYTES));
      await mkdir(dirname(this.#file), { recursive: true });
      const added = this.#added.subarray(0, this.#addedPaths.length * RECORD_BYTES);
      await writeFile(staged, encode(paths, [...keptRecords, added]));
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
function encode(paths: readonly string[], records: readonly Uint8Array[]): Buffer {
  const text = paths.map((path) => `${path}\0`).join('');
  const bytes = Buffer.concat([Buffer.alloc(BODY_AT + 4), ...records, Buffer.from(text)]);
  bytes.set(encodeMagic('ASSC', VERSION));
  bytes.writeUInt32LE(paths.length, BODY_AT);
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
