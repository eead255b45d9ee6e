import type { EventTable } from '../database/schema.ts';
import type { CborValue } from '../encoding/cbor.ts';
import { malformed, readBytes, readCount, readList, readText } from '../encoding/shape.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { eventDigest } from './event-digest.ts';

/** Events in the encoding of a segment. */
export function encodeEvents(events: readonly EventTable[]): CborValue[] {
  return events.map((event) => [
    event.sequence,
    event.created_at,
    event.event_type,
    event.subject_kind,
    event.subject_id,
    event.actor,
    event.payload,
    event.previous_digest,
  ]);
}

/**
 * At least one event, each following the previous one.
 * @throws ArchiveError `INTEGRITY`.
 */
export function decodeEvents(value: unknown, where: string): EventTable[] {
  const events = readList(value, where).map((item) => decodeEvent(item, where));
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
