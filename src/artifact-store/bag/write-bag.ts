import { lstat, mkdir, open, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { inChunks } from '../encoding/chunks.ts';
import { writeAll } from '../encoding/write-all.ts';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { unwritable } from '../files/disk-faults.ts';
import { removeLeftovers, stagedBeside } from '../files/staged-names.ts';
import { createFile } from '../files/whole-file.ts';
import { decodeManifest } from '../manifest/codec.ts';
import { isContentEntry, type Manifest, type PackageDescription } from '../manifest/model.ts';
import type { ReadFiles } from '../packs/ordered-reader.ts';
import { modeOf } from '../packs/tasks.ts';
import { syncDirectory } from '../storage/durable-directory.ts';
import { type BagMember, bagMembers } from './bag-members.ts';
import { warnOfForeignReaders } from './foreign-readers.ts';
import { MAX_WINDOW_LOG } from './limits.ts';
import { encodeHeader, endOfArchive, padding } from './tar.ts';

/**
 * A new or empty folder, a new file, or a stream, which is left open. File and stream receive a tar archive compressed
 * with zstd.
 */
export type BagTarget = { folder: string } | { file: string } | { stream: Writable };

/** The size of each write to the compressor. Fixed, since the output could depend on it. */
const CHUNK_BYTES = 1024 * 1024;
const FOLDER_MODE = 0o755;
/** zstd's window at its default level. */
const DEFAULT_WINDOW_LOG = 21;

/**
 * Writes a package as a bag. A folder or file is written under a temporary name beside its place, and moved there when it
 * is complete. A file is then durable.
 *
 * @throws ArchiveError `TARGET_REFUSED` when the place is taken or cannot be written; what `readFiles` throws.
 */
export async function writeBag(
  target: BagTarget,
  cbor: Uint8Array,
  readFiles: ReadFiles,
  signal: AbortSignal | undefined,
): Promise<void> {
  const manifest = decodeManifest(cbor);
  warnOfForeignReaders(manifest);
  const members = bagMembers(manifest, cbor, readFiles);
  if ('stream' in target) {
    const options = { end: false, ...(signal && { signal }) };
    // biome-ignore lint/plugin: two streams
    await asTargetError('The output', () => pipeline(...compressed(manifest, members), target.stream, options));
  } else if ('file' in target) {
    await asTargetError(`The file ${target.file}`, () => writeFile(target.file, manifest, members, signal));
  } else {
    await asTargetError(`The folder ${target.folder}`, () => writeFolder(target.folder, members, signal));
  }
}

function compressed({ package: about, files }: Manifest, members: AsyncIterable<BagMember>) {
  const source = Readable.from(inChunks(tarBytes(about, members), CHUNK_BYTES), { objectMode: false });
  const bytes = files.reduce((sum, entry) => sum + (isContentEntry(entry) ? entry.size : 0), 0);
  return [source, createZstdCompress({ chunkSize: CHUNK_BYTES, params: windowFor(bytes) })] as const;
}

/** A large window finds copies that are far apart, as with `zstd --long`. Unpacking takes as much memory as the window. */
function windowFor(bytes: number): Record<number, number> {
  const log = Math.min(MAX_WINDOW_LOG, Math.ceil(Math.log2(Math.max(1, bytes))));
  if (log <= DEFAULT_WINDOW_LOG) return {};
  return { [constants.ZSTD_c_windowLog]: log, [constants.ZSTD_c_enableLongDistanceMatching]: 1 };
}

/** The tar archive, with all members in one folder named after the package's id. */
async function* tarBytes(
  { id, created_at }: PackageDescription,
  members: AsyncIterable<BagMember>,
): AsyncGenerator<Uint8Array> {
  const mtime = new Date(created_at);
  for await (const { body, ...entry } of members) {
    yield encodeHeader({ ...entry, path: `${id}/${entry.path}` }, mtime);
    yield* body;
    yield padding(entry.size);
  }
  yield endOfArchive();
}

async function writeFile(
  file: string,
  manifest: Manifest,
  members: AsyncIterable<BagMember>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await requireFree(file);
  await createFile(file, async (output) => {
    const write = async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) await writeAll(output, piece);
    };
    // biome-ignore lint/plugin: two streams
    await pipeline(...compressed(manifest, members), write, signal ? { signal } : {});
    signal?.throwIfAborted();
  });
}

async function writeFolder(
  folder: string,
  members: AsyncIterable<BagMember>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await requireFree(folder, true);
  await removeLeftovers(dirname(folder));
  const staged = stagedBeside(folder);
  await mkdir(staged, { mode: FOLDER_MODE });
  try {
    for await (const member of members) await writeMember(staged, member);
    signal?.throwIfAborted();
    // Windows cannot rename a folder over another one, not even over an empty one.
    await rmdir(folder).catch(() => undefined);
    await rename(staged, folder);
    await syncDirectory(dirname(folder));
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}

async function writeMember(folder: string, { path, type, executable, target, body }: BagMember): Promise<void> {
  const place = join(folder, path);
  await mkdir(type === 'directory' ? place : dirname(place), { recursive: true, mode: FOLDER_MODE });
  if (type === 'directory') return;
  if (type === 'symlink') {
    await symlink(target, place);
    return;
  }
  const file = await open(place, 'wx', modeOf(executable));
  try {
    for await (const piece of body) await writeAll(file, piece);
  } finally {
    await file.close();
  }
}

/** @throws ArchiveError `TARGET_REFUSED` when the path exists; `orEmpty` allows an empty folder. */
async function requireFree(path: string, orEmpty = false): Promise<void> {
  try {
    const isFree = orEmpty && (await lstat(path)).isDirectory() && (await readdir(path)).length === 0;
    if (!isFree && (await lstat(path))) {
      throw new ArchiveError('TARGET_REFUSED', `${path} exists already; name another place.`, undefined, { path });
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || error instanceof ArchiveError) throw error;
  }
}

async function asTargetError(what: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw unwritable(what, error, 'name another place');
  }
}
