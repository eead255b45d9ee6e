/** The parts of the ustar format with pax extended headers (POSIX.1-2001) that a bag needs. */

export const BLOCK_BYTES = 512;

export type TarType = 'file' | 'symlink' | 'directory';

export interface TarEntry {
  path: string;
  type: TarType;
  /** Bytes of the file's content. */
  size: number;
  executable: boolean;
  /** The target of a link; empty for others. */
  target: string;
}

const TYPE_FLAGS: Record<TarType, string> = { file: '0', symlink: '2', directory: '5' };
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const MAX_NAME_BYTES = 100;

/** Header blocks of an entry; the content follows, filled up by {@link padding}. */
export function encodeHeader(entry: TarEntry, mtime: Date): Buffer {
  const records: [string, string][] = [];
  if (!fitsName(entry.path)) records.push(['path', entry.path]);
  if (!fitsName(entry.target)) records.push(['linkpath', entry.target]);
  if (entry.size > MAX_OCTAL_SIZE) records.push(['size', String(entry.size)]);
  const header = encodeBlock(entry, TYPE_FLAGS[entry.type], mtime);
  if (records.length === 0) return header;
  const pax = Buffer.from(records.map(paxRecord).join(''));
  const about = { ...entry, path: 'pax', target: '', size: pax.length, executable: false };
  return Buffer.concat([encodeBlock(about, 'x', mtime), pax, padding(pax.length), header]);
}

/** Zeros up to the next block. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** The two zero blocks at the end of an archive. */
export function endOfArchive(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}

function fitsName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ustar names are ASCII
  return name.length <= MAX_NAME_BYTES && /^[\x00-\x7f]*$/.test(name);
}

function encodeBlock({ path, size, type, executable, target }: TarEntry, flag: string, mtime: Date): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const mode = type === 'file' && !executable ? 0o644 : 0o755;
  Buffer.from(path).copy(block, 0, 0, MAX_NAME_BYTES);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size > MAX_OCTAL_SIZE ? 0 : size, 11), 124);
  block.write(octal(Math.floor(mtime.getTime() / 1000), 11), 136);
  block.write('        ', 148);
  block.write(flag, 156);
  Buffer.from(target).copy(block, 157, 0, MAX_NAME_BYTES);
  block.write('ustar\x0000', 257);
  block.write(`${octal(checksum(block), 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The checksum of a header block, whose checksum field counts as spaces. */
export function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

/** "length key=value\n", where the length counts its own digits. */
function paxRecord([key, value]: [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
