import { existsSync, rmSync } from 'node:fs';
import { type RebuildOptions, rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { Bench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { collect, noise, useTempDirs } from './fixtures.ts';
import { makeHistory, passDays, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();
const makeTempDir = useTempDirs();

/** The results of every query of a registry. */
async function views(registry: Registry): Promise<Record<string, unknown>> {
  const packages = await registry.listPackages();
  return {
    packages,
    retention: await Promise.all(packages.map(({ id }) => registry.getRetentionState(id))),
    holds: await registry.listHolds(),
    labels: await registry.listLabels(),
    notes: await registry.listNotes(),
    tombstones: await registry.listTombstones(),
    events: await collect(registry.tailEvents()),
    head: [await registry.eventHead(), await registry.logHead()],
    verified: await registry.verifyEvents(),
    stats: await registry.stats(),
    manifests: await Promise.all(packages.map(({ id }) => registry.getManifestBytes(id, 'json'))),
    damage: (await collect(registry.verifyPackages(packages.map(({ id }) => id)))).map(({ damage }) => damage),
  };
}

/** All rows derived from the log: all but the creation times of the tables. */
async function logTables(): Promise<Record<string, unknown>> {
  const { store_info, kysely_migration, kysely_migration_lock, ...tables } = await bench().rows();
  expect(Object.keys(tables)).toHaveLength(12);
  return tables;
}

async function loseDatabase(): Promise<void> {
  await bench().registry.close();
  const { database } = bench().store.config;
  if (database.kind === 'sqlite') rmSync(database.path);
}

async function rebuild(options?: RebuildOptions) {
  const rebuilt = await rebuildStore(bench().store.config, undefined, options);
  bench().registry = await bench().open();
  return rebuilt;
}

/** Rebuilds the registry in each possible way, without a visible change. */
async function expectSameRebuilt(): Promise<void> {
  const before = { views: await views(bench().registry), tables: await logTables() };
  const same = async () => {
    expect(await logTables()).toEqual(before.tables);
    expect(await views(bench().registry)).toEqual(before.views);
  };
  await bench().registry.close();
  expect(await rebuild()).toEqual({
    events: before.views['verified'],
    packages: (before.views['packages'] as unknown[]).length,
    packs: (before.tables['packs'] as unknown[]).length,
  });
  await same();
  await loseDatabase();
  const reader = await openStore(bench().store.config, {
    access: 'read',
    now: () => bench().now,
    storageNow: () => bench().now,
  });
  expect(await views(reader)).toEqual(before.views);
  await reader.close();
  bench().registry = await bench().open();
  await same();
}

describe('a registry is rebuilt from the log, equal in every row', () => {
  test('with holds, extensions, disposals and garbage collections', async () => {
    await makeHistory(bench());
    await expectSameRebuilt();
    // It also continues as if nothing had happened.
    await bench().archive({ z: 'after' }, { retentionClass: 'transient' });
    passDays(bench(), 30);
    await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 });
    await expectSameRebuilt();
  });

  test('with damaged contents, and with healed ones', async () => {
    const { registry } = bench();
    const first = await bench().archive({ a: noise(40_000, 1), b: noise(40_000, 2) });
    await bench().damage('packs/', (bytes) => bytes.fill(0, 100, 60_000));
    const damaged = await collect(registry.verifyPackages([first.id], undefined, { record: true }));
    expect(damaged[0]!.damage.map(({ path }) => path)).toEqual(['a', 'b']);
    await bench().archive({ a: noise(40_000, 1) });
    await expectSameRebuilt();
    expect((await bench().verify(first.id))[0]!.damage.map(({ path }) => path)).toEqual(['b']);
  });

  test('with packs that are removed in the log and still in storage', async () => {
    const gone = await bench().archive({ a: noise(9000, 1) }, { retentionClass: 'transient' });
    const [pack] = await bench().stored('packs/');
    const bytes = await bench().store.storage.get(pack!);
    passDays(bench(), 30);
    await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 });
    expect(await bench().stored('packs/')).toEqual([]);
    await bench().store.storage.put(pack!, [bytes]);
    await expectSameRebuilt();
    expect(await bench().registry.getTombstone(gone.id)).toBeDefined();
  });

  test('with a content of a removed pack that another writer had stored too', async () => {
    const other = await bench().open();
    const first = await bench().ingest({ a: noise(9000, 1) }, { retentionClass: 'transient' });
    const second = await bench().ingest({ a: noise(9000, 1) }, {}, other);
    await bench().registry.finalizePackage(first);
    await other.finalizePackage(second);
    passDays(bench(), 30);
    await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 });
    expect(await bench().stored('packs/')).toHaveLength(1);
    await expectSameRebuilt();
  });

  test('whatever the registry contained before', async () => {
    const { kept } = await makeHistory(bench());
    const before = await logTables();
    await bench().inDatabase(async (db) => {
      await db.updateTable('events').set({ actor: 'x' }).where('sequence', '=', 2).execute();
      await db.updateTable('packages').set({ expires_at: null }).where('id', '=', kept).execute();
      await db.deleteFrom('contents').execute();
      await db.deleteFrom('lists').execute();
      await db.deleteFrom('package_packs').execute();
      await db.insertInto('removed_objects').values({ storage_key: 'packs/x', removed_at: 'now' }).execute();
    });
    await rebuild();
    expect(await logTables()).toEqual(before);
  });

  test('in the place of the registry of another store', async () => {
    await bench().archive({ a: 'a' });
    const before = await logTables();
    await bench().registry.close();
    const other = new Bench(embeddedStoreUnderTest(await makeTempDir()), makeTempDir);
    other.registry = await other.open();
    await other.archive({ b: 'b' });
    await other.close();
    await rebuildStore({ ...bench().store.config, database: other.store.config.database });
    bench().store.config.database = other.store.config.database;
    bench().registry = await bench().open();
    expect(await bench().registry.listPackages()).toHaveLength(1);
    expect((await collect(bench().registry.tailEvents())).length).toBe((before['events'] as unknown[]).length);
  });
});

describe('a damaged log in storage is refused, and the error names its segment', () => {
  const flip = (bytes: Buffer) => {
    bytes[bytes.length - 5]! ^= 1;
    return bytes;
  };

  test.each<[what: string, segment: number, change: ((bytes: Buffer) => Uint8Array) | undefined]>([
    ['missing', 2, undefined],
    ['damaged', 2, flip],
    ['missing', 1, undefined],
    ['damaged', 4, flip],
    ['empty', 3, () => Buffer.alloc(0)],
  ])('%s at %i', async (_, segment, change) => {
    const { id } = await bench().archive({ a: 'a' });
    for (const reason of ['one', 'two', 'three']) await bench().registry.applyHold(id, reason);
    const key = `log/000000000000000${segment}`;
    const bytes = await bench().store.storage.get(key);
    await loseDatabase();
    await bench().loseCopies();
    await bench().damage(key, change);
    const refused = {
      code: 'INTEGRITY',
      message: expect.stringMatching(new RegExp(`egment (${segment}|"${key}")(,| )`)),
    };
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject(refused);
    for (const access of ['read', 'write'] as const) {
      await expect(openStore(bench().store.config, { access })).rejects.toMatchObject(refused);
    }
    await bench().store.storage.delete(key);
    await bench().store.storage.put(key, [bytes]);
    bench().registry = await bench().open();
    expect(await bench().registry.listHolds()).toHaveLength(3);
  });

  test('with a segment of another store, or with one of its own under another number', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().registry.applyHold(id, 'one');
    await loseDatabase();
    await bench().loseCopies();
    const other = new Bench(embeddedStoreUnderTest(await makeTempDir()), makeTempDir);
    other.registry = await other.open();
    const { id: elsewhere } = await other.archive({ a: 'a' });
    await other.registry.applyHold(elsewhere, 'one');
    const strange = await other.store.storage.get('log/0000000000000002');
    const storeIds = await Promise.all([bench(), other].map(({ store }) => storeIdIn(store.storage)));
    await other.close();
    await bench().damage('log/0000000000000002', () => strange);
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringMatching(new RegExp(`Segment 2 .*${storeIds[1]}.*${storeIds[0]}`)),
    });
    const first = await bench().store.storage.get('log/0000000000000001');
    await bench().damage('log/0000000000000002', () => first);
    await expect(rebuildStore(bench().store.config)).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('log/0000000000000002'),
    });
  });
});

async function storeIdIn(storage: { get(key: string): Promise<Uint8Array> }): Promise<string> {
  return JSON.parse(Buffer.from(await storage.get('store.json')).toString()).store_id;
}

test('a rebuild with --head requires that segment', async () => {
  const { id } = await bench().archive({ a: 'a' });
  await bench().registry.applyHold(id, 'one');
  const head = await bench().registry.logHead();
  const other = { segment: head.segment, digest: `blake3:${'0'.repeat(64)}` };
  const before = await bench().rows();
  await expect(rebuild({ head: other })).rejects.toMatchObject({
    code: 'INTEGRITY',
    message: expect.stringMatching(new RegExp(`Segment 2 .*${head.digest}.*${other.digest}`)),
  });
  await rebuild({ head });
  await bench().loseCopies();
  await bench().damage('log/0000000000000002');
  await expect(rebuild({ head })).rejects.toMatchObject({
    code: 'INTEGRITY',
    message: expect.stringMatching(/ends with segment 1.*segment 2/),
  });
  expect((await bench().rows())['holds']).toEqual(before['holds']);
  // Without it, the remaining log is accepted, which is the user's decision.
  expect(await rebuild()).toEqual({ events: 4, packages: 1, packs: 1 });
  expect(await bench().registry.listHolds()).toEqual([]);
});

test('a rebuild without a log in storage makes nothing', async () => {
  const { config } = embeddedStoreUnderTest(await makeTempDir());
  await expect(rebuildStore(config)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(config.database.kind === 'sqlite' && existsSync(config.database.path)).toBe(false);
});
