/**
 * Delta and imported manifests, and the collector. Broken by hand, and seen to fail: bases not counted as referenced; no second
 * check under the lock, before the removal is recorded and before it is done; removed bases not refused; manifests that were
 * removed and imported again used as bases.
 */
import { rm } from 'node:fs/promises';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { Bench, useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { manyFiles } from '../contracts/registry/layers.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { useTempDirs } from './fixtures.ts';

const bench = useBench(async () => embeddedStoreUnderTest(temporaryFolder()));

const DAY_MS = 86_400_000;

beforeEach(() => {
  // Storage uses the real time.
  bench().now = new Date();
});

function pass(days: number): void {
  bench().now = new Date(bench().now.getTime() + days * DAY_MS);
}

async function archive(version: number, retentionClass: string, subject = 'atlas'): Promise<string> {
  return (await bench().archive(manyFiles(version), { retentionClass, subject })).id;
}

const gc = (graceMs = DAY_MS, registry = bench().registry) => registry.collectGarbage({ includeLast: true, graceMs });
const manifests = () => bench().stored('manifests/');

async function expectWhole(id: string): Promise<void> {
  expect(await bench().verify(id)).toMatchObject([{ id, damage: [] }]);
}

test('the bases of a package stay as long as the package, and are removed with it', async () => {
  await archive(0, 'transient');
  const middle = await archive(1, 'transient');
  const last = await archive(2, 'raw-evidence');
  const keys = await manifests();
  pass(7);
  expect((await gc()).disposed).toHaveLength(2);
  for (let i = 0; i < 3; i++) {
    pass(1);
    await gc();
  }
  expect(await manifests()).toEqual(keys);
  await expectWhole(last);
  await expect(bench().registry.getManifest(middle)).rejects.toMatchObject({ code: 'NOT_FOUND' });

  const { database } = bench().store.config;
  await bench().registry.close();
  await rm((database as { path: string }).path);
  await rebuildStore(bench().store.config);
  bench().registry = await bench().open();
  await expectWhole(last);
  await gc();
  expect(await manifests()).toEqual(keys);

  pass(83);
  expect((await gc()).disposed).toEqual([last]);
  pass(1);
  await gc();
  expect(await manifests()).toEqual([]);
});

test('an archive in progress is refused when its base was removed meanwhile', async () => {
  await archive(0, 'transient');
  await archive(0, 'permanent-record', 'other');
  pass(7);
  let collected = false;
  const storage = bench().storageWith({
    put: async (key, pieces) => {
      if (key.startsWith('manifests/') && !collected) {
        collected = true;
        await gc(0);
      }
      return bench().store.storage.put(key, pieces);
    },
  });
  const writer = await bench().openWith({ storage });
  const id = await bench().ingest(manyFiles(0), {}, writer);
  await expect(writer.finalizePackage(id)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  const { id: again } = await writer.finalizePackage(id);
  await expectWhole(again);
});

test('a collection sees the bases of a package that was made while it ran', async () => {
  await archive(0, 'transient');
  await archive(0, 'permanent-record', 'other');
  pass(7);
  const chosen = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const writer = await bench().openWith({
    storage: bench().storageWith({
      put: async (key, pieces) => {
        await bench().store.storage.put(key, pieces);
        if (key.startsWith('manifests/')) {
          chosen.resolve();
          await go.promise;
        }
      },
    }),
  });
  const id = await bench().ingest(manyFiles(0), {}, writer);
  const finalizing = writer.finalizePackage(id);
  await chosen.promise;
  const collector = await bench().openWith({
    storage: bench().storageWith({
      list: async function* (prefix) {
        if (prefix === 'manifests/') {
          go.resolve();
          await finalizing;
        }
        yield* bench().store.storage.list(prefix);
      },
    }),
  });
  expect((await gc(0, collector)).disposed).toHaveLength(1);
  await expectWhole(id);
});

describe('a manifest imported from another store', () => {
  const makeTempDir = useTempDirs();
  let other: Bench;
  let id: string;

  /** Left behind by a killed import. */
  beforeEach(async () => {
    other = new Bench(embeddedStoreUnderTest(temporaryFolder()), makeTempDir);
    other.registry = await other.open();
    ({ id } = await other.archive(manyFiles(0)));
    const [key] = await other.stored('manifests/');
    await bench().store.storage.put(key!, [await other.store.storage.get(key!)]);
    pass(2);
  });
  afterEach(() => other.close());

  const bring = () =>
    bench().registry.importPackage(other.registry, id, { source: 'store', name: 'other', tagmanifest_sha256: null });

  test('stays when it arrives while a collection is about to remove an older copy', async () => {
    await bench().store.storage.put('packs/aa/1', [Buffer.from('left')]);
    const collector = await bench().openWith({
      storage: bench().storageWith({
        delete: async (key) => {
          if (key === 'packs/aa/1') await bring();
          await bench().store.storage.delete(key);
        },
      }),
    });
    expect((await gc(0, collector)).orphans.objects).toBe(2);
    await expectWhole(id);
  });

  test('is not used as a base when it was removed before', async () => {
    expect((await gc()).orphans.objects).toBe(1);
    await bring();
    const next = await archive(1, 'transient');
    await expectWhole(id);
    await expectWhole(next);
  });
});
