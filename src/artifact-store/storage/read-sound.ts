import { isArchiveError } from '../errors.ts';
import { MissingObject } from './object-faults.ts';

/** How often a small but indispensable object is read before its damage is believed. */
const MAX_READS = 3;

/**
 * Reads and opens an object. Reads it again if its bytes are damaged, since the damage may come from the transfer.
 *
 * @throws the last error of `open`.
 */
export async function readSound<B, T>(read: () => Promise<B>, open: (bytes: B) => T): Promise<T> {
  for (let reads = 1; ; reads++) {
    const bytes = await read();
    try {
      return open(bytes);
    } catch (error) {
      if (reads === MAX_READS || !isArchiveError(error, 'INTEGRITY') || error instanceof MissingObject) throw error;
    }
  }
}
