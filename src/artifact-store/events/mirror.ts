import { zstdCompressSync } from 'node:zlib';
import type { EventTable } from '../database/schema.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed, readBytes, readCount, readList, readText } from '../encoding/shape.ts';
import { unpack } from '../encoding/unpack.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { eventDigest } from './event-digest.ts';

const VERSION = 1;
/** As many digits as the largest sequence has, so that keys sort in the order of the log. */
const SEQUENCE_DIGITS = 16;

/** Where all segments lie. */
export const SEGMENTS = 'events/';

/**
 * A segment of the log as it is mirrored to storage: the events of one transaction. Its key ends with the digest of its
 * last event. A segment whose transaction failed may stay behind; the chain goes on from the one that did not.
 */
export function segmentKey(firstSequence: number, lastDigest: Uint8Array): string {
  return `${SEGMENTS}${sequenceDigits(firstSequence)}-${toHex(lastDigest)}`;
}

export function sequenceDigits(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

/** The sequence of a segment's first event; undefined for a key that is no segment's. */
export function firstSequenceOf(key: string): number | undefined {
  const [, digits] = /^events\/(\d{16})-[0-9a-f]{64}$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export function encodeSegment(events: readonly EventTable[]): Buffer {
  const cbor = encodeCbor(
    events.map((event) => [
      event.sequence,
      event.created_at,
      event.event_type,
      event.subject_kind,
      event.subject_id,
      event.actor,
      event.payload,
      event.previous_digest,
    ]),
  );
  return Buffer.concat([encodeMagic('ASEV', VERSION), zstdCompressSync(cbor)]);
}

/**
 * The events of a segment, which are what its key says and a chain in themselves.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the segment.
 */
export function decodeSegment(key: string, stored: Uint8Array): EventTable[] {
  const where = `The segment "${key}"`;
  readMagic(stored, 'ASEV', VERSION, where);
  const events = readList(decodeCbor(decompress(stored, where)), where).map((item) => decodeEvent(item, where));
  const last = events.at(-1);
  if (last === undefined) throw malformed(where, 'it has no event');
  if (segmentKey(events[0]!.sequence, eventDigest(last)) !== key) throw malformed(where, 'it has other events');
  events.slice(1).forEach((event, i) => {
    const before = events[i]!;
    if (event.sequence !== before.sequence + 1 || !sameBytes(event.previous_digest, eventDigest(before))) {
      throw malformed(where, 'its events do not follow each other');
    }
  });
  return events;
}

function decompress(stored: Uint8Array, where: string): Buffer {
  try {
    return unpack(stored.subarray(MAGIC_BYTES));
  } catch (error) {
    throw new ArchiveError('INTEGRITY', `${where} cannot be unpacked; it is damaged.`, error);
  }
}

function decodeEvent(value: unknown, where: string): EventTable {
  const [sequence, created_at, event_type, subject_kind, subject_id, actor, payload, previous_digest, ...rest] =
    readList(value, where);
  if (rest.length > 0) throw malformed(where, 'an event has too many fields');
  const bytes = readBytes(payload, where);
  return {
    sequence: readCount(sequence, where),
    created_at: readText(created_at, where),
    event_type: readText(event_type, where),
    subject_kind: readText(subject_kind, where),
    subject_id: readText(subject_id, where),
    actor: readText(actor, where),
    payload: bytes,
    payload_digest: blake3.hash(bytes),
    previous_digest: readBytes(previous_digest, where),
  };
}
