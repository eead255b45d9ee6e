import { randomBytes } from 'node:crypto';
import type { EventTable } from '../database/schema.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { MAX_RAW_BYTES, openDocument, packDocument, requireVersion, SEALED_VERSION } from '../encoding/document.ts';
import { malformed, readBytes, readCount, readList, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { decodePackTable, encodePackTable, type PackTrailer, versionFor } from '../packs/format.ts';
import { decodeEvents, encodeEvents } from './event-list.ts';
import { readEvent } from './model.ts';

/** Prefix of the log. Objects below it are never overwritten or deleted. */
export const LOG = 'log/';
/** Digits of the largest number, so that keys sort in log order. */
const NUMBER_DIGITS = 16;
/** Lets a writer recognize its own segment after a lost answer. */
const NONCE_BYTES = 16;

/** One commit: its events, and the contents of the packs that it seals. */
export interface Segment {
  /** Its number: from 1, without gaps. */
  segment: number;
  /** Of the store that it belongs to. */
  storeId: string;
  /** BLAKE3 of the previous segment, as stored. */
  previous: Uint8Array;
  /** At least one. */
  events: readonly EventTable[];
  /** By pack key. */
  packs: ReadonlyMap<string, PackTrailer>;
}

/** A segment read from storage. */
export interface DecodedSegment extends Segment {
  /** In an encrypted store: the MAC that proves a writer, and the bytes it covers. */
  seal?: { mac: Uint8Array; body: CborValue } | undefined;
}

/** Proves to holders of the log key that a segment comes from one of them. */
export type SegmentMac = (body: Uint8Array) => Uint8Array;

export function segmentKey(segment: number): string {
  return LOG + segmentDigits(segment);
}

export function segmentDigits(segment: number): string {
  return String(segment).padStart(NUMBER_DIGITS, '0');
}

/** Undefined for a key that is not a segment's. */
export function segmentOfKey(key: string): number | undefined {
  const [, digits] = /^log\/(\d{16})$/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Encodes a segment for storage. @throws ArchiveError `USAGE` for more events than fit into one. */
export function encodeSegment({ segment, storeId, previous, events, packs }: Segment, macOf?: SegmentMac): Buffer {
  const body = {
    segment,
    store_id: storeId,
    nonce: randomBytes(NONCE_BYTES),
    previous,
    events: encodeEvents(events),
    packs: [...packs].map(([key, trailer]): CborValue => [key, encodePackTable(trailer)]),
  };
  const raw = encodeCbor(macOf ? { ...body, mac: macOf(encodeCbor(body)) } : body);
  if (raw.byteLength > MAX_RAW_BYTES) {
    throw new ArchiveError(
      'USAGE',
      `This change has ${raw.byteLength} bytes of events, more than the limit of ${MAX_RAW_BYTES} per segment; make it in smaller steps.`,
      undefined,
      { expected: `${MAX_RAW_BYTES}`, actual: `${raw.byteLength}` },
    );
  }
  const read = (opened: Buffer) => decodeRaw(opened, 'The segment').events.forEach(readEvent);
  return packDocument('ASLG', raw, read, macOf ? SEALED_VERSION : versionFor(packs.values()));
}

/**
 * Decodes the segment with a number.
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming it.
 */
export function decodeSegment(segment: number, stored: Uint8Array): DecodedSegment {
  const where = `The segment "${segmentKey(segment)}"`;
  const decoded = decodeRaw(openDocument('ASLG', stored, where), where);
  requireVersion('ASLG', stored, where, decoded.seal ? SEALED_VERSION : versionFor(decoded.packs.values()));
  if (decoded.segment !== segment) throw malformed(where, `it is segment ${decoded.segment}`);
  return decoded;
}

/** The digest that identifies a stored segment. */
export function segmentDigest(stored: Uint8Array): Buffer {
  return blake3.hash(stored);
}

function decodeRaw(raw: Uint8Array, where: string): DecodedSegment {
  const decoded = decodeCbor(raw);
  const keys = ['segment', 'store_id', 'nonce', 'previous', 'events', 'packs'] as const;
  const map = readMap<(typeof keys)[number] | 'mac'>(decoded, where, keys, ['mac']);
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
    seal: map.mac === undefined ? undefined : sealOf(decoded as { [key: string]: CborValue }, where),
  };
}

function sealOf({ mac, ...body }: { [key: string]: CborValue }, where: string): DecodedSegment['seal'] {
  return { mac: readBytes(mac, where), body };
}

/** Whether a segment comes from a holder of the log key. */
export function isWrittenWith({ seal }: DecodedSegment, macOf: SegmentMac): boolean {
  return seal !== undefined && sameBytes(macOf(encodeCbor(seal.body)), seal.mac);
}

/** @throws ArchiveError `INTEGRITY` when it does not come from a holder of the log key. */
export function requireMac(decoded: DecodedSegment, macOf: SegmentMac): void {
  if (isWrittenWith(decoded, macOf)) return;
  const { segment } = decoded;
  throw new ArchiveError(
    'INTEGRITY',
    `The segment "${segmentKey(segment)}" was not written with the key of this store; it was forged or changed: restore the objects below "${LOG}" from a backup.`,
    undefined,
    { key: segmentKey(segment) },
  );
}
