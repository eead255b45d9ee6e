import { readHead } from '../../../src/artifact-store/commit/head.ts';
import { formatContentAddress } from '../../../src/artifact-store/identity/digest.ts';
import { checkpointKey, encodeCheckpoint } from '../../../src/artifact-store/log/checkpoint.ts';
import { decodeSegment, encodeSegment, segmentKey } from '../../../src/artifact-store/log/segment.ts';
import { repairLog } from '../../../src/artifact-store/maintenance/repair-log.ts';
import { openLog } from '../../../src/artifact-store/open-store.ts';
import type { StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { segmentsOf } from '../encryption/segments.ts';
import { useEmbeddedBench } from '../rebuild-fixtures.ts';

const bench = useEmbeddedBench();

/** A storage whose requests cost money, so that checkpoints are read there. */
function remote(storage: StorageBackend): StorageBackend {
  const requests = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
  return new Proxy(storage, {
    get(target, name: keyof StorageBackend) {
      if (name === 'requests') return requests;
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test.each([
  {
    what: 'that overlap',
    ranges: [
      [1, 5],
      [4, 9],
    ],
  },
  {
    what: 'one of which is damaged',
    ranges: [
      [1, 5],
      [6, 9],
    ],
    damaged: 5,
  },
] as const)('a cold reader reads the whole log from checkpoints $what', async ({ ranges, ...damage }) => {
  const { storage, config } = bench().store;
  const { id } = await bench().archive({ a: 'a' });
  for (let i = 0; i < 10; i++) await bench().registry.applyHold(id, 'because');
  for (const [first, last] of ranges) {
    const segments: Uint8Array[] = [];
    for (let i = first; i <= last; i++) segments.push(await storage.get(segmentKey(i)));
    const isDamaged = 'damaged' in damage && last === damage.damaged;
    const pieces = isDamaged ? [Buffer.from('damaged')] : encodeCheckpoint(segments);
    await storage.put(checkpointKey({ first, last }), pieces);
  }
  const database = { kind: 'sqlite', path: `${await bench().makeTempDir()}/registry.sqlite3` } as const;
  const { database: read } = await openLog({ ...config, database }, remote(storage), 'read');
  try {
    expect((await readHead(read.db)).segment).toBe((await bench().registry.logHead()).segment);
  } finally {
    await read.db.destroy();
  }
});

test('a cold reader of a stale checkpoint takes the segment that the log has', async () => {
  const { storage, config } = bench().store;
  const { id } = await bench().archive({ a: 'a' });
  for (let i = 0; i < 4; i++) await bench().registry.applyHold(id, 'because');
  const segments = await Promise.all([1, 2, 3].map((number) => storage.get(segmentKey(number))));
  const third = decodeSegment(3, segments[2]!);
  const stale = encodeSegment({ ...third, ...segmentsOf(decodeSegment(2, segments[1]!)).next });
  await bench().loseCopies();
  const pieces = encodeCheckpoint([...segments.slice(0, 2), stale]);
  await storage.put(checkpointKey({ first: 1, last: 3 }), pieces);
  const database = { kind: 'sqlite', path: `${await bench().makeTempDir()}/registry.sqlite3` } as const;
  const { database: read } = await openLog({ ...config, database }, remote(storage), 'read');
  try {
    const { segment, digest } = await bench().registry.logHead();
    const head = await readHead(read.db);
    expect([head.segment, formatContentAddress(head.segmentDigest)]).toEqual([segment, digest]);
  } finally {
    await read.db.destroy();
  }
});

test('a repair of a bucket puts segments back from checkpoints, and makes none', async () => {
  const { storage, config } = bench().store;
  const { id } = await bench().archive({ a: 'a' });
  for (let i = 0; i < 3; i++) await bench().registry.applyHold(id, 'because');
  const segments = await Promise.all([1, 2, 3].map((number) => storage.get(segmentKey(number))));
  await bench().loseCopies();
  await storage.put(checkpointKey({ first: 1, last: 3 }), encodeCheckpoint(segments));
  for (const number of [2, 3])
    await bench().damage(segmentKey(number), number === 2 ? undefined : () => Buffer.alloc(9));
  const database = { kind: 'sqlite', path: `${await bench().makeTempDir()}/registry.sqlite3` } as const;
  const log = await openLog({ ...config, database }, remote(storage), 'write');
  try {
    expect(await repairLog({ ...log, storage: remote(storage) })).toEqual({
      segments: [2, 3].map(segmentKey),
      copies: [],
    });
  } finally {
    await log.database.db.destroy();
  }
  expect(await Promise.all([1, 2, 3].map((number) => storage.get(segmentKey(number))))).toEqual(segments);
  expect(await bench().stored('checkpoints/')).toEqual([checkpointKey({ first: 1, last: 3 })]);
});
