import { collect, noise, type Tree, writeTree } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';
import { archiveElsewhere } from './elsewhere.ts';

const TREE: Tree = { 'small.txt': 'small', 'large.bin': noise(1_100_000, 6) };

export function describeWriters(makeStore: MakeStore): void {
  describe('several writers', () => {
    const bench = useBench(makeStore);

    test('that store the same new content all succeed, and every package is complete', async () => {
      const registries = [bench().registry, await bench().open(), await bench().open()];
      const open = [];
      for (const registry of registries) open.push({ registry, id: await bench().ingest(TREE, {}, registry) });
      const finalized = await Promise.all(open.map(({ registry, id }) => registry.finalizePackage(id)));
      expect(new Set(finalized.map(({ contentDigest }) => contentDigest)).size).toBe(1);
      const ids = open.map(({ id }) => id);
      expect((await bench().registry.listPackages()).map(({ id }) => id).sort()).toEqual(ids.sort());
      expect((await bench().verify(...ids)).flatMap(({ damage }) => damage)).toEqual([]);
      expect(await bench().registry.verifyEvents()).toBe(12);
    });

    test('keep what one stored when another one abandons it', async () => {
      const other = await bench().open();
      const abandoned = await bench().ingest(TREE, {}, other);
      const { id } = await bench().archive(TREE);
      await other.abandonPackage(abandoned);
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
    });

    test('in separate processes all succeed, and every package is complete', async () => {
      const base = await bench().makeTempDir();
      await writeTree(base, TREE);
      const written = await Promise.all([1, 2, 3].map(() => archiveElsewhere(bench().store.config, base)));
      const ids = written.flat();
      expect(ids).toHaveLength(9);
      expect((await bench().registry.listPackages()).map(({ id }) => id).sort()).toEqual(ids.sort());
      expect((await bench().verify(...ids)).flatMap(({ damage }) => damage)).toEqual([]);
      await bench().registry.verifyEvents();
    });

    test('number and chain their events without gaps', async () => {
      const { id } = await bench().archive({ a: 'a' });
      const registries = [bench().registry, await bench().open()];
      for (let i = 0; i < 10; i++) await Promise.all(registries.map((registry) => registry.applyHold(id, `hold ${i}`)));
      const sequences = (await collect(bench().registry.tailEvents())).map(({ sequence }) => sequence);
      expect(sequences).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
      expect(await bench().registry.verifyEvents()).toBe(24);
      expect((await bench().registry.getRetentionState(id)).holds).toHaveLength(20);
    });
  });
}
