import type { FileHandle } from 'node:fs/promises';

/** Writes all of these bytes, in as few calls as the system takes; `writeFile` would cut them into 512 KiB: at a position, or behind what was written. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    const at = position === undefined ? null : position + written;
    written += (await file.write(bytes, written, bytes.byteLength - written, at)).bytesWritten;
  }
}
