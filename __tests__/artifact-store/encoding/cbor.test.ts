import fc from 'fast-check';
import { type CborValue, decodeCbor, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';

/** RFC 8949, appendix A, without floats, tags, simple values and non-canonical forms. */
const EXAMPLES: [hex: string, value: CborValue][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', Buffer.alloc(0)],
  ['4401020304', Buffer.from([1, 2, 3, 4])],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', '\u00fc'],
  ['63e6b0b4', '\u6c34'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, i) => i + 1)],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['826161a161626163', ['a', { b: 'c' }]],
  ['a56161614161626142616361436164614461656145', { a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }],
];

/** Heads at the limits of their lengths, by section 3. */
const EDGES: [hex: string, value: CborValue][] = [
  ['18ff', 255],
  ['190100', 256],
  ['19ffff', 65_535],
  ['1a00010000', 65_536],
  ['1a7fffffff', 2 ** 31 - 1],
  ['1affffffff', 2 ** 32 - 1],
  ['1b0000000100000000', 2 ** 32],
  ['1b001fffffffffffff', 2 ** 53 - 1],
  ['3a7fffffff', -(2 ** 31)],
  ['3a80000000', -(2 ** 31) - 1],
  ['3affffffff', -(2 ** 32)],
  ['3b0000000100000000', -(2 ** 32) - 1],
  ['3b001ffffffffffffe', -(2 ** 53) + 1],
  [`5818${'ff'.repeat(24)}`, Buffer.alloc(24, 0xff)],
  [`7818${'61'.repeat(24)}`, 'a'.repeat(24)],
  ['a261610162616102', { aa: 2, a: 1 }],
  ['a261620262c3bc01', { '\u00fc': 1, b: 2 }],
  ['63efbbbf', '\ufeff'],
];

const REFUSED: [what: string, hex: string][] = [
  ['an indefinite byte string', '5f42010243030405ff'],
  ['an indefinite text', '7f657374726561646d696e67ff'],
  ['an indefinite list', '9f0102ff'],
  ['an indefinite map', 'bf616101ff'],
  ['an integer in more bytes than it needs', '1817'],
  ['a two-byte integer in four bytes', '1a0000ffff'],
  ['a four-byte integer in eight bytes', '1b00000000ffffffff'],
  ['a length in more bytes than it needs', '780161'],
  ['an integer past 2^53', '1b0020000000000000'],
  ['an integer past 2^64', 'c249010000000000000000'],
  ['a negative integer past -2^53', '3b001fffffffffffff'],
  ['a duplicate key', 'a2616101616102'],
  ['unsorted keys', 'a2616201616102'],
  ['keys sorted as text instead of by length', 'a262616101616202'],
  ['a key that is not text', 'a10102'],
  ['a key that is bytes', 'a1416101'],
  ['a tag', 'c074323031332d30332d32315432303a30343a30305a'],
  ['the self-describing tag', 'd9d9f700'],
  ['a half float', 'f93e00'],
  ['a whole number as a float', 'f93c00'],
  ['a large whole number as a float', 'fb4200000000000000'],
  ['a whole negative number as a float', 'fbc1e0000000200000'],
  ['an infinity', 'f97c00'],
  ['NaN', 'f97e00'],
  ['undefined', 'f7'],
  ['a simple value', 'f0'],
  ['a break alone', 'ff'],
  ['a reserved length', '1c'],
  ['text that is not UTF-8', '62c328'],
  ['a surrogate in UTF-8', '63eda080'],
  ['bytes after the item', '0000'],
  ['nothing', ''],
  ['a cut integer', '1903'],
  ['a cut byte string', '440102'],
  ['a cut text', '6461'],
  ['a cut list', '830102'],
  ['a cut map', 'a26161016162'],
  ['a byte string of 2^63 bytes', '5b7fffffffffffffff00'],
  ['a text of 2^32 bytes', '7b000000010000000061'],
  ['a list of 2^32 items', '9b000000010000000001'],
  ['a list of 2^31 items', '9a8000000001'],
  ['a map of 2^31 items', 'ba80000000616101'],
];

describe('encodeCbor', () => {
  test.each([...EXAMPLES, ...EDGES])('writes %s', (hex, value) => {
    expect(encodeCbor(value).toString('hex')).toBe(hex);
  });

  test('sorts keys that look like numbers with all others', () => {
    expect(encodeCbor({ b: 1, '10': 2, '9': 3 }).toString('hex')).toBe('a361390361620162313002');
  });

  test('writes maps in the order of their encoded keys', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.string({ maxLength: 5 }), fc.nat(99).map(String))), (keys) => {
        fc.pre(keys.length < 24 && !keys.includes('__proto__'));
        const encoded = keys.map((key) => Buffer.from(`${String.fromCharCode(0x60 + Buffer.byteLength(key))}${key}\0`));
        const expected = Buffer.concat([Buffer.from([0xa0 + keys.length]), ...encoded.sort(Buffer.compare)]);
        expect(encodeCbor(Object.fromEntries(keys.map((key) => [key, 0])))).toEqual(expected);
      }),
    );
  });

  test('keeps a key named __proto__', () => {
    const value = JSON.parse('{"__proto__":1}');
    expect(encodeCbor(value).toString('hex')).toBe('a1695f5f70726f746f5f5f01');
  });

  test.each([
    ['a fraction', 1.5],
    ['an integer past 2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['a lone surrogate', '\ud800'],
    ['a key with a lone surrogate', { '\udc00': 1 }],
  ])('refuses %s', (_, value) => {
    expect(() => encodeCbor(value)).toThrow(TypeError);
  });
});

describe('decodeCbor', () => {
  test.each([...EXAMPLES, ...EDGES])('reads %s', (hex, value) => {
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(value);
  });

  test.each(REFUSED)('refuses %s', (_, hex) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
  });

  test.each([
    ['lists', 0x81],
    ['maps', 0xa1],
    ['tags', 0xc1],
  ])('refuses %s nested 100,000 deep', (_, byte) => {
    const bytes = Buffer.alloc(100_000, byte);
    expect(() => decodeCbor(bytes)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
  });

  /** A list of ten references to the previous list, and so on: ten to the power of `levels` items when expanded. */
  function laughs(levels: number): Buffer {
    const level = (i: number) => `d81c8a${`d81d${i.toString(16).padStart(2, '0')}`.repeat(10)}`;
    return Buffer.from(
      `${(0x81 + levels).toString(16)}d81c8160${Array.from({ length: levels }, (_, i) => level(i)).join('')}`,
      'hex',
    );
  }

  test.each([
    ['nested references that grow exponentially', laughs(12)],
    ['a bignum of a million bytes', Buffer.concat([Buffer.from('c25a000f4240', 'hex'), Buffer.alloc(1_000_000, 0xff)])],
    ['a million lists, each with a large declared length', Buffer.alloc(3_000_000, Buffer.from('99ffff', 'hex'))],
    ['a million maps, each with a large declared length', Buffer.alloc(3_000_000, Buffer.from('b9ffff', 'hex'))],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeCbor(bytes)).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
  });

  test('returns the encoded value, for any value', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeCbor(encodeCbor(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('accepts only bytes that encoding the value gives again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 24 }), (bytes) => {
        let value: CborValue;
        try {
          value = decodeCbor(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INTEGRITY' });
          return;
        }
        expect(encodeCbor(value).equals(bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

const text = fc.string({ unit: 'binary' });
const key = fc.oneof(text, fc.nat(99).map(String), fc.constant('__proto__'));
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer(),
    text,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
}));
