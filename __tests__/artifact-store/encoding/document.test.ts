import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import {
  MAX_RAW_BYTES,
  openDocument,
  packDocument,
  rawLengthOf,
} from '../../../src/artifact-store/encoding/document.ts';
import { encodeMagic } from '../../../src/artifact-store/encoding/magic.ts';
import { zstdBomb } from '../zstd-bomb.ts';

/** Seen to fail with a ratio as the limit, without the checks of the frame's header, and without reading back. */

const MIB = 2 ** 20;
const open = (stored: Uint8Array) => openDocument('ASEV', stored, 'The segment "x"');
const pack = (raw: Uint8Array) => packDocument('ASEV', raw, () => undefined);
const integrity = expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('The segment "x"') });

test('opens to the original bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 70_000 }), (raw) => {
      const stored = pack(raw);
      expect(rawLengthOf('ASEV', stored, 'it')).toBe(raw.byteLength);
      expect(open(stored).equals(raw)).toBe(true);
    }),
  );
});

test.each([255, 256, 65_791, 65_792, 9 * MIB])('%d equal bytes are stored, however well they compress', (length) => {
  expect(open(pack(Buffer.alloc(length)))).toHaveLength(length);
});

test('is not made of bytes that its reader would refuse', () => {
  const refuse = () => {
    throw new Error('malformed');
  };
  expect(() => packDocument('ASMF', Buffer.from('x'), refuse)).toThrow(
    expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('nothing was') }),
  );
});

describe('a document is refused', () => {
  const stored = pack(Buffer.from('the events of a change '.repeat(20)));
  const changed = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(stored);
    copy.set(bytes, at);
    return copy;
  };
  const uint32 = (value: number) => [...Buffer.from(Uint32Array.of(value).buffer)];

  test.each<[what: string, bytes: Uint8Array]>([
    ['with another raw length', changed(8, ...uint32(461))],
    ['without a complete raw length', stored.subarray(0, 11)],
    ['without a checksum', changed(16, stored[16]! ^ 4)],
    ['that is truncated', stored.subarray(0, -1)],
    ['with another checksum', changed(stored.length - 1, stored.at(-1)! ^ 1)],
    ['with a raw length above the limit', changed(8, ...uint32(MAX_RAW_BYTES + 1))],
    ['that unpacks to more than its raw length', Buffer.concat([stored.subarray(0, 12), zstdBomb(1e10)])],
    ['of another format', changed(0, ...Buffer.from('ASMF'))],
  ])('%s', (_, bytes) => {
    expect(() => open(bytes)).toThrow(integrity);
  });

  test('by its version when it is newer', () => {
    expect(() => open(changed(4, 3))).toThrow(expect.objectContaining({ code: 'FORMAT_UNSUPPORTED' }));
  });
});

describe('a document of an older version, without a length', () => {
  const old = (frame: Uint8Array) => Buffer.concat([encodeMagic('ASEV', 1), frame]);

  test('opens, even one that its own version could no longer open', () => {
    expect(open(old(zstdCompressSync(Buffer.from('events')))).toString()).toBe('events');
    const length = 9 * MIB;
    expect(open(old(zstdCompressSync(Buffer.alloc(length), { pledgedSrcSize: length })))).toHaveLength(length);
  });

  test.each([9 * MIB, 1e10])('does not unpack to %d bytes that its frame does not declare', (bytes) => {
    expect(() => open(old(zstdBomb(bytes)))).toThrow(integrity);
  });
});

// As ASCII, a letter with its highest bit set reads as the letter.
test('a flipped bit in the magic is found', () => {
  const stored = packDocument('ASLG', Buffer.from([0xa0]), () => undefined);
  for (let bit = 0; bit < 8 * 8; bit++) {
    const flipped = Buffer.from(stored);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => openDocument('ASLG', flipped, 'The segment')).toThrow(/The segment/);
  }
});
