import { lstatSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { compareUtf8, searchUtf8 } from '../encoding/utf8.ts';
import { ArchiveError } from '../errors.ts';
import { fileSystemTime } from '../files/file-system-time.ts';
import { replaceFile } from '../files/whole-file.ts';
import { DIGEST_BYTES, type Digests, digestsAt, sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { readOutsideFile } from '../outside-file.ts';
import { type FileStamp, type SourceFile, sameStamp, stampOf } from '../source.ts';

const VERSION = 2;
/** size, mtime, ctime, inode: 64 bits each. */
const STAMP_BYTES = 4 * 8;
const RECORD_BYTES = STAMP_BYTES + 2 * DIGEST_BYTES;
const BODY_AT = MAGIC_BYTES + DIGEST_BYTES;
const FIRST_RECORDS = 256;
/** About ten million files. */
const MAX_CACHE_BYTES = 1024 * 1024 * 1024;

/**
 * A file changed this shortly before it was read may change again without different times, since file system clocks are that coarse (FAT: 2
 * s). Git calls such entries racy (Documentation/technical/racy-git.txt); they are not kept.
 */
const RACY_NS = 2_000_000_000n;

/**
 * The digests of files as last read, by their stamps: an unchanged file need not be read again. It is a cache: a damaged or missing one
 * only costs time.
 */
export class StatCache {
  readonly #file: string;
  readonly #base: string;
  readonly #known: Known;
  /** The state of each known file. */
  readonly #fates: Uint8Array;
  /** The next one expected, when files are looked up in order. */
  #next = 0;
  /** Records of files that were read, with spare room, and their paths. */
  #added = Buffer.alloc(0);
  #addedView = viewOf(this.#added);
  readonly #addedPaths: string[] = [];
  /** The earliest time at which one of them may have been read, by this machine's clock. */
  #readAtMs = Number.POSITIVE_INFINITY;

  private constructor(file: string, base: string, known: Known) {
    this.#file = file;
    this.#base = base;
    this.#known = known;
    this.#fates = new Uint8Array(known.paths.length);
  }

  /** Opens the cache of the files below one folder. */
  static async open(directory: string, base: string): Promise<StatCache> {
    const name = toHex(blake3.hash(Buffer.from(base))).slice(0, 32);
    const file = join(directory, name);
    return new StatCache(file, base, await load(file));
  }

  /** The position of a file in the cache, if it has not changed since its digests were computed. */
  lookup(path: string, stamp: FileStamp): number | undefined {
    const index = this.#find(path);
    if (index === undefined || !this.#hasStamp(index, stamp)) return undefined;
    this.#fates[index] = IS_CURRENT;
    return index;
  }

  /** The digests at a position that {@link lookup} returned. */
  digestsOf(position: number): Digests {
    return digestsAt(this.#known.records, position * RECORD_BYTES + STAMP_BYTES);
  }

  /** Adds a file that was read at `readAt` or later. It is not kept if it changed too shortly before that. */
  add({ path, stamp }: Pick<SourceFile, 'path' | 'stamp'>, { blake3, sha256 }: Digests, readAt: Date): void {
    const index = this.#find(path);
    if (index !== undefined) this.#fates[index] = IS_REPLACED;
    this.#readAtMs = Math.min(this.#readAtMs, readAt.getTime());
    const at = this.#addedPaths.push(path) * RECORD_BYTES - RECORD_BYTES;
    if (at === this.#added.byteLength) {
      const length = Math.max(FIRST_RECORDS * RECORD_BYTES, 2 * at);
      this.#added = Buffer.from((this.#added.buffer as ArrayBuffer).transfer(length));
      this.#addedView = viewOf(this.#added);
    }
    this.#addedView.setBigUint64(at, BigInt(stamp.size), true);
    this.#addedView.setBigInt64(at + 8, stamp.mtimeNs, true);
    this.#addedView.setBigInt64(at + 16, stamp.ctimeNs, true);
    this.#addedView.setBigUint64(at + 24, stamp.inode, true);
    this.#added.set(blake3, at + STAMP_BYTES);
    this.#added.set(sha256, at + STAMP_BYTES + DIGEST_BYTES);
  }

  /** Saves the added files, and known ones that are unchanged. */
  async save(): Promise<void> {
    const { paths, records } = this.#known;
    if (this.#addedPaths.length === 0 && this.#fates.every((fate) => fate === IS_CURRENT)) return;
    try {
      const kept = [...paths.keys()].filter((index) => this.#isKept(index));
      if (this.#addedPaths.length === 0 && kept.length === paths.length) return;
      await mkdir(dirname(this.#file), { recursive: true });
      const settled = this.#addedPaths.length === 0 ? 0n : await this.#settledNs();
      const added = [...this.#addedPaths.keys()].filter((index) => {
        const { mtimeNs, ctimeNs } = readStamp(this.#addedView, index * RECORD_BYTES);
        return mtimeNs < settled && ctimeNs < settled;
      });
      const files = [
        ...kept.map((index) => ({ path: paths[index]!, records, index })),
        ...added.map((index) => ({ path: this.#addedPaths[index]!, records: this.#added, index })),
      ];
      await replaceFile(this.#file, encode(files));
    } catch {
      // The archive is complete without it; the next one reads every file.
    }
  }

  /**
   * Files with older times did not change shortly before they were read. If the cache is on the same file system as the files, the time is
   * by that file system's clock, else by this machine's.
   */
  async #settledNs(): Promise<bigint> {
    const folder = dirname(this.#file);
    const areTogether = statSync(this.#base, { throwIfNoEntry: false })?.dev === statSync(folder).dev;
    const ahead = areTogether ? (await fileSystemTime(folder)) - Date.now() : 0;
    return BigInt(Math.floor(this.#readAtMs + ahead)) * 1_000_000n - RACY_NS;
  }

  /** The position of a file among the known ones. */
  #find(path: string): number | undefined {
    const { paths } = this.#known;
    const isNext = paths[this.#next] === path;
    const index = isNext ? this.#next : searchUtf8(paths.length, (i) => paths[i]!, path);
    if (index !== undefined) this.#next = index + 1;
    return index;
  }

  #hasStamp(index: number, stamp: FileStamp): boolean {
    return sameStamp(readStamp(this.#known.view, index * RECORD_BYTES), stamp);
  }

  #isKept(index: number): boolean {
    if (this.#fates[index] !== IS_UNSEEN) return this.#fates[index] === IS_CURRENT;
    const stat = lstatSync(join(this.#base, this.#known.paths[index]!), { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() === true && this.#hasStamp(index, stampOf(stat));
  }
}

const IS_UNSEEN = 0;
const IS_CURRENT = 1;
const IS_REPLACED = 2;

/** Records as stored, sorted by path: one object per record would take far more memory. */
interface Known {
  paths: readonly string[];
  records: Buffer;
  view: DataView;
}

function readStamp(view: DataView, at: number): FileStamp {
  return {
    size: Number(view.getBigUint64(at, true)),
    mtimeNs: view.getBigInt64(at + 8, true),
    ctimeNs: view.getBigInt64(at + 16, true),
    inode: view.getBigUint64(at + 24, true),
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** A file, and which of these records is its own. */
interface Recorded {
  path: string;
  records: Buffer;
  index: number;
}

/** Magic, digest of the rest, number of records, the records, their paths, each ended by a NUL; sorted by path. */
function encode(files: Recorded[]): Buffer {
  files.sort((a, b) => compareUtf8(a.path, b.path));
  const text = Buffer.from(files.map(({ path }) => `${path}\0`).join(''));
  const textAt = BODY_AT + 4 + files.length * RECORD_BYTES;
  const bytes = Buffer.alloc(textAt + text.byteLength);
  bytes.set(encodeMagic('ASSC', VERSION));
  bytes.writeUInt32LE(files.length, BODY_AT);
  files.forEach(({ records, index }, i) => {
    records.copy(bytes, BODY_AT + 4 + i * RECORD_BYTES, index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
  });
  bytes.set(text, textAt);
  bytes.set(blake3.hash(bytes.subarray(BODY_AT)), MAGIC_BYTES);
  return bytes;
}

async function load(file: string): Promise<Known> {
  const nothing = knownOf([], Buffer.alloc(0));
  try {
    const stored = readOutsideFile(file, MAX_CACHE_BYTES);
    if (stored === undefined) return nothing;
    const version = readMagic(stored, 'ASSC', VERSION, `The stat cache ${file}`);
    const body = stored.subarray(BODY_AT);
    const isSound = version === VERSION && sameBytes(stored.subarray(MAGIC_BYTES, BODY_AT), blake3.hash(body));
    return isSound ? decode(body) : nothing;
  } catch (error) {
    if (error instanceof ArchiveError || (error as NodeJS.ErrnoException).code !== undefined) return nothing;
    throw error;
  }
}

function decode(body: Buffer): Known {
  const end = 4 + body.readUInt32LE(0) * RECORD_BYTES;
  // The last one ends with a NUL as well.
  return knownOf(body.toString('utf8', end).split('\0').slice(0, -1), body.subarray(4, end));
}

function knownOf(paths: readonly string[], records: Buffer): Known {
  return { paths, records, view: viewOf(records) };
}
