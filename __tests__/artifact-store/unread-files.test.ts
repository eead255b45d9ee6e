import type { Registry } from '../../src/artifact-store/registry.ts';
import { ABOUT, useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { listTree, noise, writeTree } from './fixtures.ts';

const bench = useBench(async () => embeddedStoreUnderTest(temporaryFolder()));

const DAY_MS = 86_400_000;
const TREE = { a: noise(5000, 1), b: noise(1_100_000, 2), empty: Buffer.alloc(0) };

/** Archives the same files into new packages, long after they were written. */
async function ingestion(): Promise<() => Promise<string>> {
  const base = await bench().makeTempDir();
  await writeTree(base, TREE);
  bench().now = new Date(Date.now() + 60_000);
  return async () => {
    const id = await bench().registry.createPackage({ ...ABOUT, retentionClass: 'transient' });
    await bench().registry.ingestFiles(id, base, await listTree(base));
    return id;
  };
}

/** An open package of unread files, which an expired package contains. */
async function ingestUnread(): Promise<string> {
  const ingest = await ingestion();
  await bench().registry.finalizePackage(await ingest());
  bench().now = new Date(bench().now.getTime() + 7 * DAY_MS);
  const id = await ingest();
  expect(bench().registry.previewPackage(id).unreadFiles).toBe(Object.keys(TREE).length);
  return id;
}

const registries: [who: string, open: () => Promise<Registry>][] = [
  ['the same registry', async () => bench().registry],
  ['another one', () => bench().open()],
];

test('a package of files that were not read is complete, and stores nothing', async () => {
  const id = await ingestUnread();
  const before = await bench().stored('packs/', 'objects/');
  await bench().registry.finalizePackage(id);
  expect(await bench().stored('packs/', 'objects/')).toEqual(before);
  expect(await bench().verify(id)).toMatchObject([{ id, damage: [] }]);
});

test.each(registries)('contents whose packs %s retired meanwhile are copied', async (_, open) => {
  const id = await ingestUnread();
  const registry = await open();
  expect(await registry.collectGarbage({ includeLast: true, graceMs: DAY_MS })).toMatchObject({
    retired: { objects: 1 },
  });
  await bench().registry.finalizePackage(id);
  bench().now = new Date(bench().now.getTime() + DAY_MS);
  expect((await registry.collectGarbage({ includeLast: true, graceMs: 0 })).removed.objects).toBe(1);
  expect(await bench().verify(id)).toMatchObject([{ id, damage: [] }]);
});

test.each(registries)('contents that %s removed meanwhile are reported as missing', async (_, open) => {
  const id = await ingestUnread();
  const registry = await open();
  expect((await registry.collectGarbage({ includeLast: true, graceMs: 0 })).removed.objects).toBe(1);
  await expect(bench().registry.finalizePackage(id)).rejects.toMatchObject({ code: 'INTEGRITY' });
  expect(await bench().registry.listPackages()).toEqual([]);
});

test('contents that the registry has lost are read again', async () => {
  const ingest = await ingestion();
  const { id } = await bench().registry.finalizePackage(await ingest());
  await bench().inDatabase((db) => db.deleteFrom('contents').where('length', '=', TREE.a.length).execute());
  const again = await bench().registry.finalizePackage(await ingest());
  expect(again.unreadFiles).toBe(Object.keys(TREE).length - 1);
  expect((await bench().verify(id, again.id)).flatMap(({ damage }) => damage)).toEqual([]);
});
