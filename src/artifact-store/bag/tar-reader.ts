import { malformed } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { ByteSource } from './byte-source.ts';
import { MAX_PAX_BYTES } from './limits.ts';
import { BLOCK_BYTES, checksum, type TarEntry, type TarType } from './tar.ts';

const LF = 0x0a;

/** GNU tar's types for long paths and link targets, with the equivalent pax key. */
const GNU_NAMES: ReadonlyMap<string, string> = new Map([
  ['L', 'path'],
  ['K', 'linkpath'],
]);
/** The keys used from an extended header. */
const PAX_KEYS: ReadonlySet<string> = new Set(['path', 'linkpath', 'size']);
/** GNU tar stores sparse files incompletely and under other names, so they are refused. */
const SPARSE_KEY = /^GNU\.sparse\./;
/** Member types that a bag cannot have, or that cannot be read as a stream. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['1', 'a hard link; make the archive with "tar --hard-dereference"'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a pipe'],
  ['S', 'a sparse file; make the archive without "tar --sparse"'],
]);

export interface TarMember extends TarEntry {
  /** The content. Read it before requesting the next member; unread bytes are skipped. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * The members of a tar archive in order.
 * @param where names it in errors.
 * @throws ArchiveError `INTEGRITY` when it is damaged or cut short.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  where = 'The tar archive',
): AsyncGenerator<TarMember> {
  const bytes = new ByteSource(source, where);
  try {
    yield* readMembers(bytes, where);
  } finally {
    await bytes.close();
  }
}

async function* readMembers(bytes: ByteSource, where: string): AsyncGenerator<TarMember> {
  let pax = new Map<string, string>();
  for (;;) {
    const block = await bytes.read(BLOCK_BYTES);
    if (isZero(block)) break;
    const size = pax.has('size') ? decimal(pax.get('size')!) : numberAt(block, 124, 12);
    if (checksum(block) !== numberAt(block, 148, 8) || !Number.isSafeInteger(size) || size < 0) {
      throw malformed(where, 'it is no tar archive, or a header is damaged');
    }
    const filled = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    const flag = String.fromCharCode(block[156]!);
    const gnuName = GNU_NAMES.get(flag);
    if (flag === 'x' || flag === 'g' || gnuName !== undefined) {
      if (size > MAX_PAX_BYTES) throw malformed(where, 'an extended header is too long');
      const content = (await bytes.read(filled)).subarray(0, size);
      if (flag === 'x') pax = paxRecords(content, where);
      else if (gnuName !== undefined) pax.set(gnuName, textAt(content, 0, size));
      // Git writes a comment as a global header. A path or size in one would apply to every member, which cannot be right.
      else if (paxRecords(content, where).size > 0) throw malformed(where, 'a global header names a member');
      continue;
    }
    const path = pax.get('path') ?? pathOf(block);
    const type = typeOf(flag, path, where);
    if (type !== 'file' && size > 0) throw malformed(where, `its ${type} ${JSON.stringify(path)} has content`);
    const left = { bytes: size };
    yield {
      path,
      type,
      size,
      executable: (numberAt(block, 100, 8) & 0o100) !== 0,
      target: pax.get('linkpath') ?? textAt(block, 157, 100),
      body: bytes.pieces(left),
    };
    pax = new Map();
    await bytes.skip(left.bytes + filled - size);
  }
  // Reads through the padding of the last record, since the checksum of the compressed stream comes at its end.
  for await (const piece of bytes.rest()) {
    if (!isZero(piece)) throw malformed(where, 'something follows its end');
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(part, 0, part.byteLength, 0, part.byteLength) !== 0) return false;
  }
  return true;
}

/** Parses a decimal number of a pax header; NaN for anything else. */
function decimal(text: string): number {
  return /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
}

/** Type 7 is a contiguous file (POSIX). The oldest tars have no type for folders but end their paths with a slash. */
function typeOf(flag: string, path: string, where: string): TarType {
  if (flag === '\0' && path.endsWith('/')) return 'directory';
  if (flag === '0' || flag === '\0' || flag === '7') return 'file';
  if (flag === '2') return 'symlink';
  if (flag === '5') return 'directory';
  const what = REFUSED.get(flag) ?? `a member of type ${JSON.stringify(flag)}`;
  throw new ArchiveError('FORMAT_UNSUPPORTED', `${where} has ${JSON.stringify(path)}, ${what}.`, undefined, {
    path,
  });
}

function pathOf(block: Buffer): string {
  const prefix = textAt(block, 345, 155);
  const name = textAt(block, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function numberAt(block: Buffer, offset: number, length: number): number {
  // GNU tar's binary form of numbers too large for octal digits.
  if (block[offset] === 0x80) return Number(`0x${block.toString('hex', offset + 1, offset + length)}`);
  const digits = textAt(block, offset, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

function paxRecords(bytes: Buffer, where: string): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = decimal(bytes.toString('latin1', at, space));
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (space < 0 || !(length > 0) || at + length > bytes.length || bytes[at + length - 1] !== LF || equals < 0) {
      throw malformed(where, 'an extended header is damaged');
    }
    const key = record.slice(0, equals);
    if (SPARSE_KEY.test(key)) {
      const sentence = `${where} contains a sparse file; make it without "tar --sparse".`;
      throw new ArchiveError('FORMAT_UNSUPPORTED', sentence);
    }
    if (PAX_KEYS.has(key)) records.set(key, record.slice(equals + 1));
    at += length;
  }
  return records;
}
