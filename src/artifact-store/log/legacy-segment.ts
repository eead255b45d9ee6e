import type { EventTable } from '../database/schema.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { openDocument } from '../encoding/document.ts';
import { malformed } from '../encoding/shape.ts';
import { toHex } from '../identity/digest.ts';
import { eventDigest } from './event-digest.ts';
import { decodeEvents } from './event-list.ts';

/** Until format 2 the log was the registry's, and this a mirror of it: where its segments lie. */
export const LEGACY_LOG = 'events/';

const SEQUENCE_DIGITS = 16;

/** Of the first event. */
function sequenceDigits(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}

/** The sequence of a segment's first event; undefined for a key that is no segment's. */
export function firstSequenceOf(key: string): number | undefined {
  const [, digits] = /^events\/(\d{16})-[0-9a-f]{64}$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The events of a segment, which are what its key says and a chain in themselves.
 *
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
