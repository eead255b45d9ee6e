import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { release } from '../encoding/release.ts';
import { systemErrorCode } from '../errors.ts';
import { type BagPart, type BagSource, CHUNK_BYTES, damagedBag, type SourceMember } from './bag-source.ts';
import { readTar } from './tar-reader.ts';
import { isZstd, unpackZstd } from './zstd-frames.ts';

/** A bag in a tar archive. It is always read through, so it yields both parts. */
export class TarSource implements BagSource {
  readonly path: string;
  readonly storedBytes: number;
  readonly #mayRelease: boolean;

  /** @param mayRelease whether a piece of a body is not used after the next one is requested, so that its memory is freed. */
  constructor(path: string, storedBytes: number, mayRelease: boolean) {
    this.path = path;
    this.storedBytes = storedBytes;
    this.#mayRelease = mayRelease;
  }

  async *members(_part: BagPart, atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember> {
    for await (const member of readTar(this.#unpacked(atMost, signal), `The tar archive ${this.path}`)) {
      const path = member.path.replace(/^(?:\.\/)+/, '');
      const slash = path.indexOf('/');
      yield { ...member, top: path.slice(0, Math.max(0, slash)), path: path.slice(slash + 1) };
    }
  }

  async *#unpacked(atMost: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const packed = createReadStream(this.path, { highWaterMark: CHUNK_BYTES });
    try {
      let left = atMost;
      for await (const piece of unpackerFor(await magicOf(this.path))(packed)) {
        signal?.throwIfAborted();
        left -= piece.byteLength;
        if (left < 0) throw damagedBag(this, 'unpacks to more than its manifest lists');
        yield piece;
        // The decompressor goes on to fill a buffer that is not full.
        if (this.#mayRelease && piece.byteLength === piece.buffer.byteLength) release(piece);
      }
    } catch (error) {
      if (/^Z(?:STD)?_/.test(systemErrorCode(error) ?? '')) {
        throw damagedBag(this, 'is cut short or damaged', error);
      }
      throw error;
    } finally {
      packed.destroy();
    }
  }
}

async function magicOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(4);
    await file.read(magic, 0, magic.length, 0);
    return magic;
  } finally {
    await file.close();
  }
}

/** Chooses by the first bytes (RFC 8878, 3.1.1; RFC 1952, 2.3.1). */
function unpackerFor(magic: Buffer): (packed: Readable) => AsyncIterable<Uint8Array> {
  if (isZstd(magic.readUInt32LE())) return unpackZstd;
  return magic.readUInt16BE() === GZIP_MAGIC ? unpackGzip : (packed) => packed;
}

const GZIP_MAGIC = 0x1f8b;

async function* unpackGzip(packed: Readable): AsyncGenerator<Uint8Array> {
  const decompressor = createGunzip({ chunkSize: CHUNK_BYTES });
  packed.on('error', (error) => decompressor.destroy(error));
  try {
    yield* packed.pipe(decompressor);
  } finally {
    decompressor.destroy();
  }
}
