import type { EventTable } from '../database/schema.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { MAX_RAW_BYTES, openDocument, packDocument } from '../encoding/document.ts';
import { malformed, readBytes, readCount, readList, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { eventDigest } from './event-digest.ts';
import { readEvent } from './model.ts';

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

/** A segment as it is stored. @throws ArchiveError `USAGE` for more events than one may hold. */
export function encodeSegment(events: readonly EventTable[]): Buffer {
  const raw = encodeCbor(
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
  if (raw.byteLength > MAX_RAW_BYTES) {
    throw new ArchiveError(
      'USAGE',
      `This change has ${raw.byteLength} bytes of events, more than the ${MAX_RAW_BYTES} of one segment; make it in smaller steps.`,
    );
  }
  return packDocument('ASEV', raw, (opened) => decodeEvents(opened, 'The segment').forEach(readEvent));
}

/**
 * The events of a segment, which are what its key says and a chain in themselves.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the segment.
 */
export function decodeSegment(key: string, stored: Uint8Array): EventTable[] {
  const where = `The segment "${key}"`;
  const events = decodeEvents(openDocument('ASEV', stored, where), where);
  if (segmentKey(events[0]!.sequence, eventDigest(events.at(-1)!)) !== key) {
    throw malformed(where, 'it has other events');
  }
  return events;
}

/** One event at least. */
function decodeEvents(raw: Uint8Array, where: string): EventTable[] {
  const events = readList(decodeCbor(raw), where).map((item) => decodeEvent(item, where));
  if (events.length === 0) throw malformed(where, 'it has no event');
  events.slice(1).forEach((event, i) => {
    const before = events[i]!;
    if (event.sequence !== before.sequence + 1 || !sameBytes(event.previous_digest, eventDigest(before))) {
      throw malformed(where, 'its events do not follow each other');
    }
  });
  return events;
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
