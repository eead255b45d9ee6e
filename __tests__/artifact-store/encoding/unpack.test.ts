import { zstdCompressSync } from 'node:zlib';
import { unpack } from '../../../src/artifact-store/encoding/unpack.ts';
import { noise } from '../fixtures.ts';
import { zstdBomb } from '../zstd-bomb.ts';

const MIB = 2 ** 20;

test('a stored document unpacks to 8 MiB, and to more when it is larger itself', () => {
  expect(unpack(zstdCompressSync(Buffer.alloc(8 * MIB)))).toHaveLength(8 * MIB);
  const long = Buffer.alloc(9 * MIB);
  const random = noise(long.length / 100 + 1, 1);
  // Of each 100 bytes one, as little as a manifest of the longest paths has.
  for (let at = 0; at < long.length; at += 100) long[at] = random[at / 100]!;
  expect(unpack(zstdCompressSync(long))).toHaveLength(9 * MIB);
});

/** Seen to fail with a larger ratio, and with no limit. */
test.each([9 * MIB, 1e10])('one that is full of zeros unpacks to no %d bytes', (bytes) => {
  expect(() => unpack(zstdBomb(bytes))).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
});
