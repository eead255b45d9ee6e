import { randomBytes } from 'node:crypto';
import type { EventTable } from '../database/schema.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { MAX_RAW_BYTES, openDocument, packDocument, requireVersion } from '../encoding/document.ts';
import { malformed, readBytes, readCount, readList, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { blake3 } from '../identity/hasher.ts';
import { decodePackTable, encodePackTable, type PackTrailer, versionFor } from '../packs/format.ts';
import { decodeEvents, encodeEvents } from './event-list.ts';
import { readEvent } from './model.ts';

/** Where the log lies. Nothing below is ever overwritten or deleted. */
export const LOG = 'log/';
/** As many digits as the largest number has, so that keys sort in the order of the log. */
const NUMBER_DIGITS = 16;
/** By which a writer knows its own segment when an answer was lost. */
const NONCE_BYTES = 16;

/** One commit: the events that it records, and what the packs hold that it seals. */
export interface Segment {
  /** Its number: from 1, without gaps. */
  segment: number;
  /** Of the store that it belongs to. */
  storeId: string;
  /** BLAKE3 of the segment before, as it is stored. */
  previous: Uint8Array;
  /** One at least. */
  events: readonly EventTable[];
  /** By their keys. */
  packs: ReadonlyMap<string, PackTrailer>;
}

export function segmentKey(segment: number): string {
  return LOG + segmentDigits(segment);
}

export function segmentDigits(segment: number): string {
  return String(segment).padStart(NUMBER_DIGITS, '0');
}

/** Undefined for a key that is no segment's. */
export function segmentOfKey(key: string): number | undefined {
  const [, digits] = /^log\/(\d{16})$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** A segment as it is stored. @throws ArchiveError `USAGE` for more events than one may hold. */
export function encodeSegment({ segment, storeId, previous, events, packs }: Segment): Buffer {
  const raw = encodeCbor({
    segment,
    store_id: storeId,
    nonce: randomBytes(NONCE_BYTES),
    previous,
    events: encodeEvents(events),
    packs: [...packs].map(([key, trailer]): CborValue => [key, encodePackTable(trailer)]),
  });
  if (raw.byteLength > MAX_RAW_BYTES) {
    throw new ArchiveError(
      'USAGE',
      `This change has ${raw.byteLength} bytes of events, more than the ${MAX_RAW_BYTES} of one segment; make it in smaller steps.`,
      undefined,
      { expected: `${MAX_RAW_BYTES}`, actual: `${raw.byteLength}` },
    );
  }
  const read = (opened: Buffer) => decodeRaw(opened, 'The segment').events.forEach(readEvent);
  return packDocument('ASLG', raw, read, versionFor(packs.values()));
}

/**
 * Reads the segment that a key names.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming it.
 */
export function decodeSegment(segment: number, stored: Uint8Array): Segment {
  const where = `The segment "${segmentKey(segment)}"`;
  const decoded = decodeRaw(openDocument('ASLG', stored, where), where);
  requireVersion('ASLG', stored, where, versionFor(decoded.packs.values()));
  if (decoded.segment !== segment) throw malformed(where, `it is segment ${decoded.segment}`);
  return decoded;
}

/** What names a segment as it is stored. */
export function segmentDigest(stored: Uint8Array): Buffer {
  return blake3.hash(stored);
}

function decodeRaw(raw: Uint8Array, where: string): Segment {
  const map = readMap(decodeCbor(raw), where, ['segment', 'store_id', 'nonce', 'previous', 'events', 'packs']);
  const packs = new Map<string, PackTrailer>();
  for (const item of readList(map.packs, where)) {
    const [key, table, ...rest] = readList(item, where);
    if (rest.length > 0) throw malformed(where, 'a pack has too many fields');
    packs.set(readText(key, where), decodePackTable(table, where));
  }
  readBytes(map.nonce, where);
  return {
    segment: readCount(map.segment, where),
    storeId: readText(map.store_id, where),
    previous: readBytes(map.previous, where),
    events: decodeEvents(map.events, where),
    packs,
  };
}
