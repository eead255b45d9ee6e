import { isArchiveError } from '../errors.ts';
import { MissingObject } from './object-faults.ts';

/** How often a small object is read that nothing can be done without. */
const MAX_READS = 3;

/**
 * Reads and opens an object; again when its bytes are not sound, since an answer may be damaged on its way.
 *
 * @throws what `open` throws of the last one.
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
