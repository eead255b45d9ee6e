import type { EventTable } from '../database/schema.ts';
import { encodeCbor } from '../encoding/cbor.ts';
import { blake3 } from '../identity/hasher.ts';

/** Each event hashes the previous one: the order of the list is the order of its columns in docs/format.md. */
export function eventDigest(row: EventTable): Buffer {
  return blake3.hash(
    encodeCbor([
      row.sequence,
      row.created_at,
      row.event_type,
      row.subject_kind,
      row.subject_id,
      row.actor,
      row.payload_digest,
      row.previous_digest,
    ]),
  );
}
