import type { FileHandle } from 'node:fs/promises';

/**
 * Writes all bytes, at a position or at the file's current one, in as few calls as possible: `writeFile` would split them
 * into pieces of 512 KiB.
 */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    const at = position === undefined ? null : position + written;
    written += (await file.write(bytes, written, bytes.byteLength - written, at)).bytesWritten;
  }
}
