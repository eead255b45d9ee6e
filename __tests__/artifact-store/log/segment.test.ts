import fc from 'fast-check';
import type { EventTable } from '../../../src/artifact-store/database/schema.ts';
import { encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { eventDigest } from '../../../src/artifact-store/log/event-digest.ts';
import {
  decodeSegment,
  encodeSegment,
  type Segment,
  segmentKey,
  segmentOfKey,
} from '../../../src/artifact-store/log/segment.ts';

const digests = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const texts = fc.string({ unit: 'grapheme', maxLength: 40 });
const numbers = fc.integer({ min: 1, max: 2 ** 40 });

/** Events of one segment: each follows the one before. */
const events = fc
  .tuple(
    numbers,
    digests,
    fc.array(fc.record({ actor: texts, id: texts, reason: texts }), { minLength: 1, maxLength: 8 }),
  )
  .map(([first, before, lines]) => {
    let previous_digest: Uint8Array = before;
    return lines.map(({ actor, id, reason }, i): EventTable => {
      const payload = encodeCbor({ hold_id: 'hold', reason });
      const event = {
        sequence: first + i,
        created_at: '2026-01-01T00:00:00.000Z',
        event_type: 'v1.hold.released',
        subject_kind: 'package',
        subject_id: id,
        actor,
        payload,
        payload_digest: blake3.hash(payload),
        previous_digest,
      };
      previous_digest = eventDigest(event);
      return event;
    });
  });

/** The trailer of a pack whose frames are as long as its contents. */
const trailers = fc
  .tuple(
    fc.array(fc.record({ digest: digests, length: fc.integer({ min: 1, max: 4000 }) }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.record({ digest: digests, size: fc.nat(), root: digests }), { maxLength: 2 }),
  )
  .map(([contents, lists]) => {
    const rawLength = contents.reduce((sum, { length }) => sum + length, 0);
    const isSmall = rawLength < 100;
    const storedLength = isSmall ? rawLength : Math.ceil(rawLength / 3);
    const codec = isSmall ? ('raw' as const) : ('zstd' as const);
    return { contents, lists, frames: [{ codec, rawLength, storedLength }] };
  });

const segments: fc.Arbitrary<Segment> = fc.record({
  segment: numbers,
  storeId: fc.uuid(),
  previous: digests,
  events,
  packs: fc
    .dictionary(fc.stringMatching(/^packs\/[0-9a-f]{8}$/), trailers)
    .map((packs) => new Map(Object.entries(packs))),
});

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, item) => (item instanceof Map ? [...item] : item?.type === 'Buffer' ? item.data : item)),
  );

const integrity = expect.objectContaining({ code: 'INTEGRITY' });

function refusalOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

test('a segment is read as written', () => {
  fc.assert(
    fc.property(segments, (segment) => {
      const decoded = decodeSegment(segment.segment, encodeSegment(segment));
      expect(plain({ ...decoded, packs: [...decoded.packs].sort() })).toEqual(
        plain({ ...segment, packs: [...segment.packs].sort() }),
      );
    }),
    { numRuns: 60 },
  );
});

test('no two segments have the same bytes, so that a writer recognizes its own', () => {
  fc.assert(
    fc.property(segments, (segment) => {
      expect(encodeSegment(segment).equals(encodeSegment(segment))).toBe(false);
    }),
    { numRuns: 20 },
  );
});

test('a segment is refused with any byte changed, truncated, extended, or under another number', () => {
  fc.assert(
    fc.property(segments, fc.nat(), fc.integer({ min: 1, max: 255 }), (segment, place, change) => {
      const stored = encodeSegment(segment);
      const at = place % stored.length;
      const changed = Buffer.from(stored);
      changed[at]! ^= change;
      // Its magic or version may be that of another format; and a few bits of a zstd frame have no meaning.
      const outcome = refusalOf(() => decodeSegment(segment.segment, changed));
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: expect.stringMatching(/^(INTEGRITY|FORMAT_UNSUPPORTED)$/) });
      } else {
        expect(outcome).toEqual(decodeSegment(segment.segment, stored));
      }
      expect(refusalOf(() => decodeSegment(segment.segment, stored.subarray(0, at)))).toEqual(integrity);
      expect(refusalOf(() => decodeSegment(segment.segment, Buffer.concat([stored, Buffer.from([change])])))).toEqual(
        integrity,
      );
      expect(refusalOf(() => decodeSegment(segment.segment + 1, stored))).toEqual(integrity);
    }),
    { numRuns: 60 },
  );
});

test('a segment is refused with another version than its events need', () => {
  fc.assert(
    fc.property(segments, (segment) => {
      const stored = encodeSegment(segment);
      stored[4] = stored[4] === 1 ? 2 : 1;
      expect(refusalOf(() => decodeSegment(segment.segment, stored))).toEqual(integrity);
    }),
    { numRuns: 20 },
  );
});

test('events that do not follow each other are not written', () => {
  fc.assert(
    fc.property(
      segments.filter((segment) => segment.events.length > 1),
      (segment) => {
        const swapped = { ...segment, events: segment.events.toReversed() };
        expect(refusalOf(() => encodeSegment(swapped))).toBeInstanceOf(Error);
        expect(refusalOf(() => encodeSegment({ ...segment, events: [] }))).toBeInstanceOf(Error);
      },
    ),
    { numRuns: 20 },
  );
});

test('keys sort like the log, and only they are segments', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      expect(segmentOfKey(segmentKey(a))).toBe(a);
      expect(Math.sign(a - b)).toBe(Buffer.compare(Buffer.from(segmentKey(a)), Buffer.from(segmentKey(b))));
    }),
  );
  for (const key of [
    'log/1',
    'log/00000000000000001',
    'log/000000000000000a',
    'logs/0000000000000001',
    'log/0000000000000001-a',
  ])
    expect(segmentOfKey(key)).toBeUndefined();
});
