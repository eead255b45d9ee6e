import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Blake3, nativeBlake3, wasmBlake3 } from '../../../src/artifact-store/identity/hasher.ts';

const vectors: { length: number; hash: string }[] = JSON.parse(
  readFileSync(new URL('../../golden/blake3.json', import.meta.url), 'utf8'),
);

const PIECE_BYTES = [1, 63, 1025];

function inputOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));
}

function hashInPieces(blake3: Blake3, input: Uint8Array, pieceBytes: number): string {
  const hash = blake3.createHash();
  for (let at = 0; at < input.byteLength; at += pieceBytes) hash.update(input.subarray(at, at + pieceBytes));
  return hash.digest().toString('hex');
}

describe.each([
  ['the native BLAKE3', nativeBlake3()],
  ['the WebAssembly BLAKE3', wasmBlake3()],
])('%s', (_, blake3) => {
  test.each(vectors)('agrees with the official vector of $length bytes', ({ length, hash }) => {
    expect(blake3.hash(inputOf(length)).toString('hex')).toBe(hash);
  });

  test.each(PIECE_BYTES)('gives the same digests in pieces of %i bytes', (pieceBytes) => {
    const digests = vectors.map(({ length }) => hashInPieces(blake3, inputOf(length), pieceBytes));
    expect(digests).toEqual(vectors.map(({ hash }) => hash));
  });

  test('hashes a view into a larger buffer', () => {
    const { length, hash } = vectors.at(-1)!;
    const larger = Buffer.concat([Buffer.alloc(13, 0xff), inputOf(length), Buffer.alloc(7, 0xff)]);
    expect(blake3.hash(larger.subarray(13, 13 + length)).toString('hex')).toBe(hash);
  });
});

test('both implementations agree on any input, in any pieces', () => {
  const [native, wasm] = [nativeBlake3(), wasmBlake3()];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 2000 }), (input, pieceBytes) => {
      const expected = native.hash(input).toString('hex');
      expect(wasm.hash(input).toString('hex')).toBe(expected);
      expect(hashInPieces(native, input, pieceBytes)).toBe(expected);
      expect(hashInPieces(wasm, input, pieceBytes)).toBe(expected);
    }),
  );
});
