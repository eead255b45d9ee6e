import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { systemErrorCode } from '../errors.ts';
import { type BagPart, type BagSource, CHUNK_BYTES, damagedBag, type SourceMember } from './bag-source.ts';
import { MAX_WINDOW_LOG } from './limits.ts';
import { readTar } from './tar-reader.ts';

/** A tar archive, of which all is passed whatever is asked for. */
export class TarSource implements BagSource {
  readonly path: string;
  readonly storedBytes: number;

  constructor(path: string, storedBytes: number) {
    this.path = path;
    this.storedBytes = storedBytes;
  }

  async *members(_part: BagPart, atMost: number, signal?: AbortSignal): AsyncGenerator<SourceMember> {
    for await (const member of readTar(this.#unpacked(atMost, signal))) {
      const path = member.path.replace(/^(?:\.\/)+/, '');
      const slash = path.indexOf('/');
      yield { ...member, top: path.slice(0, Math.max(0, slash)), path: path.slice(slash + 1) };
    }
  }

  async *#unpacked(atMost: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const file = createReadStream(this.path, { highWaterMark: CHUNK_BYTES });
    const decompressor = await decompressorFor(this.path);
    file.on('error', (error) => decompressor?.destroy(error));
    try {
      let left = atMost;
      const bytes: AsyncIterable<Uint8Array> = decompressor ? file.pipe(decompressor) : file;
      for await (const piece of bytes) {
        signal?.throwIfAborted();
        left -= piece.byteLength;
        if (left < 0) throw damagedBag(this, 'unpacks to more than its manifest tells of');
        yield piece;
      }
    } catch (error) {
      if (/^Z(?:STD)?_/.test(systemErrorCode(error) ?? '')) {
        throw damagedBag(this, 'is cut short or damaged', error);
      }
      throw error;
    } finally {
      file.destroy();
      decompressor?.destroy();
    }
  }
}

/** By the first bytes (RFC 8878, 3.1.1; RFC 1952, 2.3.1). */
async function decompressorFor(path: string) {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(4);
    await file.read(magic, 0, 4, 0);
    if (magic.equals(Buffer.from('28b52ffd', 'hex'))) {
      return createZstdDecompress({
        chunkSize: CHUNK_BYTES,
        params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
      });
    }
    return magic.subarray(0, 2).equals(Buffer.from('1f8b', 'hex'))
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : undefined;
  } finally {
    await file.close();
  }
}
