import type { FileHandle } from 'node:fs/promises';

/** Writes all of these bytes, in as few calls as the system takes; `writeFile` would cut them into 512 KiB. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
