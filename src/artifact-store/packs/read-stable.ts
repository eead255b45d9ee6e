import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileStamp, sameStamp, stampOf } from '../source.ts';
import { type ReadFault, readFaultOf } from '../source-faults.ts';

export interface FileToRead {
  file: string;
  stamp: FileStamp;
}

/** A pipe in the place of a file must not block the thread. Windows has none of these flags. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Checks the file after the read: only then is it certain that it did not change. */
export function readStable({ file, stamp }: FileToRead, read: (fd: number) => boolean): ReadFault | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, READ_FLAGS);
    const complete = read(fd) && sameStamp(stampOf(fstatSync(fd, { bigint: true })), stamp);
    return complete ? undefined : { status: 'changed' };
  } catch (error) {
    return readFaultOf(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Fills the buffer from a position on; false when the file is shorter. */
export function readExactly(fd: number, buffer: Uint8Array, position: number): boolean {
  for (let filled = 0; filled < buffer.byteLength; ) {
    const read = readSync(fd, buffer, filled, buffer.byteLength - filled, position + filled);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}
