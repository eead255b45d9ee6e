import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { pieceHasher } from '../../../src/artifact-store/packs/piece-hasher.ts';
import { WorkerPool } from '../../../src/artifact-store/packs/worker-pool.ts';

const LONG = 64 * 1024 * 1024;

let workers: WorkerPool;
beforeEach(() => {
  workers = new WorkerPool();
});
afterEach(() => workers.close());

function digestsOf(pieces: readonly Uint8Array[]) {
  const bytes = Buffer.concat(pieces);
  return { blake3: blake3.hash(bytes), sha256: createHash('sha256').update(bytes).digest() };
}

test.each([
  ['short', 1],
  ['long', LONG],
])('a %s content has the digests of its pieces, and the pieces come back', async (_, length) => {
  // Some are parts of a larger buffer, and those above 4,096 bytes are transferred.
  const piece = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constantFrom(1, 3, 1000, 20_000), fc.boolean())
    .map(([bytes, times, isPart]) => {
      const all = Buffer.alloc(bytes.length * times, bytes);
      return isPart ? all.subarray(1) : Uint8Array.from(all);
    });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const copies = pieces.map((each) => Uint8Array.from(each));
      const hasher = pieceHasher({ workers }, length);
      const returned: Uint8Array[] = [];
      for (const each of await Promise.all(pieces.map((each) => hasher.update(each)))) returned.push(each);
      const { blake3, sha256 } = await hasher.digest();
      await hasher.end();
      const expected = digestsOf(copies);
      expect(Buffer.from(blake3).equals(expected.blake3)).toBe(true);
      expect(Buffer.from(sha256).equals(expected.sha256)).toBe(true);
      expect(Buffer.concat(returned).equals(Buffer.concat(copies))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('contents that are hashed at once do not mix, also when one is given up', async () => {
  const pieces = Array.from({ length: 5 }, (_, i) => [Buffer.alloc(5000, i), Buffer.alloc(7, i)] as const);
  const hash = async ([first, second]: (typeof pieces)[number], i: number) => {
    const hasher = pieceHasher({ workers }, LONG);
    try {
      await hasher.update(Buffer.from(first));
      if (i === 2) return undefined;
      await hasher.update(second);
      return Buffer.from((await hasher.digest()).sha256).toString('hex');
    } finally {
      await hasher.end();
    }
  };
  const expected = pieces.map((each, i) => (i === 2 ? undefined : digestsOf(each).sha256.toString('hex')));
  expect(await Promise.all(pieces.map(hash))).toEqual(expected);
});

test('an abort ends it with the reason', async () => {
  const abort = new AbortController();
  const hasher = pieceHasher({ workers, signal: abort.signal }, LONG);
  await hasher.update(Buffer.alloc(5000));
  abort.abort(new Error('enough'));
  await expect(hasher.update(Buffer.alloc(5000))).rejects.toThrow('enough');
  await hasher.end();
});

test('closing the pool fails it instead of leaving it waiting', async () => {
  const hasher = pieceHasher({ workers }, LONG);
  await hasher.update(Buffer.alloc(5000));
  await workers.close();
  await expect(hasher.update(Buffer.alloc(5000))).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await hasher.end();
});
