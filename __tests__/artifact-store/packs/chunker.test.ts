import fc from 'fast-check';
import { CHUNK_SIZES, Chunker, type ChunkSizes } from '../../../src/artifact-store/packs/chunker.ts';
import { noise } from '../fixtures.ts';

const SMALL: ChunkSizes = { min: 64, normal: 256, max: 1024 };

/** Lengths of the chunks of a content that arrives in pieces. */
function cut(pieces: Iterable<Uint8Array>, sizes?: ChunkSizes): number[] {
  const chunker = new Chunker(sizes);
  const lengths: number[] = [];
  for (const piece of pieces) {
    for (let from = 0; from < piece.byteLength; ) {
      const before = chunker.length;
      const end = chunker.next(piece, from);
      if (end === undefined) break;
      lengths.push(before + end - from);
      from = end;
    }
  }
  if (chunker.length > 0) lengths.push(chunker.length);
  return lengths;
}

function* inPieces(content: Uint8Array, lengths: readonly number[]): Iterable<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield content.subarray(at, at + length);
    at += length;
  }
  yield content.subarray(at);
}

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 20_000 }),
  fc.tuple(fc.nat(30_000), fc.nat(255)).map(([length, seed]) => noise(length, seed)),
  fc.tuple(fc.nat(5000), fc.nat(255)).map(([length, byte]) => Buffer.alloc(length, byte)),
);

test('cuts do not depend on the pieces, cover the whole content, and obey the sizes', () => {
  fc.assert(
    fc.property(contents, fc.array(fc.nat(3000)), (content, lengths) => {
      const whole = cut([content], SMALL);
      expect(cut(inPieces(content, lengths), SMALL)).toEqual(whole);
      expect(whole.reduce((sum, length) => sum + length, 0)).toBe(content.byteLength);
      for (const length of whole) expect(length).toBeLessThanOrEqual(SMALL.max);
      for (const length of whole.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(SMALL.min);
    }),
  );
});

test('an insertion moves only the cuts near it', () => {
  const content = noise(100_000, 1);
  const fromEnd = (lengths: number[]) =>
    lengths.map((_, i) => lengths.slice(i).reduce((sum, length) => sum + length, 0));
  const before = fromEnd(cut([content], SMALL));
  const after = fromEnd(cut([content.subarray(0, 50_000), Buffer.from('new'), content.subarray(50_000)], SMALL));
  expect(before.filter((cutAt) => cutAt < 45_000 && !after.includes(cutAt))).toEqual([]);
});

test('cuts are where docs/format.md places them', () => {
  expect(cut([noise(1_000_000, 7)])).toEqual(EXPECTED);
  expect(cut([Buffer.alloc(300_000)])).toEqual([CHUNK_SIZES.max, CHUNK_SIZES.max, 300_000 - 2 * CHUNK_SIZES.max]);
});

/** As computed by a Python program that was written from that page. */
const EXPECTED: number[] = [
  21869, 37202, 36975, 35883, 40778, 34095, 48824, 40116, 36827, 32844, 40506, 34192, 53394, 48453, 20269, 34685, 18986,
  41454, 40753, 39515, 39660, 47900, 43823, 9038, 46934, 36695, 33146, 5184,
];
