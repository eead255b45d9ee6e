import { isUtf8 } from 'node:buffer';
import { constants, lstatSync, statSync } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { YAMLSeq } from 'yaml';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { createFile, replaceFile, type WriteContent } from '../artifact-store/files/whole-file.ts';
import { readOutsideEnd, readOutsideFile, readOutsidePieces } from '../artifact-store/outside-file.ts';
import { makeDurableDirectory } from '../artifact-store/storage/durable-directory.ts';
import { ATTRIBUTES_FILE, INDEX_FILE, INDEX_SIDE_PREFIX } from './contract.ts';
import { type RequireHeld, withFileLock } from './file-lock.ts';
import { type ArchiveRecord, entryLine, type IndexEntry, recordsOf } from './index-record.ts';
import { type IndexText, readEntries, readIndexEnd, readIndexText, salvage, withLines } from './index-text.ts';
import { RecordTexts } from './record-texts.ts';

/** Close to the longest string of V8; about a million records. */
const MAX_INDEX_BYTES = 500 * 1024 * 1024;

const LONG_INDEX_BYTES = 32 * 1024 * 1024;

/** Bytes read from the end of a long index when its newest records suffice. */
const END_BYTES = 64 * 1024;

/** When two branches both archived, their lines conflict at the end of the file; git is told to keep both. */
const ATTRIBUTES = 'index.yaml merge=union\n';

/**
 * The records of an infospace, in file order; none when there is no index.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function readIndex(root: string): Promise<ArchiveRecord[]> {
  return [...recordsIn(root)];
}

/**
 * {@link readIndex} with the records held as text, for a very long index.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function readRecordTexts(root: string): Promise<RecordTexts> {
  return new RecordTexts(recordsIn(root));
}

/** Whether an index is so long that its readers must limit their memory. */
export function isLongIndex(root: string): boolean {
  return (statSync(join(root, INDEX_FILE), { throwIfNoEntry: false })?.size ?? 0) > LONG_INDEX_BYTES;
}

function* recordsIn(root: string): Iterable<ArchiveRecord> {
  const bytes = bytesOf(root);
  try {
    yield* recordsOf(readEntries(bytes));
  } catch (error) {
    throw broken(root, (error as Error).message, error);
  }
}

/** The newest records of an index, about a hundred of a long one. */
export interface IndexEnd {
  records: ArchiveRecord[];
  isWhole: boolean;
}

/**
 * The end of a long index; all records of one that is short or was laid out by another tool.
 * @throws ArchiveError `CONFIG_INVALID` when it is broken.
 */
export function readNewest(root: string): IndexEnd {
  const entries = longEnd(root);
  if (entries !== undefined) return { records: [...recordsOf(entries)], isWhole: false };
  return { records: [...recordsIn(root)], isWhole: true };
}

/** Undefined when the whole index must be read. */
function longEnd(root: string): IndexEntry[] | undefined {
  try {
    const end = readOutsideEnd(join(root, INDEX_FILE), END_BYTES);
    return end && readIndexEnd(end.toString());
  } catch (error) {
    throw new ArchiveError('CONFIG_INVALID', (error as Error).message, error);
  }
}

/** The readable records of an index, and the number of unreadable entries. */
export function salvageIndex(root: string): { records: ArchiveRecord[]; unreadable: number } {
  const text = bytesOf(root).toString();
  try {
    return { records: [...recordsOf(readIndexText(text).entries)], unreadable: 0 };
  } catch {
    const { entries, unreadable } = salvage(text);
    return { records: [...recordsOf(entries)], unreadable };
  }
}

/**
 * Checks that a record could be added; of a long index only the end. Changes nothing.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
export async function requireUsableIndex(root: string): Promise<void> {
  readNewest(root);
  await requireWritableIndex(root);
}

/**
 * Whether the whole infospace, its index included, is read-only: on a read-only medium, or owned by another user.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function isReadOnly(root: string): Promise<boolean> {
  readNewest(root);
  try {
    await access(root, constants.W_OK);
    return false;
  } catch {
    return requireWritableIndex(root).then(
      () => false,
      () => true,
    );
  }
}

/** @throws ArchiveError `STORE_UNAVAILABLE` when the index cannot be written. */
export async function requireWritableIndex(root: string): Promise<void> {
  for (let folder = dirname(join(root, INDEX_FILE)); ; folder = dirname(folder)) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw unwritableIndex(root, error);
    }
  }
}

/**
 * Runs an action that records a stored package.
 * @param state what happened to the package, for the message.
 * @throws ArchiveError what the action throws, naming the package.
 */
export async function recording<T>(
  packageId: string,
  state: 'was made' | 'is in the store',
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const sentence = `The package ${packageId} ${state} but could not be recorded: ${error.message}`;
    throw new ArchiveError(error.code, sentence, error, { packageId });
  }
}

/**
 * Appends a record, unless its package is recorded. Existing bytes stay, except that conflict markers are removed, and a layout that cannot
 * be appended to is rewritten with its comments.
 * @param signal ends the waiting for other writers.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
export async function appendToIndex(root: string, record: ArchiveRecord, signal?: AbortSignal): Promise<void> {
  const append = async () => {
    const longer = withLine(root, record);
    if (longer !== undefined) return longer;
    const index = load(root);
    if (index.merged !== undefined) {
      process.emitWarning(
        `The archive index ${join(root, INDEX_FILE)} had conflict markers of a merge; it now has the records of both sides.`,
        { type: 'StoreWarning' },
      );
    }
    const isThere = [...recordsOf(index.entries)].some(({ package_id }) => package_id === record.package_id);
    return isThere ? index.merged : withRecord(root, index, record);
  };
  await changeIndex(root, append, signal);
}

/** Replaces the index, one record per line. Throws as {@link appendToIndex} does. */
export async function writeIndex(
  root: string,
  make: () => Promise<readonly ArchiveRecord[]>,
  signal?: AbortSignal,
): Promise<void> {
  await changeIndex(root, async () => withLines('', (await make()).map(entryLine)), signal);
}

/** Writes the returned index; undefined leaves it as it is. */
async function changeIndex(
  root: string,
  change: () => Promise<WriteContent | Uint8Array | string | undefined>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(root, INDEX_FILE);
  try {
    await makeDurableDirectory(dirname(path));
    const replace = async (requireHeld: RequireHeld) => {
      const content = await change();
      if (content === undefined) return;
      await mergeInGit(join(root, ATTRIBUTES_FILE));
      await replaceFile(path, content, requireHeld);
    };
    await withFileLock(join(root, `${INDEX_SIDE_PREFIX}lock`), replace, signal);
  } catch (error) {
    throw unwritableIndex(root, error);
  }
}

/** Leaves existing attributes as they are. */
async function mergeInGit(file: string): Promise<void> {
  try {
    await lstat(file);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    await createFile(file, ATTRIBUTES);
  }
}

function unwritableIndex(root: string, error: unknown): unknown {
  return unwritable(join(root, INDEX_FILE), error, 'make it writable', 'STORE_UNAVAILABLE');
}

/** Appends a line to a long index that lacks the package, without parsing the others or reading all of them into memory. */
function withLine(root: string, record: ArchiveRecord): WriteContent | undefined {
  if (longEnd(root) === undefined || mentions(root, record.package_id)) return undefined;
  return async (file) => {
    let end = '';
    for (const piece of piecesOf(root)) {
      await file.writeFile(piece);
      end = (end + piece.toString('latin1', Math.max(0, piece.length - 2))).slice(-2);
    }
    const lineEnd = end === '\r\n' ? '\r\n' : '\n';
    await file.writeFile((end.endsWith('\n') ? '' : lineEnd) + entryLine(record) + lineEnd);
  };
}

function mentions(root: string, packageId: string): boolean {
  let end = '';
  for (const piece of piecesOf(root)) {
    // An id may span two pieces.
    const seam = end + piece.toString('latin1', 0, packageId.length);
    if (seam.includes(packageId) || piece.includes(packageId)) return true;
    end = (end + piece.toString('latin1', Math.max(0, piece.length - packageId.length))).slice(-packageId.length);
  }
  return false;
}

function* piecesOf(root: string): Iterable<Buffer> {
  try {
    yield* readOutsidePieces(join(root, INDEX_FILE), MAX_INDEX_BYTES);
  } catch (error) {
    throw new ArchiveError('CONFIG_INVALID', (error as Error).message, error);
  }
}

interface Index extends IndexText {
  bytes: Buffer;
}

/** Appends bytes, since a comment may be in any encoding. */
async function withRecord(root: string, index: Index, record: ArchiveRecord): Promise<Uint8Array | string> {
  const { entries, merged } = index;
  const before = merged ?? index.bytes.toString();
  const line = entryLine(record);
  const after = withLines(before, [line]);
  if (!holds(after, [...entries, JSON.parse(line.slice(2)) as IndexEntry])) return rewriteLayout(root, index, record);
  if (merged !== undefined) return after;
  return Buffer.concat([index.bytes, Buffer.from(after.slice(before.length))]);
}

function holds(text: string, entries: readonly IndexEntry[]): boolean {
  try {
    return isDeepStrictEqual(readIndexText(text).entries, entries);
  } catch {
    return false;
  }
}

/** Uses a library that keeps comments but is slow to load. */
async function rewriteLayout(root: string, { bytes, merged }: Index, record: ArchiveRecord): Promise<string> {
  if (!isUtf8(bytes)) throw broken(root, 'it is not in UTF-8');
  const yaml = await import('yaml');
  const document = yaml.parseDocument<YAMLSeq>(merged ?? bytes.toString());
  document.contents ??= new yaml.YAMLSeq();
  document.contents.flow = false;
  document.contents.items.push(document.createNode(record, { flow: true }));
  return document.toString({ lineWidth: 0 });
}

function load(root: string): Index {
  const bytes = bytesOf(root);
  try {
    return { bytes, ...readIndexText(bytes.toString()) };
  } catch (error) {
    throw broken(root, (error as Error).message, error);
  }
}

function bytesOf(root: string): Buffer {
  const path = join(root, INDEX_FILE);
  try {
    const bytes = readOutsideFile(path, MAX_INDEX_BYTES);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw new ArchiveError('CONFIG_INVALID', (error as Error).message, error);
  }
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return Buffer.alloc(0);
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The archive index ${path} is a link to a missing file; create that file, or remove the link.`,
    undefined,
    { path },
  );
}

function broken(root: string, what: string, cause?: unknown): ArchiveError {
  const sentence = `The archive index ${join(root, INDEX_FILE)} is broken: ${what.replace(/[.:]$/, '')}; correct it by hand, or rebuild it with "infospace-archive index rebuild".`;
  return new ArchiveError('CONFIG_INVALID', sentence, cause);
}
