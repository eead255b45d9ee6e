import type { FileHandle } from 'node:fs/promises';
import { writeAll } from '../encoding/write-all.ts';

/** Shorter runs of zeros are not worth a separate call. */
const BLOCK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** Writes a new file sequentially, with holes in place of long runs of zeros. */
export class SparseFile {
  readonly #file: FileHandle;
  #length = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(piece: Uint8Array): Promise<void> {
    let start = 0;
    for (let at = 0; at < piece.byteLength; at += BLOCK_BYTES) {
      const block = piece.subarray(at, at + BLOCK_BYTES);
      if (!ZEROS.subarray(0, block.byteLength).equals(block)) continue;
      await this.#writeRun(piece.subarray(start, at), start);
      start = at + block.byteLength;
    }
    await this.#writeRun(piece.subarray(start), start);
    this.#length += piece.byteLength;
    // A hole at the end does not extend the file, so this sets its length.
    if (start === piece.byteLength) await this.#file.truncate(this.#length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #writeRun(run: Uint8Array, at: number): Promise<void> {
    if (run.byteLength > 0) await writeAll(this.#file, run, this.#length + at);
  }
}
