import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed } from '../encoding/shape.ts';
import { segmentDigits } from './segment.ts';

/** Where checkpoints lie: segments of the log once more, many in one object, for who reads the log from its beginning. */
export const CHECKPOINTS = 'checkpoints/';

const VERSION = 1;
const LENGTH_BYTES = 4;

/** Segments by their numbers, both ends included. */
export interface SegmentRange {
  first: number;
  last: number;
}

/** Whoever makes a checkpoint of the same segments makes the same bytes. */
export function checkpointKey({ first, last }: SegmentRange): string {
  return `${CHECKPOINTS}${segmentDigits(first)}-${segmentDigits(last)}`;
}

/** Undefined for a key that is no checkpoint's. */
export function rangeOfKey(key: string): SegmentRange | undefined {
  const [, first, last] = /^checkpoints\/(\d{16})-(\d{16})$/.exec(key) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.first >= 1 && range.first <= range.last ? range : undefined;
}

/** Segments as they are stored, end to end, each after its length (uint32, little endian). */
export function encodeCheckpoint(segments: readonly Uint8Array[]): Uint8Array[] {
  return [
    encodeMagic('ASCP', VERSION),
    ...segments.flatMap((segment) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(segment.byteLength);
      return [length, segment];
    }),
  ];
}

/**
 * The segments of a checkpoint as they are stored. Only the log itself tells whether they are sound: each names the one before.
 *
 * @throws ArchiveError `INTEGRITY` when it holds another number of them; `FORMAT_UNSUPPORTED`.
 */
export function decodeCheckpoint({ first, last }: SegmentRange, stored: Uint8Array): Uint8Array[] {
  const where = `The checkpoint "${checkpointKey({ first, last })}"`;
  readMagic(stored, 'ASCP', VERSION, where);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const segments: Uint8Array[] = [];
  for (let at = MAGIC_BYTES; at < stored.byteLength; ) {
    if (at + LENGTH_BYTES > stored.byteLength) throw malformed(where, 'it is cut off');
    const length = view.getUint32(at, true);
    at += LENGTH_BYTES;
    if (length > stored.byteLength - at) throw malformed(where, 'it is cut off');
    segments.push(stored.subarray(at, at + length));
    at += length;
  }
  if (segments.length !== last - first + 1) throw malformed(where, 'it holds another number of segments');
  return segments;
}
