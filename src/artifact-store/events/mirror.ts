import { zstdCompressSync } from 'node:zlib';
import type { EventTable } from '../database/schema.ts';
import { encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic } from '../encoding/magic.ts';
import { toHex } from '../identity/digest.ts';

const VERSION = 1;
/** As many digits as the largest sequence has, so that keys sort in the order of the log. */
const SEQUENCE_DIGITS = 16;

/**
 * A segment of the log as it is mirrored to storage: the events of one transaction. Its key ends with the digest of its
 * last event. A segment whose transaction failed may stay behind; the chain goes on from the one that did not.
 */
export function segmentKey(firstSequence: number, lastDigest: Uint8Array): string {
  return `events/${String(firstSequence).padStart(SEQUENCE_DIGITS, '0')}-${toHex(lastDigest)}`;
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
