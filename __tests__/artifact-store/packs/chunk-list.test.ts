import fc from 'fast-check';
import { type CborValue, decodeCbor, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { isArchiveError } from '../../../src/artifact-store/errors.ts';
import { toHex } from '../../../src/artifact-store/identity/digest.ts';
import { decodeNode, type ExpectedNode, listNodes } from '../../../src/artifact-store/packs/chunk-list.ts';
import type { PackedContent } from '../../../src/artifact-store/packs/format.ts';
import { noise } from '../fixtures.ts';

function chunksOf(count: number, seed: number): PackedContent[] {
  const digests = noise(32 * count, seed);
  return Array.from({ length: count }, (_, i) => ({
    digest: digests.subarray(32 * i, 32 * i + 32),
    length: 8192 + (digests.readUInt16LE(32 * i + 4) % 100_000),
  }));
}

const lengthOf = (items: readonly PackedContent[]) => items.reduce((sum, { length }) => sum + length, 0);
const root = (length: number): ExpectedNode => ({ level: undefined, length, isLast: true });

test('a list returns its chunks in order, and shares most nodes with the previous version', () => {
  const chunks = chunksOf(5000, 1);
  const nodes = listNodes(chunks);
  const byDigest = new Map(nodes.map(({ digest, bytes }) => [toHex(digest), bytes]));
  const read = (digest: Uint8Array, expected: ExpectedNode): PackedContent[] => {
    const { level, items } = decodeNode(byDigest.get(toHex(digest))!, expected, 'it');
    if (level === 0) return items;
    return items.flatMap((item, i) =>
      read(item.digest, { level: level - 1, length: item.length, isLast: expected.isLast && i === items.length - 1 }),
    );
  };
  expect(read(nodes.at(-1)!.digest, root(lengthOf(chunks)))).toEqual(chunks);
  // Every version must make the same nodes of the same chunks.
  expect(toHex(nodes.at(-1)!.digest)).toBe('3ce12a2140fff6e5e4dbb6b71d64ab6ccf917a30e3a0bdedcfb9caf88e52a75a');
  const changed = listNodes(chunks.toSpliced(2000, 1, ...chunksOf(2, 2)));
  expect(changed.filter(({ digest }) => !byDigest.has(toHex(digest))).length).toBeLessThan(5);
});

describe('a list is refused', () => {
  const [first, second] = chunksOf(2, 3) as [PackedContent, PackedContent];
  const length = first.length + second.length;
  const digests = Buffer.concat([first.digest, second.digest]);
  const sound = { level: 0, digests, lengths: [first.length, second.length] };
  const forged = (table: CborValue) => Buffer.concat([Buffer.from('ASLS\x01\0\0\0', 'latin1'), encodeCbor(table)]);
  const billion = 1_000_000_000;

  const forgeries: [what: string, table: CborValue, output?: Partial<ExpectedNode>][] = [
    ['with another length than recorded', { ...sound, lengths: [first.length, second.length + 1] }],
    ['of one length too few', { ...sound, lengths: [length] }],
    ['of nothing', { ...sound, digests: Buffer.alloc(0), lengths: [] }, { length: 0 }],
    ['with an item of no length', { ...sound, lengths: [length, 0] }],
    ['with chunks that are too small', { ...sound, lengths: [1, length - 1] }],
    ['with a small chunk that is not the last', { ...sound, lengths: [length - 1, 1] }, { isLast: false }],
    ['with a chunk that is too large', { ...sound, lengths: [8192, 1024 * 1024] }, { length: 8192 + 1024 * 1024 }],
    ['with another level than recorded', sound, { level: 1 }],
    ['of more levels than any has', { ...sound, level: 7 }],
    ['of more than any content has', { ...sound, lengths: [2 ** 50, 2 ** 50], level: 3 }, { length: 2 ** 51 }],
    ['of a billion chunks, it says', { ...sound, lengths: [billion, billion] }, { length: 2 * billion }],
  ];

  test.each(forgeries.map(([what, table, output = {}]) => [what, table, output] as const))('%s', (_, table, output) => {
    expect(() => decodeNode(forged(table), { ...root(length), ...output }, 'The list')).toThrow(
      expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('The list') }),
    );
  });

  test('with any other change, by an error that says so', () => {
    const bytes = forged(sound);
    expect(decodeNode(bytes, root(length), 'it').items).toEqual([first, second]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const other = Buffer.from(bytes);
        other[at]! ^= change;
        try {
          const { items } = decodeNode(other, root(length), 'it');
          expect(lengthOf(items)).toBe(length);
        } catch (error) {
          expect(isArchiveError(error, 'INTEGRITY') || isArchiveError(error, 'FORMAT_UNSUPPORTED')).toBe(true);
        }
      }),
    );
    expect(decodeCbor(bytes.subarray(8))).toMatchObject({ level: 0 });
  });
});
