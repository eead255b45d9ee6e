import { malformed } from '../encoding/shape.ts';
import { MAX_PAX_BYTES } from './limits.ts';
import { BLOCK_BYTES, checksum, type TarEntry, type TarType } from './tar.ts';

/** How GNU tar tells of long paths and link targets, as pax says it. */
const GNU_NAMES: ReadonlyMap<string, string> = new Map([
  ['L', 'path'],
  ['K', 'linkpath'],
]);
/** What is used of an extended header. */
const PAX_KEYS: ReadonlySet<string> = new Set(['path', 'linkpath', 'size']);

export interface TarMember extends TarEntry {
  /** The content, to be read before the next member is asked for; what is not read is passed over. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * The members of a tar archive in order.
 *
 * @throws ArchiveError `INTEGRITY` when it is damaged or cut short.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const bytes = new ByteSource(source);
  try {
    yield* readMembers(bytes);
  } finally {
    await bytes.close();
  }
}

async function* readMembers(bytes: ByteSource): AsyncGenerator<TarMember> {
  let pax = new Map<string, string>();
  for (;;) {
    const block = await bytes.read(BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) break;
    const size = Number(pax.get('size') ?? numberAt(block, 124, 12));
    if (checksum(block) !== numberAt(block, 148, 8) || !Number.isSafeInteger(size) || size < 0) {
      throw malformed('The tar archive', 'a header is damaged');
    }
    const filled = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    const flag = String.fromCharCode(block[156]!);
    const gnuName = GNU_NAMES.get(flag);
    if (flag === 'x' || gnuName !== undefined) {
      if (size > MAX_PAX_BYTES) throw malformed('The tar archive', 'an extended header is too long');
      const content = (await bytes.read(filled)).subarray(0, size);
      if (gnuName === undefined) pax = paxRecords(content);
      else pax.set(gnuName, textAt(content, 0, size));
      continue;
    }
    const left = { bytes: size };
    yield {
      path: pax.get('path') ?? pathOf(block),
      type: typeOf(flag),
      size,
      executable: (numberAt(block, 100, 8) & 0o100) !== 0,
      target: pax.get('linkpath') ?? textAt(block, 157, 100),
      body: bytes.pieces(left),
    };
    pax = new Map();
    await bytes.skip(left.bytes + filled - size);
  }
  // The checksum of the compressed stream comes with its end.
  await bytes.drain();
}

class ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.#next(missing);
      parts.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(parts);
  }

  /** Takes what has been read off `left`. */
  async *pieces(left: { bytes: number }): AsyncGenerator<Uint8Array> {
    while (left.bytes > 0) {
      const piece = await this.#next(left.bytes);
      left.bytes -= piece.byteLength;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) missing -= (await this.#next(missing)).byteLength;
  }

  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  /** Lets go of the source, which a reader may leave before its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(atMost: number): Promise<Uint8Array> {
    while (this.#held.byteLength === 0) {
      const { done, value } = await this.#source.next();
      if (done) throw malformed('The tar archive', 'it ends too early');
      this.#held = value;
    }
    const piece = this.#held.subarray(0, atMost);
    this.#held = this.#held.subarray(piece.byteLength);
    return piece;
  }
}

function typeOf(flag: string): TarType {
  if (flag === '0' || flag === '\0') return 'file';
  if (flag === '2') return 'symlink';
  if (flag === '5') return 'directory';
  throw malformed('The tar archive', `it holds a member of type ${JSON.stringify(flag)}`);
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
  // GNU tar's binary form of what octal digits cannot hold.
  if (block[offset] === 0x80) return Number(`0x${block.toString('hex', offset + 1, offset + length)}`);
  return Number.parseInt(textAt(block, offset, length).trim() || '0', 8);
}

function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (space < 0 || !Number.isInteger(length) || length <= 0 || equals < 0) {
      throw malformed('The tar archive', 'an extended header is damaged');
    }
    const key = record.slice(0, equals);
    if (PAX_KEYS.has(key)) records.set(key, record.slice(equals + 1));
    at += length;
  }
  return records;
}
