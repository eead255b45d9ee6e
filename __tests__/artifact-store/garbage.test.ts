/**
 * Each guard of the collector was broken by hand, and a test here failed: retired packs reused by ingest or by a package
 * being finalized; no second check under the lock when packs are retired, rewritten or removed and when orphans are; removed
 * packs and removed manifests not refused; the grace period of packs, orphans and manifests ignored; copies not checked; packs
 * deleted after a commit that may have been made; holds ignored.
 */
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryDatabase } from '../../src/artifact-store/database/database.ts';
import { decodeCbor } from '../../src/artifact-store/encoding/cbor.ts';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { GarbageReport, Registry } from '../../src/artifact-store/registry.ts';
import type { StorageBackend } from '../../src/artifact-store/storage/backend.ts';
import { MUCH, useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { collect, noise, readTree, type Tree } from './fixtures.ts';

const bench = useBench(async () => embeddedStoreUnderTest(temporaryFolder()));

const DAY_MS = 86_400_000;
const GRACE_MS = DAY_MS;
const LIFETIME_DAYS = 7;
const NONE = { objects: 0, bytes: 0 };

beforeEach(() => {
  // Storage uses the real time.
  bench().now = new Date();
});

function pass(days: number, ms = 0): void {
  bench().now = new Date(bench().now.getTime() + days * DAY_MS + ms);
}

const inDays = (days: number) => new Date(bench().now.getTime() + days * DAY_MS);

async function transient(tree: Tree): Promise<string> {
  return (await bench().archive(tree, { retentionClass: 'transient' })).id;
}

async function permanent(tree: Tree): Promise<string> {
  return (await bench().archive(tree, { retentionClass: 'permanent-record' })).id;
}

function gc(graceMs = GRACE_MS, registry = bench().registry): Promise<GarbageReport> {
  return registry.collectGarbage({ includeLast: true, graceMs });
}

async function ids(): Promise<string[]> {
  return (await bench().registry.listPackages()).map(({ id }) => id);
}

/** Everything that a collection could change. */
async function everything(): Promise<unknown> {
  return [await bench().rows(), await bench().stored('')];
}

const stored = () => bench().stored('packs/', 'objects/', 'manifests/');

async function removals(): Promise<Record<string, unknown>> {
  const events = await collect(bench().registry.tailEvents());
  const removed = events.filter(({ event_type }) => event_type === 'v1.object.removed');
  const reasons = removed.map((event) => [event.subject_id, (decodeCbor(event.payload) as { reason: string }).reason]);
  expect(new Set(reasons.map(([key]) => key)).size).toBe(reasons.length);
  return Object.fromEntries(reasons);
}

async function expectWhole(id: string, tree: Record<string, Buffer>): Promise<void> {
  expect(await bench().verify(id)).toMatchObject([{ id, damage: [] }]);
  expect(digestsOf(await readTree(await bench().extract(id)))).toEqual(digestsOf(tree));
}

function digestsOf(tree: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, content]) => [path, hash('sha256', content)]));
}

/** Storage that runs an action, once, before it lists a prefix. */
function beforeGet(prefix: string, act: () => Promise<unknown>): StorageBackend {
  let acted = false;
  return bench().storageWith({
    get: async (key, range) => {
      if (!acted && key.startsWith(prefix)) {
        acted = true;
        await act();
      }
      return bench().store.storage.get(key, range);
    },
  });
}

const opened: Registry[] = [];
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
});

/** A registry on the store whose transactions the test controls. */
async function registryAround(
  around: <T>(run: () => Promise<T>) => Promise<T>,
  storage = bench().store.storage,
): Promise<Registry> {
  const real = await bench().store.openDatabase();
  const execute: ReturnType<RegistryDatabase['db']['transaction']>['execute'] = (action) =>
    around(() => real.db.transaction().execute(action));
  const db = new Proxy(real.db, {
    get(target, name) {
      const value = name === 'transaction' ? () => ({ execute }) : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return bench().openWith({ database: { ...real, db }, storage });
}

describe('disposal', () => {
  test('takes expired packages, and leaves a certificate of each', async () => {
    const id = await transient({ a: 'a' });
    const found = await bench().registry.getPackage(id);
    const others = [await permanent({ b: 'b' }), (await bench().archive({ c: 'c' })).id];
    pass(LIFETIME_DAYS, -1);
    expect((await gc()).disposed).toEqual([]);
    pass(0, 1);
    expect((await gc()).disposed).toEqual([id]);
    expect(await ids()).toEqual(others);
    const certificate = {
      ...found,
      disposedAt: bench().now.toISOString(),
      disposedBy: 'tester',
      reason: `expired at ${found.expiresAt} as transient`,
    };
    expect(await bench().registry.getTombstone(found.manifestDigest)).toEqual(certificate);
    expect(await bench().registry.listTombstones()).toEqual([certificate]);
    const gone = expect.objectContaining({ code: 'NOT_FOUND' });
    await expect(bench().registry.getPackage(id)).rejects.toMatchObject({ message: expect.stringMatching(/disposed/) });
    await expect(bench().registry.getManifest(id)).rejects.toEqual(gone);
    await expect(bench().registry.applyHold(id, 'late')).rejects.toEqual(gone);
    await expect(bench().registry.extendRetention(id, null, 'late')).rejects.toEqual(gone);
    const types = (await collect(bench().registry.tailEvents())).slice(-3).map(({ event_type }) => event_type);
    expect(types).toEqual(['v1.package.expired', 'v1.package.disposed', 'v1.pack.retired']);
  });

  test('takes more packages than fit into one transaction', async () => {
    const made = [];
    for (let i = 0; i < 101; i++) made.push(await transient({ a: 'the same' }));
    pass(LIFETIME_DAYS);
    expect((await gc()).disposed.sort()).toEqual(made.sort());
    expect(await bench().registry.listTombstones()).toHaveLength(101);
    await bench().registry.verifyEvents();
  });

  test('waits until the last hold is released', async () => {
    const id = await transient({ a: 'a' });
    const holds = [await bench().registry.applyHold(id, 'audit'), await bench().registry.applyHold(id, 'dispute')];
    pass(LIFETIME_DAYS + 1);
    for (const hold of holds) {
      expect((await gc()).disposed).toEqual([]);
      await bench().registry.releaseHold(hold, 'over');
    }
    expect((await gc()).disposed).toEqual([id]);
  });

  test('waits until a hold lapses, which must be in a year that RFC 3339 allows', async () => {
    const id = await transient({ a: 'a' });
    await bench().registry.applyHold(id, 'audit', inDays(LIFETIME_DAYS + 2));
    const usage = expect.objectContaining({ code: 'USAGE' });
    const never = new Date('+010000-01-01T00:00:00Z');
    await expect(bench().registry.applyHold(id, 'audit', never)).rejects.toEqual(usage);
    await expect(bench().registry.extendRetention(id, never, 'long')).rejects.toEqual(usage);
    pass(LIFETIME_DAYS + 2, -1);
    expect((await gc()).disposed).toEqual([]);
    pass(0, 1);
    expect((await gc()).disposed).toEqual([id]);
  });

  test('spares an expired package that is extended, until it expires again', async () => {
    const id = await transient({ a: 'a' });
    pass(LIFETIME_DAYS);
    expect((await bench().registry.sweepRetention()).map((found) => found.id)).toEqual([id]);
    await bench().registry.extendRetention(id, inDays(2), 'more time');
    expect(await bench().registry.sweepRetention()).toEqual([]);
    expect((await gc()).disposed).toEqual([]);
    pass(2);
    expect((await bench().registry.sweepRetention()).map((found) => found.id)).toEqual([id]);
    expect(await bench().registry.sweepRetention()).toEqual([]);
    expect((await gc()).disposed).toEqual([id]);
    const types = (await collect(bench().registry.tailEvents())).map(({ event_type }) => event_type);
    expect(types.filter((type) => type === 'v1.package.expired')).toHaveLength(2);
  });

  test('never takes a package that does not expire', async () => {
    const made = [await permanent({ a: 'a' }), await transient({ b: 'b' })];
    await bench().registry.extendRetention(made[1]!, null, 'for ever');
    pass(365 * 2000);
    expect(await gc(0)).toMatchObject({ disposed: [], retired: NONE, removed: NONE, orphans: NONE });
    expect((await bench().verify(...made)).flatMap(({ damage }) => damage)).toEqual([]);
  });
});

describe('the grace period', () => {
  test('keeps a pack that nothing needs, then removes it and the manifest', async () => {
    await transient({ a: noise(5000, 1), b: noise(7000, 2), c: '' });
    const before = await stored();
    pass(LIFETIME_DAYS);
    expect(await gc()).toMatchObject({ retired: { objects: 1 }, removed: NONE, orphans: NONE });
    expect((await gc()).retired).toEqual(NONE);
    pass(1, -1);
    expect(await gc()).toMatchObject({ removed: NONE, orphans: NONE });
    expect(await stored()).toEqual(before);
    pass(0, 1);
    expect(await gc()).toMatchObject({ removed: { objects: 1 }, orphans: { objects: 1 } });
    expect(await stored()).toEqual([]);
    const [manifest, pack] = before;
    expect(await removals()).toEqual({ [manifest!]: 'disposed', [pack!]: 'unreferenced' });
    expect(await gc(0)).toMatchObject({ removed: NONE, orphans: NONE });
  });

  test('keeps objects that nothing references, then removes them', async () => {
    const orphans = ['manifests/aa/1', 'objects/aa/2', 'packs/aa/3'];
    const other = 'log/0-4';
    for (const key of [...orphans, other]) await bench().store.storage.put(key, [Buffer.from('left')]);
    const id = await permanent({ a: 'a' });
    pass(1, -60_000);
    expect((await gc()).orphans).toEqual(NONE);
    pass(0, 120_000);
    expect((await gc()).orphans).toEqual({ objects: 3, bytes: 12 });
    expect(await stored()).toHaveLength(2);
    expect(await bench().stored('log/0-')).toEqual([other]);
    expect(await removals()).toEqual(Object.fromEntries(orphans.map((key) => [key, 'orphan'])));
    await expectWhole(id, { a: Buffer.from('a') });
  });

  test('keeps unfinished writes, then removes them', async () => {
    await permanent({ a: 'a' });
    const { storage } = bench().store.config;
    const unfinished = join(storage.kind === 'local' ? storage.root : '', 'tmp/unfinished');
    await writeFile(unfinished, 'half');
    const tmp = async () => (await readTree(join(unfinished, '..')))['unfinished'];
    await gc();
    expect(await tmp()).toBeDefined();
    pass(2);
    await gc();
    expect(await tmp()).toBeUndefined();
  });

  test('must be a valid duration', async () => {
    await transient({ a: 'a' });
    pass(LIFETIME_DAYS);
    const before = await everything();
    for (const graceMs of [-1, Number.NaN]) await expect(gc(graceMs)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await everything()).toEqual(before);
    await gc();
    pass(365);
    for (const graceMs of [Number.POSITIVE_INFINITY, Number.MAX_VALUE])
      expect(await gc(graceMs)).toMatchObject({ removed: NONE, orphans: NONE });
  });
});

describe('a pack that is mostly waste', () => {
  const kept = { 'kept/one': noise(20_000, 1), 'kept/two': noise(30_000, 2) };
  const waste = { 'waste/one': noise(90_000, 3), 'waste/two': noise(40_000, 4) };

  /** One pack of which a second package needs a part, while the first package has expired. */
  async function sparse(needed: Tree = kept): Promise<string> {
    await transient({ 'a/first': waste['waste/one'], ...kept, ...waste });
    const id = await permanent(needed);
    pass(LIFETIME_DAYS);
    return id;
  }

  test('is copied without the waste, byte for byte, and removed after the grace period', async () => {
    const id = await sparse();
    const old = await bench().stored('packs/');
    const { storedBytes } = await bench().registry.stats();
    expect(await gc()).toMatchObject({ rewritten: { objects: 1 }, removed: NONE });
    const packs = await bench().stored('packs/');
    expect(packs).toHaveLength(2);
    const { subject_id, payload } = (await collect(bench().registry.tailEvents())).at(-1)!;
    expect([subject_id, decodeCbor(payload)]).toEqual([old[0], { moved_to: packs.filter((key) => key !== old[0]) }]);
    await expectWhole(id, kept);
    pass(1, -1);
    expect(await gc()).toMatchObject({ rewritten: NONE, removed: NONE });
    pass(0, 1);
    expect(await gc()).toMatchObject({ rewritten: NONE, removed: { objects: 1 } });
    expect(await removals()).toMatchObject({ [old[0]!]: 'unreferenced' });
    expect((await bench().registry.stats()).storedBytes).toBeLessThan(storedBytes / 2);
    await expectWhole(id, kept);
  });

  test('is left alone when half of it is needed', async () => {
    const id = await sparse({ 'waste/one': waste['waste/one'] });
    expect(await gc()).toMatchObject({ rewritten: NONE, removed: NONE });
    await expectWhole(id, { 'waste/one': waste['waste/one'] });
  });

  test('is read once more for a package that had reused the waste in it', async () => {
    const id = await sparse();
    const back = await bench().ingest({ waste: waste['waste/two'], ...kept });
    expect(await gc()).toMatchObject({ rewritten: { objects: 1 } });
    await bench().registry.finalizePackage(back);
    pass(1);
    expect((await gc()).removed.objects).toBe(1);
    await expectWhole(back, { waste: waste['waste/two'], ...kept });
    await expectWhole(id, kept);
  });

  test('stays unchanged when a package begins to need more of it during the copy', async () => {
    const id = await sparse();
    const back = await bench().ingest({ waste: waste['waste/two'] });
    const storage = beforeGet('packs/', () => bench().registry.finalizePackage(back));
    expect(await gc(GRACE_MS, await bench().openWith({ storage }))).toMatchObject({ rewritten: NONE });
    expect(await bench().stored('packs/')).toHaveLength(1);
    pass(2);
    await gc();
    await expectWhole(back, { waste: waste['waste/two'] });
    await expectWhole(id, kept);
  });

  test('stays unchanged when a needed content is damaged', async () => {
    const id = await sparse();
    await bench().damage('packs/', (bytes) => {
      // Incompressible, so that it is stored unchanged.
      bytes[bytes.indexOf(kept['kept/one'].subarray(0, 16))]! ^= 1;
      return bytes;
    });
    for (let i = 0; i < 3; i++) {
      expect(await gc()).toMatchObject({ rewritten: NONE, removed: NONE });
      pass(2);
    }
    expect((await bench().verify(id))[0]!.damage.map(({ path }) => path)).toEqual(['kept/one']);
    expect(await bench().stored('packs/')).toHaveLength(1);
  });

  test('stays unchanged while a list with chunks in it cannot be read', async () => {
    const large = noise(2_000_000, 5);
    await transient({ large, waste: noise(4_000_000, 6) });
    const [first] = await bench().stored('packs/');
    const changed = Buffer.concat([large.subarray(0, 1_000_000), Buffer.from('put in'), large.subarray(1_000_000)]);
    const id = await permanent({ large: changed });
    const [second] = (await bench().stored('packs/')).filter((key) => key !== first);
    const bytes = await bench().store.storage.get(second!);
    await bench().damage(second!);
    pass(LIFETIME_DAYS);
    expect(await gc(0)).toMatchObject({ rewritten: NONE, removed: NONE });
    await bench().store.storage.put(second!, [bytes]);
    expect(await gc(0)).toMatchObject({ rewritten: { objects: 1 }, removed: { objects: 1 } });
    await expectWhole(id, { large: changed });
  });

  test('does not stop the collection of other objects when it is missing', async () => {
    await sparse();
    await bench().damage('packs/');
    await transient({ other: 'other' });
    pass(LIFETIME_DAYS);
    await gc();
    pass(1);
    expect(await gc()).toMatchObject({ rewritten: NONE, removed: { objects: 1 } });
  });
});

test('large contents are collected one by one', async () => {
  const [one, two] = [noise(1_200_000, 1), noise(2_500_000, 2)];
  await transient({ one });
  await transient({ one, two });
  const id = await permanent({ two, empty: '', folder: null, link: { link: 'two' } });
  pass(LIFETIME_DAYS);
  await gc();
  pass(1);
  expect(await gc()).toMatchObject({ rewritten: NONE, removed: { objects: 1, bytes: expect.any(Number) } });
  expect(await bench().stored('packs/')).toHaveLength(1);
  await expectWhole(id, { two, empty: Buffer.alloc(0) });
});

describe('a content of a retired pack', () => {
  const tree = { a: noise(5000, 1), b: noise(1_100_000, 2) };

  test('is not reused, but stored again', async () => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    await gc();
    const { id, reusedFiles } = await bench().archive(tree, { retentionClass: 'permanent-record' });
    expect(reusedFiles).toBe(0);
    expect(await bench().stored('packs/', 'objects/')).toHaveLength(2);
    for (let i = 0; i < 3; i++) {
      pass(1);
      await gc();
      await expectWhole(id, tree);
    }
    expect(await bench().stored('packs/', 'objects/')).toHaveLength(1);
  });

  test('is copied for a package that had reused it before', async () => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    const id = await bench().ingest(tree, { retentionClass: 'permanent-record' });
    expect((await gc()).retired.objects).toBe(1);
    const finalized = await bench().registry.finalizePackage(id);
    expect(finalized.storedBytes).toBeGreaterThan(1_105_000);
    expect(await bench().stored('packs/', 'objects/')).toHaveLength(2);
    pass(1);
    expect(await gc()).toMatchObject({ retired: NONE, removed: { objects: 1 } });
    await expectWhole(id, tree);
  });

  test('has the whole grace period again after the copy', async () => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    const id = await bench().ingest(tree, { retentionClass: 'transient' });
    await gc();
    await bench().registry.finalizePackage(id);
    pass(LIFETIME_DAYS);
    expect(await gc()).toMatchObject({ disposed: [id], retired: { objects: 1 }, removed: { objects: 1 } });
    pass(1, -1);
    expect((await gc()).removed).toEqual(NONE);
    pass(0, 1);
    expect((await gc()).removed.objects).toBe(1);
  });
});

describe('a package that takes longer than the grace period', () => {
  const tree = { a: noise(5000, 1), b: noise(1_100_000, 2) };

  /** It is refused every time, with nothing made visible; archived again, it is complete. */
  async function expectRefused(id: string, code: string, registry = bench().registry): Promise<void> {
    const before = await ids();
    for (let i = 0; i < 2; i++) await expect(registry.finalizePackage(id)).rejects.toMatchObject({ code });
    await registry.abandonPackage(id);
    expect(await ids()).toEqual(before);
    await expectWhole(await permanent(tree), tree);
    pass(1);
    await gc(0);
    await gc(0);
    expect(await stored()).toHaveLength(2 + (await ids()).length - 1);
    await bench().registry.verifyEvents();
  }

  test('is refused when contents it reuses have been removed', async () => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    const id = await bench().ingest(tree);
    expect((await gc(0)).removed.objects).toBe(1);
    await expectRefused(id, 'INTEGRITY');
  });

  test('is refused when its stored bytes were removed as waste', async () => {
    const id = await bench().ingestMuch(tree);
    pass(1);
    // The rest is still in memory.
    expect((await gc(0)).orphans.objects).toBeGreaterThan(0);
    await expectRefused(id, 'STATE_CONFLICT');
  });

  test('is refused when its manifest was removed as waste', async () => {
    const kept = await permanent(tree);
    const storage = bench().storageWith({
      put: async (key, pieces) => {
        await bench().store.storage.put(key, pieces);
        if (!key.startsWith('manifests/')) return;
        pass(1);
        await gc(0);
      },
    });
    const registry = await bench().openWith({ storage });
    const id = await bench().ingest(tree, {}, registry);
    await expectRefused(id, 'STATE_CONFLICT', registry);
    await expectWhole(kept, tree);
  });
});

describe('a failed collection', () => {
  const tree = { a: noise(5000, 1), b: noise(1_100_000, 2) };
  const failure = new ArchiveError('STORE_UNAVAILABLE', 'out of order');
  const fail = () => Promise.reject(failure);

  test.each(['packs/', 'manifests/'])('to delete objects below %s is completed by the next', async (prefix) => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    const before = await stored();
    const removed = async (key: string) => (key.startsWith(prefix) ? fail() : bench().store.storage.delete(key));
    const registry = await bench().openWith({ storage: bench().storageWith({ delete: removed }) });
    await expect(gc(0, registry)).rejects.toBe(failure);
    expect(await bench().stored(prefix)).toHaveLength(1);
    pass(1);
    await gc(0);
    expect(await stored()).toEqual([]);
    expect(Object.keys(await removals()).sort()).toEqual(before);
  });

  /** A package that needs a little of one pack. */
  async function sparse(): Promise<string> {
    await transient({ a: tree.a, waste: noise(50_000, 3) });
    const id = await permanent({ a: tree.a });
    pass(LIFETIME_DAYS);
    return id;
  }

  test('to store a new pack copies nothing, and the next one copies it', async () => {
    const id = await sparse();
    const put: StorageBackend['put'] = async (key, pieces) => {
      await bench().store.storage.put(key, pieces);
      if (key.startsWith('packs/')) await fail();
    };
    const registry = await bench().openWith({ storage: bench().storageWith({ put }) });
    // The first one disposes of a package.
    await expect(gc(GRACE_MS, registry)).rejects.toBe(failure);
    const before = await bench().rows();
    await expect(gc(GRACE_MS, registry)).rejects.toBe(failure);
    expect(await bench().rows()).toEqual(before);
    expect((await gc()).rewritten.objects).toBe(1);
    await expectWhole(id, { a: tree.a });
  });

  test('in its cache after the segment was made has done its work', async () => {
    const id = await sparse();
    let made = (await bench().stored('log/')).length;
    const registry = await registryAround(async (run) => {
      const result = await run();
      const before = made;
      made = (await bench().stored('log/')).length;
      if (made > before) throw failure;
      return result;
    });
    expect(await gc(GRACE_MS, registry)).toMatchObject({ rewritten: { objects: 1 } });
    pass(1);
    expect(await gc(GRACE_MS, registry)).toMatchObject({ removed: { objects: 1 } });
    await expectWhole(id, { a: tree.a });
    await bench().registry.verifyEvents();
  });

  test('to learn whether its segment was made deletes no pack that the segment may name', async () => {
    const id = await sparse();
    const create: StorageBackend['create'] = async (key, bytes) => {
      await bench().store.storage.create(key, bytes);
      return fail();
    };
    // Each adds one segment: disposal, copy, and the removal after the grace period.
    for (let i = 0; i < 3; i++) {
      const registry = await bench().openWith({ storage: bench().storageWith({ create }) });
      await expect(gc(GRACE_MS, registry)).rejects.toBe(failure);
      bench().registry = await bench().open();
      await expectWhole(id, { a: tree.a });
      if (i === 1) pass(1);
    }
    await gc();
    expect(await stored()).toHaveLength(2);
    await expectWhole(id, { a: tree.a });
  });
});

describe('a package during a collection', () => {
  const tree = { a: noise(5000, 1), b: noise(1_100_000, 2) };

  /** Runs an action before the nth transaction of a collection; the package must stay. */
  async function expectKept(nth: number, id: string, act: () => Promise<unknown>, whole = tree): Promise<void> {
    let transactions = 0;
    const registry = await registryAround(async (run) => {
      if (++transactions === nth) await act();
      return run();
    });
    await gc(0, registry);
    expect(transactions).toBeGreaterThanOrEqual(nth);
    for (let i = 0; i < 2; i++) {
      pass(1);
      await gc(0);
      await expectWhole(id, whole);
    }
  }

  test.each([1, 2, 3])('keeps its reused contents when it is finalized (before transaction %i)', async (nth) => {
    await transient(tree);
    pass(LIFETIME_DAYS);
    const id = await bench().ingest(tree, { retentionClass: 'permanent-record' });
    await expectKept(nth, id, () => bench().registry.finalizePackage(id));
  });

  test.each([1, 2, 3])('keeps its stored contents when it is finalized (before transaction %i)', async (nth) => {
    const id = await bench().ingestMuch(tree, { retentionClass: 'permanent-record' });
    pass(1);
    await expectKept(nth, id, () => bench().registry.finalizePackage(id), { ...tree, ...MUCH });
  });

  test.each([
    ['held', (id: string) => bench().registry.applyHold(id, 'just in time')],
    ['extended', (id: string) => bench().registry.extendRetention(id, null, 'just in time')],
  ])('stays when it has expired and is %s at that moment', async (_, act) => {
    const id = await transient(tree);
    pass(LIFETIME_DAYS);
    await expectKept(1, id, () => act(id));
  });
});

describe('two collections', () => {
  const tree = { a: noise(5000, 1), b: noise(1_100_000, 2) };

  test('at once do the work of one', async () => {
    const gone = [await transient({ ...tree, c: noise(50_000, 3) }), await transient({ d: 'd' })];
    const id = await permanent(tree);
    pass(LIFETIME_DAYS);
    const other = await bench().open();
    for (let i = 0; i < 3; i++) {
      const reports = await Promise.all([gc(), gc(GRACE_MS, other)]);
      if (i === 0) expect(reports.flatMap(({ disposed }) => disposed).sort()).toEqual(gone.sort());
      await expectWhole(id, tree);
      pass(1);
    }
    await gc();
    pass(1);
    await gc();
    expect(await stored()).toHaveLength(2);
    await bench().registry.verifyEvents();
  });

  test('work together when one disposes of a package whose manifest the other is about to read', async () => {
    await transient({ ...tree, c: noise(9000, 3) });
    const gone = await bench().archive({ a: tree.a }, { retentionClass: 'raw-evidence' });
    const id = await permanent({ a: tree.a });
    pass(LIFETIME_DAYS);
    const storage = beforeGet('manifests/', async () => {
      pass(90);
      await gc(0);
    });
    await gc(0, await bench().openWith({ storage }));
    await expectWhole(id, { a: tree.a });
    expect(await bench().registry.getTombstone(gone.manifestDigest)).toBeDefined();
    expect(await ids()).toEqual([id]);
  });

  test('work together when one removes a pack that the other is about to copy', async () => {
    await transient({ a: tree.a, waste: noise(50_000, 3) });
    const id = await permanent({ a: tree.a });
    pass(LIFETIME_DAYS);
    const storage = beforeGet('packs/', async () => {
      await gc(0);
      pass(1);
      await gc(0);
    });
    await gc(0, await bench().openWith({ storage }));
    await expectWhole(id, { a: tree.a });
  });
});

describe('a damaged manifest', () => {
  const flip = (bytes: Buffer) => {
    bytes[20]! ^= 1;
    return bytes;
  };

  test.each([
    ['flipped', flip],
    ['missing', undefined],
  ])('protects every pack that its package needs (%s), and no other', async (_, change) => {
    const kept = await permanent({ a: noise(5000, 1), b: noise(6000, 2) });
    await bench().damage('manifests/', change);
    await transient({ c: noise(50_000, 3), d: noise(7000, 4) });
    const sparse = await permanent({ d: noise(7000, 4) });
    await transient({ e: noise(50_000, 5) });
    await transient({ g: 'g' });
    const before = await bench().stored('packs/');
    pass(LIFETIME_DAYS);
    expect(await gc()).toMatchObject({ retired: { objects: 2 }, rewritten: { objects: 1 } });
    pass(1);
    expect((await gc()).removed.objects).toBe(3);
    expect((await bench().stored('packs/')).filter((key) => before.includes(key))).toHaveLength(1);
    await expectWhole(sparse, { d: noise(7000, 4) });
    expect((await bench().verify(kept))[0]!.damage).toMatchObject([{ path: undefined }]);
  });

  test('protects a pack of which its package needs a little', async () => {
    await transient({ waste: noise(50_000, 3), a: noise(5000, 1) });
    const id = await permanent({ a: noise(5000, 1) });
    const { manifestDigest } = await bench().registry.getPackage(id);
    const key = `manifests/${manifestDigest.slice(7, 9)}/${manifestDigest.slice(7)}`;
    const manifest = await bench().store.storage.get(key);
    await bench().store.storage.delete(key);
    pass(LIFETIME_DAYS);
    for (let i = 0; i < 2; i++) {
      expect(await gc()).toMatchObject({ retired: NONE, rewritten: NONE, removed: NONE });
      pass(1);
    }
    await bench().store.storage.put(key, [manifest]);
    await expectWhole(id, { a: noise(5000, 1) });
    expect((await gc()).rewritten.objects).toBe(1);
  });

  test('is removed with its package when that has expired', async () => {
    const id = await transient({ a: 'a' });
    await bench().damage('manifests/', flip);
    pass(LIFETIME_DAYS);
    expect(await gc(0)).toMatchObject({ disposed: [id], retired: { objects: 1 }, removed: { objects: 1 } });
    expect(await stored()).toEqual([]);
  });
});

test.each([GRACE_MS, 0])('a dry run lists what would be done (grace %i), and changes nothing', async (graceMs) => {
  await bench().store.storage.put('packs/aa/1', [Buffer.from('left')]);
  await transient({ a: noise(5000, 1), b: noise(50_000, 2) });
  await permanent({ a: noise(5000, 1) });
  pass(LIFETIME_DAYS);
  const reader = await openStore(bench().store.config, {
    access: 'read',
    now: () => bench().now,
    storageNow: () => bench().now,
  });
  opened.push(reader);
  for (let i = 0; i < 2; i++) {
    const before = await everything();
    const output = await reader.collectGarbage({ includeLast: true, graceMs, dryRun: true });
    expect(await everything()).toEqual(before);
    expect(await gc(graceMs)).toEqual(output);
    if (i === 0) expect(await gc(graceMs)).not.toEqual(output);
    pass(1);
  }
});

test('a store without packages has nothing to collect', async () => {
  const before = await everything();
  expect(await bench().registry.sweepRetention()).toEqual([]);
  expect(await gc(0)).toEqual({
    disposed: [],
    spared: [],
    retired: NONE,
    rewritten: NONE,
    removed: NONE,
    orphans: NONE,
  });
  expect(await everything()).toEqual(before);
});
