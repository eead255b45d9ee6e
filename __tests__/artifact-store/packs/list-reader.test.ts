import { encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { DigestSet } from '../../../src/artifact-store/identity/digest-set.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { type List, ListReader } from '../../../src/artifact-store/packs/list-reader.ts';
import { WorkerPool } from '../../../src/artifact-store/packs/worker-pool.ts';
import { useEmbeddedBench } from '../rebuild-fixtures.ts';

const bench = useEmbeddedBench();
const CHUNK = Buffer.alloc(4096);

/** A node that lists one digest many times. */
function node(level: number, item: Buffer, length: number, times: number): Buffer {
  const digests = Buffer.concat(Array<Buffer>(times).fill(blake3.hash(item)));
  const table = { level, digests, lengths: Array<number>(times).fill(length) };
  return Buffer.concat([Buffer.from('ASLS\x01\0\0\0', 'latin1'), encodeCbor(table)]);
}

/** A few nodes that form a list of 2^28 equal chunks. */
const leaf = node(0, CHUNK, 4096, 4096);
const middle = node(1, leaf, 2 ** 24, 4096);
const root = node(2, middle, 2 ** 36, 16);
const BOMB: List = { root: blake3.hash(root), length: 2 ** 40 };

async function withReader<T>(act: (reader: ListReader, reads: string[]) => Promise<T>): Promise<T> {
  const { storage, fetched } = bench().storageObserving('packs/');
  const workers = new WorkerPool();
  try {
    return await bench().inDatabase((db) => act(new ListReader({ db, storage, workers }), fetched));
  } finally {
    await workers.close();
  }
}

test('a list with millions of references to one chunk is traversed once per node', async () => {
  await bench().archive({ chunk: CHUNK, leaf, middle, root });
  await withReader(async (reader) => {
    const seen: number[] = [];
    for await (const { chunks } of reader.walkOnce(BOMB, new DigestSet())) seen.push(chunks.length);
    expect(seen).toEqual([0, 0, 4096]);
    expect(await reader.isReadable(BOMB)).toBe(true);
    expect(await reader.check(BOMB)).toEqual([]);
  });
  await bench().inDatabase((db) =>
    db.updateTable('contents').set({ damaged_at: 'now' }).where('length', '=', 4096).execute(),
  );
  await withReader(async (reader) => {
    expect(await reader.isReadable(BOMB)).toBe(false);
    expect(await reader.check(BOMB)).toEqual([{ digest: blake3.hash(CHUNK), packId: 1, isSound: true }]);
  });
});

test('its first and last bytes cost a few reads', async () => {
  // The chunk is the last one in its frame.
  await bench().archive({ leaf, middle, root, zeros: CHUNK });
  await withReader(async (reader, reads) => {
    const length = 300_000;
    for (const offset of [0, 2 ** 40 - length]) {
      for await (const piece of reader.pieces(BOMB, { offset, length })) {
        expect(piece && Buffer.alloc(length).equals(piece)).toBe(true);
      }
    }
    expect(reads.length).toBeLessThan(10);
  });
});
