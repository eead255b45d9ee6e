import { encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { eventDigest } from '../../../src/artifact-store/log/event-digest.ts';
import type { Segment } from '../../../src/artifact-store/log/segment.ts';

/** A valid event to follow a segment. */
export function segmentsOf({ events }: Segment): { next: Pick<Segment, 'events' | 'packs'> } {
  const last = events.at(-1)!;
  const payload = encodeCbor({ expires_at: null, reason: 'forged' });
  const event = {
    ...last,
    sequence: last.sequence + 1,
    event_type: 'v1.retention.extended',
    payload,
    payload_digest: blake3.hash(payload),
    previous_digest: eventDigest(last),
  };
  return { next: { events: [event], packs: new Map() } };
}
