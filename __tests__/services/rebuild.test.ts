import { openPostgres } from '../../src/artifact-store/database/postgres.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { repairStore } from '../../src/artifact-store/maintenance/repair-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { S3Storage } from '../../src/artifact-store/storage/s3.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { makeHistory } from '../artifact-store/rebuild-fixtures.ts';
import { type StoreUnderTest, useBench } from '../contracts/registry/bench.ts';
import { databaseAt, newBucket, newDatabase, s3Urls } from './servers.ts';

async function newStore(storage: StoreUnderTest['config']['storage']): Promise<StoreUnderTest> {
  if (storage.kind !== 's3') throw new Error('not S3');
  const database = databaseAt(await newDatabase());
  const config: StoreUnderTest['config'] = {
    database,
    storage,
    localPaths: [],
    statCacheDirectory: undefined,
    retentionClasses: loadRetentionClasses(undefined),
    secrets: [],
  };
  await initStore(config);
  return { config, storage: new S3Storage(storage), openDatabase: async () => openPostgres(database.server) };
}

async function views(registry: Registry): Promise<Record<string, unknown>> {
  return {
    packages: await registry.listPackages(),
    holds: await registry.listHolds(),
    tombstones: await registry.listTombstones(),
    events: await collect(registry.tailEvents()),
    head: await registry.eventHead(),
    stats: await registry.stats(),
  };
}

describe.each(s3Urls)('a store on PostgreSQL and %s', (s3Url) => {
  const bench = useBench(async () => newStore(await newBucket(s3Url)));

  async function faults(): Promise<string[]> {
    const findings = await collect(checkStore(bench().store.config, { deep: true }));
    return findings.filter(({ status }) => status === 'failed').map(({ what, detail }) => `${what}: ${detail}`);
  }

  test('is rebuilt into an empty database, and again, equal in every view', async () => {
    await makeHistory(bench());
    expect(await faults()).toEqual([]);
    const before = await views(bench().registry);
    const packages = await bench().registry.listPackages();
    const { store } = bench();
    store.config = { ...store.config, database: databaseAt(await newDatabase()) };
    await expect(bench().open()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (let i = 0; i < 2; i++) {
      expect((await rebuildStore(store.config)).packages).toBe(packages.length);
      expect(await views(await bench().open())).toEqual(before);
      expect(await faults()).toEqual([]);
    }
    // Equivalent, and what an operator tries first.
    store.config = { ...store.config, database: databaseAt(await newDatabase()) };
    await initStore(store.config);
    expect(await views(await bench().open())).toEqual(before);
  });

  test('is rebuilt from its log when its tables were changed by hand', async () => {
    await makeHistory(bench());
    const before = await views(bench().registry);
    await bench().inDatabase(async (db) => {
      await db.deleteFrom('contents').execute();
      await db.deleteFrom('packs').where('id', '<', 3).execute();
    });
    expect(await faults()).not.toEqual([]);
    await rebuildStore(bench().store.config);
    expect(await faults()).toEqual([]);
    expect(await views(await bench().open())).toEqual(before);
  });

  test('reports a missing pack, and the next archive heals it', async () => {
    const { id } = await bench().archive({ a: 'a' });
    const [pack] = await bench().stored('packs/');
    await bench().store.storage.delete(pack!);
    const { damaged, hurt } = await repairStore(bench().store.config);
    expect([damaged, hurt.map(({ packageId, path }) => [packageId, path])]).toEqual([[pack], [[id, 'a']]]);
    const registry = await bench().open();
    const { storedBytes } = await bench().archive({ a: 'a' }, {}, registry);
    expect(storedBytes).toBeGreaterThan(0);
    expect((await repairStore(bench().store.config)).hurt).toEqual([]);
  });
});
