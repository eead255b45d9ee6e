import type { EventTable } from '../database/schema.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { openDocument } from '../encoding/document.ts';
import { malformed } from '../encoding/shape.ts';
import { toHex } from '../identity/digest.ts';
import { eventDigest } from './event-digest.ts';
import { decodeEvents } from './event-list.ts';

/** Prefix of segments up to format 2, when the registry contained the log, and storage a mirror of it. */
export const LEGACY_LOG = 'events/';

const SEQUENCE_DIGITS = 16;

/** The digits of the first event's sequence in a key. */
function sequenceDigits(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

/** The sequence of a segment's first event; undefined for a key that is not a segment's. */
export function firstSequenceOf(key: string): number | undefined {
  const [, digits] = /^events\/(\d{16})-[0-9a-f]{64}$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The events of a segment, checked against its key and chained among themselves.
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the segment.
 */
export function decodeLegacySegment(key: string, stored: Uint8Array): EventTable[] {
  const where = `The segment "${key}"`;
  const events = decodeEvents(decodeCbor(openDocument('ASEV', stored, where)), where);
  const [first, last] = [events[0]!, events.at(-1)!];
  if (`${LEGACY_LOG}${sequenceDigits(first.sequence)}-${toHex(eventDigest(last))}` !== key) {
    throw malformed(where, 'it has other events');
  }
  return events;
}
