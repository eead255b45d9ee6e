import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed } from '../encoding/shape.ts';
import { segmentDigits } from './segment.ts';

/** Prefix of checkpoints: copies of many segments in one object, for readers that start at the beginning of the log. */
export const CHECKPOINTS = 'checkpoints/';

const VERSION = 1;
const LENGTH_BYTES = 4;

/** A range of segment numbers, inclusive. */
export interface SegmentRange {
  first: number;
  last: number;
}

/** Deterministic: all checkpoints of the same segments have the same bytes. */
export function checkpointKey({ first, last }: SegmentRange): string {
  return `${CHECKPOINTS}${segmentDigits(first)}-${segmentDigits(last)}`;
}

/** Undefined for a key that is not a checkpoint's. */
export function rangeOfKey(key: string): SegmentRange | undefined {
  const [, first, last] = /^checkpoints\/(\d{16})-(\d{16})$/.exec(key) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return range.first >= 1 && range.first <= range.last ? range : undefined;
}

/** Stored segments, concatenated, each after its length (uint32, little endian). */
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
 * The stored segments in a checkpoint. They are verified only by the log: each contains the digest of the previous one.
 * @throws ArchiveError `INTEGRITY` when their number differs; `FORMAT_UNSUPPORTED`.
 */
export function decodeCheckpoint({ first, last }: SegmentRange, stored: Uint8Array): Uint8Array[] {
  const where = `The checkpoint "${checkpointKey({ first, last })}"`;
  readMagic(stored, 'ASCP', VERSION, where);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const segments: Uint8Array[] = [];
  for (let at = MAGIC_BYTES; at < stored.byteLength; ) {
    if (at + LENGTH_BYTES > stored.byteLength) throw malformed(where, 'it is truncated');
    const length = view.getUint32(at, true);
    at += LENGTH_BYTES;
    if (length > stored.byteLength - at) throw malformed(where, 'it is truncated');
    segments.push(stored.subarray(at, at + length));
    at += length;
  }
  if (segments.length !== last - first + 1) throw malformed(where, 'it has a different number of segments');
  return segments;
}
