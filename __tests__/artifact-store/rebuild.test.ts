import { existsSync, rmSync } from 'node:fs';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import type { Bench } from '../contracts/registry/bench.ts';
import { collect, noise } from './fixtures.ts';
import { makeHistory, passDays, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();

/** Everything that can be asked of a registry. */
async function views(registry: Registry): Promise<Record<string, unknown>> {
  const packages = await registry.listPackages();
  return {
    packages,
    retention: await Promise.all(packages.map(({ id }) => registry.getRetentionState(id))),
    holds: await registry.listHolds(),
    tombstones: await registry.listTombstones(),
    events: await collect(registry.tailEvents()),
    head: await registry.eventHead(),
    verified: await registry.verifyEvents(),
    stats: await registry.stats(),
    manifests: await Promise.all(packages.map(({ id }) => registry.getManifestBytes(id, 'json'))),
    damage: (await collect(registry.verifyPackages(packages.map(({ id }) => id)))).map(({ damage }) => damage),
  };
}

/** Tables whose every row follows from the log. */
async function logTables(of: Bench): Promise<Record<string, unknown>> {
  const { events, event_head, packages, holds, tombstones, removed_objects } = await of.rows();
  return { events, event_head, packages, holds, tombstones, removed_objects };
}

async function loseDatabase(): Promise<void> {
  await bench().registry.close();
  const { database } = bench().store.config;
  if (database.kind === 'sqlite') rmSync(database.path);
}

async function rebuild() {
  const rebuilt = await rebuildStore(bench().store.config);
  bench().registry = await bench().open();
  return rebuilt;
}

/** A hold on a package that the registry knows nothing of; putBack brings its segment to storage again. */
async function failedHold(): Promise<{ id: string; putBack: () => Promise<unknown> }> {
  const { storage } = bench().store;
  const { id } = await bench().archive({ a: 'a' });
  await bench().registry.applyHold(id, 'failed');
  const failed = (await bench().stored('events/')).at(-1)!;
  const bytes = await storage.get(failed);
  await loseDatabase();
  await storage.delete(failed);
  await rebuild();
  return { id, putBack: () => storage.put(failed, [bytes]) };
}

/** Loses the database and makes it anew, which changes nothing that anybody can see. */
async function expectSameAfterRebuild(): Promise<void> {
  const before = { views: await views(bench().registry), tables: await logTables(bench()) };
  await loseDatabase();
  const { events, packages, unreadable } = await rebuild();
  expect({ events, packages, unreadable }).toEqual({
    events: before.views['verified'],
    packages: (before.views['packages'] as unknown[]).length,
    unreadable: [],
  });
  expect(await logTables(bench())).toEqual(before.tables);
  expect(await views(bench().registry)).toEqual(before.views);
}

describe('a lost registry is rebuilt, equal in every view', () => {
  test('with holds, extensions, disposals and what garbage collection did', async () => {
    await makeHistory(bench());
    await expectSameAfterRebuild();
    // And it goes on as if nothing had been, but that the grace period of what is empty begins anew.
    const collected = [];
    for (let i = 0; i < 2; i++) {
      passDays(bench(), 2);
      collected.push((await bench().registry.collectGarbage({ graceMs: 0 })).removed.objects);
    }
    expect(collected).toEqual([0, 1]);
    await bench().archive({ z: 'after' });
    await expectSameAfterRebuild();
  });

  test('with contents that were damaged, and with those that were healed', async () => {
    const { registry } = bench();
    const first = await bench().archive({ a: noise(40_000, 1), b: noise(40_000, 2) });
    await bench().damage('packs/', (bytes) => bytes.fill(0, 100, 60_000));
    const damaged = await collect(registry.verifyPackages([first.id], undefined, { record: true }));
    expect(damaged[0]!.damage.map(({ path }) => path)).toEqual(['a', 'b']);
    await bench().archive({ a: noise(40_000, 1) });
    await expectSameAfterRebuild();
    expect((await bench().verify(first.id))[0]!.damage.map(({ path }) => path)).toEqual(['b']);
    const marks = (await bench().rows())['contents'] as { damaged_at: string | null }[];
    expect(marks.filter(({ damaged_at }) => damaged_at !== null)).toHaveLength(1);
  });

  test('with packs that were removed from the registry and not yet from storage', async () => {
    const gone = await bench().archive({ a: noise(9000, 1) }, { retentionClass: 'transient' });
    const [pack] = await bench().stored('packs/');
    const bytes = await bench().store.storage.get(pack!);
    passDays(bench(), 30);
    await bench().registry.collectGarbage({ graceMs: 0 });
    passDays(bench(), 1);
    await bench().registry.collectGarbage({ graceMs: 0 });
    expect(await bench().stored('packs/')).toEqual([]);
    await bench().store.storage.put(pack!, [bytes]);
    await expectSameAfterRebuild();
    expect(await bench().registry.getTombstone(gone.id)).toBeDefined();
  });

  test('with a content of a removed pack that another writer had stored too', async () => {
    const other = await bench().open();
    const first = await bench().ingest({ a: noise(9000, 1) }, { retentionClass: 'transient' });
    const second = await bench().ingest({ a: noise(9000, 1) }, {}, other);
    await bench().registry.finalizePackage(first);
    const [pack] = await bench().stored('packs/');
    const bytes = await bench().store.storage.get(pack!);
    await other.finalizePackage(second);
    await other.close();
    // As garbage collection does when the content was found in the other pack.
    await bench().inDatabase(async (db) => {
      const packs = await db.selectFrom('packs').select(['id', 'storage_key']).orderBy('id').execute();
      await db.updateTable('contents').set({ pack_id: packs[1]!.id }).execute();
    });
    for (let i = 0; i < 2; i++) {
      passDays(bench(), 1);
      await bench().registry.collectGarbage({ graceMs: 0 });
    }
    expect(await bench().stored('packs/')).toHaveLength(1);
    await bench().store.storage.put(pack!, [bytes]);
    await expectSameAfterRebuild();
  });
});

describe('where segments compete', () => {
  test('those of transactions that failed are passed over', async () => {
    const { storage } = bench().store;
    const { id } = await bench().archive({ a: 'a' });
    await bench().registry.applyHold(id, 'one');
    const failed: [string, Uint8Array][] = [];
    for (const key of await bench().stored('events/')) failed.push([key, await storage.get(key)]);
    await loseDatabase();
    for (const [key] of failed) await storage.delete(key);
    // The same sequences, told otherwise and further.
    bench().registry = await bench().open();
    const other = await bench().archive({ b: 'b' });
    await bench().registry.applyHold(other.id, 'two');
    await bench().registry.applyHold(other.id, 'three');
    for (const [key, bytes] of failed) await storage.put(key, [bytes]);
    await expectSameAfterRebuild();
    expect((await bench().registry.listHolds()).map(({ reason }) => reason)).toEqual(['two', 'three']);
  });

  test.each(['packs/', 'manifests/'])(
    'at the end, one whose object is missing from %s is passed over',
    async (prefix) => {
      const { storage } = bench().store;
      await bench().archive({ a: 'a' });
      const [before] = await bench().stored('events/');
      const objects = await bench().stored(prefix);
      await bench().archive({ b: 'b' });
      const late = (await bench().stored('events/')).find((key) => key !== before)!;
      const lateBytes = await storage.get(late);
      const [object] = (await bench().stored(prefix)).filter((key) => !objects.includes(key));
      await loseDatabase();
      await storage.delete(late);
      await rebuild();
      await bench().archive({ c: 'c' });
      await storage.delete(object!);
      await storage.put(late, [lateBytes]);
      await expectSameAfterRebuild();
    },
  );

  test('at the end, the newer of two that are whole is taken', async () => {
    const { id, putBack } = await failedHold();
    await putBack();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await bench().registry.applyHold(id, 'made');
    await loseDatabase();
    await rebuild();
    expect((await bench().registry.listHolds()).map(({ reason }) => reason)).toEqual(['made']);
  });
});

describe('a log in storage that is not whole is refused by its sequence', () => {
  const flip = (bytes: Buffer) => {
    bytes[bytes.length - 5]! ^= 1;
    return bytes;
  };

  test.each<[what: string, sequence: number, change: ((bytes: Buffer) => Uint8Array) | undefined]>([
    ['missing', 5, undefined],
    ['damaged', 5, flip],
    ['missing', 1, undefined],
    ['damaged', 7, flip],
  ])('%s at %i', async (what, sequence, change) => {
    const { id } = await bench().archive({ a: 'a' });
    for (const reason of ['one', 'two', 'three']) await bench().registry.applyHold(id, reason);
    await loseDatabase();
    await bench().damage(`events/000000000000000${sequence}`, change);
    const refused = { code: 'INTEGRITY', message: expect.stringMatching(`sequence ${sequence} is ${what}`) };
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject(refused);
    // Nothing half-made is left.
    const registry = await openStore(bench().store.config, { access: 'read' });
    expect([await registry.listPackages(), await registry.eventHead()]).toMatchObject([[], { sequence: 0 }]);
    await registry.close();
  });

  test('followed by one that goes on from another', async () => {
    const { id, putBack } = await failedHold();
    for (const reason of ['lost', 'after']) await bench().registry.applyHold(id, reason);
    await loseDatabase();
    await bench().damage('events/0000000000000005');
    await putBack();
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('sequence 5'),
    });
  });
});

test('packs that cannot be read are reported, and healed by the next archive of their content', async () => {
  const { id } = await bench().archive({ a: 'a', 'large/b': noise(1_100_000, 1) });
  await loseDatabase();
  await bench().damage('packs/', (bytes) => bytes.subarray(0, 80));
  await bench().damage('objects/');
  const { unreadable, packs } = await rebuild();
  expect(packs).toBe(0);
  expect(unreadable.map(({ key }) => key.slice(0, 8)).sort()).toEqual(
    ['objects/', 'packs/'].map((prefix) => expect.stringContaining(prefix.slice(0, 5))),
  );
  expect((await bench().verify(id))[0]!.damage.map(({ path }) => path)).toEqual(['a', 'large/b']);
  await bench().archive({ a: 'a', 'large/b': noise(1_100_000, 1) });
  expect((await bench().verify(id))[0]!.damage).toEqual([]);
});

describe('it is refused', () => {
  test('where a registry is that has events, which stays as it was', async () => {
    await bench().archive({ a: 'a' });
    const before = await bench().rows();
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      message: expect.stringMatching(/4 events.*move .*registry/),
    });
    expect(await bench().rows()).toEqual(before);
  });

  test('where storage has no events, and makes nothing', async () => {
    await loseDatabase();
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { database } = bench().store.config;
    expect(database.kind === 'sqlite' && existsSync(database.path)).toBe(false);
  });

  test('to write to an empty registry beside the events of one that was lost', async () => {
    await bench().archive({ a: 'a' });
    await loseDatabase();
    await expect(bench().open()).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      message: expect.stringContaining('store rebuild'),
    });
    await rebuild();
    await bench().archive({ b: 'b' });
    expect(await bench().registry.listPackages()).toHaveLength(2);
  });
});
