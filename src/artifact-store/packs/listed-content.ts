import { isArchiveError } from '../errors.ts';
import type { ContentEntry } from '../manifest/model.ts';
import type { ByteRange } from '../storage/backend.ts';
import { checkedPieces, damagedContent } from './content-stream.ts';
import type { List, ListReader } from './list-reader.ts';

/** The bytes of a content stored as chunks; see {@link checkedPieces}. */
export function streamListed(reader: ListReader, list: List, entry: ContentEntry): AsyncIterable<Uint8Array> {
  return checkedPieces(reader.parts, streamListedRange(reader, list, entry), entry);
}

/**
 * Some of its bytes; each chunk is compared with its digest before any of it is delivered.
 * @throws ArchiveError `INTEGRITY` naming the file for the first missing or damaged node or chunk.
 */
export async function* streamListedRange(
  reader: ListReader,
  list: List,
  entry: ContentEntry,
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  let isWhole = true;
  try {
    for await (const piece of reader.pieces(list, range)) {
      isWhole = piece !== undefined;
      if (piece) yield piece;
    }
  } catch (error) {
    throw isArchiveError(error, 'INTEGRITY') ? damagedContent(entry, 'is damaged in', error) : error;
  }
  if (!isWhole) throw damagedContent(entry, 'is damaged in');
}
