import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ArchiveError, systemErrorCode } from './errors.ts';

/** Read size beyond the size that fstat returns: files grow, and those of `/proc` have size 0. */
const CHUNK_BYTES = 64 * 1024;

/** Read size for a file that need not be in memory as a whole. */
const PIECE_BYTES = 256 * 1024;

/**
 * Reads a whole file from outside. Only a regular file is read, opening never blocks, and no more memory is allocated than the limit.
 * @returns undefined when there is no such file.
 * @throws ArchiveError `FILE_UNREADABLE` naming the file, and the limit if it is too long.
 */
export function readOutsideFile(path: string, maxBytes: number): Buffer | undefined {
  return withOutsideFile(path, (file, size) => {
    if (size > maxBytes) throw tooLong(path, maxBytes);
    return readToEnd(file, path, size, maxBytes);
  });
}

/**
 * Reads the end of a file; see {@link readOutsideFile}.
 * @returns undefined when there is no such file, or it is no longer than that.
 */
export function readOutsideEnd(path: string, bytes: number): Buffer | undefined {
  return withOutsideFile(path, (file, size) => {
    if (size <= bytes) return undefined;
    const end = Buffer.allocUnsafeSlow(bytes);
    return end.subarray(0, readSync(file, end, 0, bytes, size - bytes));
  });
}

/**
 * Reads a file piece by piece; see {@link readOutsideFile}. Yields nothing when there is no such file. Each piece is overwritten by the
 * next one.
 */
export function* readOutsidePieces(path: string, maxBytes: number): Iterable<Buffer> {
  let file: number | undefined;
  try {
    const opened = openRegular(path);
    file = opened.file;
    if (opened.size > maxBytes) throw tooLong(path, maxBytes);
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) yield piece.subarray(0, read);
  } catch (error) {
    requireAbsent(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function withOutsideFile<T>(path: string, read: (file: number, size: number) => T): T | undefined {
  let file: number | undefined;
  try {
    const opened = openRegular(path);
    file = opened.file;
    return read(file, opened.size);
  } catch (error) {
    requireAbsent(path, error);
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function openRegular(path: string): { file: number; size: number } {
  // Opening a FIFO without a writer would block; Windows does not know the flag, and regular files ignore it.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (stat.isFile()) return { file, size: stat.size };
    throw unreadable(path, 'is not a regular file; replace it with one');
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Throws the fault of a file, unless it is only missing. */
function requireAbsent(path: string, error: unknown): void {
  const code = systemErrorCode(error);
  if (error instanceof ArchiveError || code === undefined) throw error;
  if (code === 'ENOENT') return;
  if (code === 'ENXIO') throw unreadable(path, 'is not a regular file; replace it with one', error);
  throw unreadable(path, `cannot be read (${code}); make it readable`, error);
}

/**
 * Reads a whole file as UTF-8 text, without a byte order mark.
 * @throws ArchiveError `FILE_UNREADABLE` as {@link readOutsideFile} does, and for a file in another encoding: UTF-16 as Windows writes it,
 * or Latin-1.
 */
export function readOutsideText(path: string, maxBytes: number): string | undefined {
  const bytes = readOutsideFile(path, maxBytes);
  if (bytes === undefined) return undefined;
  // UTF-16 without a byte order mark is valid UTF-8 for ASCII text, with NUL between the letters.
  if (!isUtf8(bytes) || bytes.includes(0)) throw unreadable(path, 'is not text in UTF-8; save it as such');
  return bytes.toString().replace(/^\uFEFF/, '');
}

function readToEnd(file: number, path: string, size: number, maxBytes: number): Buffer {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (let room = size + 1; ; room = CHUNK_BYTES) {
    const piece = Buffer.allocUnsafeSlow(room);
    const read = readSync(file, piece);
    if (read === 0) break;
    pieces.push(piece.subarray(0, read));
    bytes += read;
    if (bytes > maxBytes) throw tooLong(path, maxBytes);
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function tooLong(path: string, maxBytes: number): ArchiveError {
  return unreadable(path, `has more than the allowed ${maxBytes} bytes; shorten it`);
}

function unreadable(path: string, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('FILE_UNREADABLE', `The file ${path} ${what}.`, cause, { path });
}
