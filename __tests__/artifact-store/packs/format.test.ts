import fc from 'fast-check';
import { type CborValue, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { packDocument } from '../../../src/artifact-store/encoding/document.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import {
  encodePackHeader,
  encodeTrailer,
  type Frame,
  type PackTrailer,
  placeFrames,
  readTrailer,
} from '../../../src/artifact-store/packs/format.ts';

const integrity = expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('packs/aa/aa') });

function packOf(trailer: PackTrailer): Buffer {
  const stored = trailer.frames.reduce((sum, frame) => sum + frame.storedLength, 0);
  return Buffer.concat([encodePackHeader(), Buffer.alloc(stored, 0xee), encodeTrailer(trailer)]);
}

function read(pack: Buffer): Promise<PackTrailer> {
  return readTrailer('packs/aa/aa', pack.length, async (offset, length) => pack.subarray(offset, offset + length));
}

const sample: PackTrailer = {
  frames: [
    { codec: 'zstd', rawLength: 300, storedLength: 200 },
    { codec: 'raw', rawLength: 100, storedLength: 100 },
  ],
  contents: [
    { digest: Buffer.alloc(32, 1), length: 350 },
    { digest: Buffer.alloc(32, 2), length: 50 },
  ],
  lists: [],
};

/** A pack with a correctly sealed trailer of any content. */
function forged(trailer: CborValue, storedBytes = 300): Buffer {
  const bytes = packDocument('ASTR', encodeCbor(trailer), () => undefined);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const frames = Buffer.alloc(storedBytes);
  return Buffer.concat([encodePackHeader(), frames, bytes, blake3.hash(bytes), length, Buffer.from('KPSA')]);
}

const contents = { digests: Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]), lengths: [350, 50] };
const frames = [
  [1, 300, 200],
  [0, 100, 100],
];

test('a trailer is read as written', async () => {
  const frame = fc.record({ codec: fc.constant('zstd' as const), rawLength: fc.integer({ min: 1, max: 2 ** 24 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame),
      fc.array(fc.nat(0xffff)),
      fc.infiniteStream(fc.nat()),
      fc.array(fc.nat(), { maxLength: 3 }),
      async (cut, cuts, seeds, sizes) => {
        const frames: Frame[] = cut.map(({ codec, rawLength }, i) => {
          const storedLength = Math.min(rawLength, 1 + (seeds.next().value % 1000));
          return i % 2 ? { codec: 'raw', rawLength: storedLength, storedLength } : { codec, rawLength, storedLength };
        });
        let left = frames.reduce((sum, { rawLength }) => sum + rawLength, 0);
        const lengths = cuts.map((length) => {
          const taken = Math.min(length, left);
          left -= taken;
          return taken;
        });
        const contents = [...lengths, left].map((length, i) => ({ digest: Buffer.alloc(32, i), length }));
        const lists = sizes.map((size, i) => ({ digest: Buffer.alloc(32, i), size, root: Buffer.alloc(32, 0xff) }));
        expect(await read(packOf({ frames, contents, lists }))).toEqual({ frames, contents, lists });
      },
    ),
  );
});

test('frames are placed end to end after the header', () => {
  const header = encodePackHeader().length;
  expect(placeFrames(sample.frames).map(({ rawOffset, storedOffset }) => [rawOffset, storedOffset])).toEqual([
    [0, header],
    [300, header + 200],
  ]);
});

test('two packs of the same contents have different headers', () => {
  expect(encodePackHeader().equals(encodePackHeader())).toBe(false);
});

test('a pack truncated at its end is refused', async () => {
  const pack = packOf(sample);
  for (let length = 0; length < pack.length; length++) {
    await expect(read(pack.subarray(0, length))).rejects.toEqual(integrity);
  }
});

test('a pack with any byte of its trailer or footer changed is refused', async () => {
  const pack = packOf(sample);
  for (let at = pack.length - encodeTrailer(sample).length; at < pack.length; at++) {
    const changed = Buffer.from(pack);
    changed[at]! ^= 0x10;
    await expect(read(changed)).rejects.toEqual(integrity);
  }
});

test('a file that is not a pack is refused', async () => {
  await expect(read(Buffer.alloc(1000, 0x20))).rejects.toEqual(integrity);
});

test.each([
  ['version', 4, 3],
  ['flag', 6, 1],
])('a pack with a newer %s is refused by name', async (_, offset, value) => {
  const pack = packOf(sample);
  pack[offset] = value;
  await expect(read(pack)).rejects.toMatchObject({
    code: 'FORMAT_UNSUPPORTED',
    message: expect.stringContaining('packs/aa/aa'),
  });
});

test('the forgeries below are refused for their values, not for their form', async () => {
  expect(await read(forged({ contents, frames }))).toEqual(sample);
});

test.each<[what: string, pack: Buffer]>([
  ['frames that miss bytes of the pack', forged({ contents, frames }, 301)],
  ['frames that reach into the trailer', forged({ contents, frames }, 299)],
  ['contents that reach past the frames', forged({ contents: { ...contents, lengths: [350, 51] }, frames })],
  ['contents that end before the frames', forged({ contents: { ...contents, lengths: [350, 49] }, frames })],
  ['more lengths than digests', forged({ contents: { ...contents, lengths: [350, 49, 1] }, frames })],
  ['a negative length', forged({ contents: { ...contents, lengths: [401, -1] }, frames })],
  ['a frame above the size limit', forged({ contents, frames: [[1, 2 ** 24 + 1, 300]] })],
  ['an empty frame', forged({ contents, frames: [...frames, [1, 0, 0]] })],
  [
    'a compressed frame that is larger than its contents',
    forged({
      contents,
      frames: [
        [1, 100, 200],
        [1, 300, 100],
      ],
    }),
  ],
  ['an uncompressed frame with two different lengths', forged({ contents, frames: [[0, 400, 300]] })],
  [
    'a frame with an unknown codec',
    forged({
      contents,
      frames: [
        [2, 300, 200],
        [0, 100, 100],
      ],
    }),
  ],
  [
    'a frame with an extra field',
    forged({
      contents,
      frames: [
        [1, 300, 200, 0],
        [0, 100, 100],
      ],
    }),
  ],
  ['frames that are not a list', forged({ contents, frames: {} })],
  ['an unknown key', forged({ contents, frames, more: null })],
  ['no contents', forged({ frames })],
])('a trailer is refused that has %s', async (_, pack) => {
  await expect(read(pack)).rejects.toEqual(integrity);
});
