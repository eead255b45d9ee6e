import type { EventTable } from './database/schema.ts';
import { type CborValue, decodeCbor } from './encoding/cbor.ts';
import { ArchiveError } from './errors.ts';
import { type ContentAddress, formatContentAddress } from './identity/digest.ts';
import type { EventDraft } from './log/model.ts';

/** The types of events that this version knows. */
export type EventType = EventDraft['type'];

/** An event of the audit log. */
export type RecordedEvent = EventTable;

/** An event with its payload decoded. */
export interface DecodedEvent extends Omit<EventTable, 'payload' | 'payload_digest' | 'previous_digest'> {
  payload: CborValue;
  payload_digest: ContentAddress;
  previous_digest: ContentAddress;
}

/** @throws ArchiveError `INTEGRITY` naming the sequence when the payload is not what was recorded. */
export function decodeEvent(event: RecordedEvent): DecodedEvent {
  try {
    return {
      ...event,
      payload: decodeCbor(event.payload),
      payload_digest: formatContentAddress(event.payload_digest),
      previous_digest: formatContentAddress(event.previous_digest),
    };
  } catch (error) {
    const sentence = `The event log was changed at sequence ${event.sequence}; rebuild the registry with "infospace-archive store rebuild".`;
    throw new ArchiveError('INTEGRITY', sentence, error);
  }
}
