import type { RegistryDatabase } from '../../../src/artifact-store/database/database.ts';
import { ArchiveError } from '../../../src/artifact-store/errors.ts';
import type { StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { collect, noise, type Tree } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';

const TREE: Tree = { 'small.txt': 'small', 'large.bin': noise(1_100_000, 2) };

/**
 * The fate of a change when something fails around the creation of its segment. Seen to fail: packs deleted
 * after a segment that may name them; the own segment taken for another's; a failed cache update taken for a failed
 * commit.
 */
export function describeCommits(makeStore: MakeStore): void {
  describe('a commit', () => {
    const bench = useBench(makeStore);
    const failure = new ArchiveError('STORE_UNAVAILABLE', 'out of order');
    let isFailing = true;
    beforeEach(() => {
      isFailing = true;
    });

    /** Storage that fails before or after it creates a segment, while `failing` is set. */
    function failingStorage(when: 'before' | 'after'): StorageBackend {
      const { storage } = bench().store;
      const around = async <T>(key: string, write: () => Promise<T>): Promise<T> => {
        if (!isFailing || !key.startsWith('log/')) return write();
        if (when === 'after') await write();
        throw failure;
      };
      return bench().storageWith({
        create: (key, bytes) => around(key, () => storage.create(key, bytes)),
        put: (key, ...rest) => around(key, () => storage.put(key, ...rest)),
      });
    }

    async function expectWhole(ids: readonly string[]): Promise<void> {
      const registry = await bench().open();
      expect((await registry.listPackages()).map(({ id }) => id)).toEqual(ids);
      const verified = await collect(registry.verifyPackages(ids));
      expect(verified.flatMap(({ damage }) => damage)).toEqual([]);
      await registry.verifyEvents();
    }

    describe.each(['before', 'after'] as const)('whose storage fails %s it made the segment', (when) => {
      test('of a package records it, and it exists once after a retry', async () => {
        const registry = await bench().openWith({ storage: failingStorage(when) });
        const id = await bench().ingest(TREE, {}, registry);
        await expect(registry.finalizePackage(id)).rejects.toMatchObject({ packageId: id, cause: failure });
        await expectWhole(when === 'after' ? [id] : []);
        isFailing = false;
        expect(await registry.finalizePackage(id)).toMatchObject({ id });
        await expectWhole([id]);
        expect((await bench().open()).isOpen(id)).toBe(false);
      });

      test('of a package is complete or absent when its process ends', async () => {
        const registry = await bench().openWith({ storage: failingStorage(when) });
        const id = await bench().ingest(TREE, {}, registry);
        await expect(registry.finalizePackage(id)).rejects.toMatchObject({ packageId: id, cause: failure });
        await registry.close();
        await expectWhole(when === 'after' ? [id] : []);
        // Storage uses the real time.
        bench().now = new Date(Date.now() + 60_000);
        await (await bench().open()).collectGarbage({ includeLast: true, graceMs: 0 });
        await expectWhole(when === 'after' ? [id] : []);
        const again = await bench().archive(TREE, {}, await bench().open());
        await expectWhole(when === 'after' ? [id, again.id] : [again.id]);
      });

      test('of a hold protects once it was made, and can be repeated', async () => {
        const { id } = await bench().archive(TREE, { retentionClass: 'transient' });
        const registry = await bench().openWith({ storage: failingStorage(when) });
        await expect(registry.applyHold(id, 'audit')).rejects.toBe(failure);
        const seen = await (await bench().open()).listHolds();
        expect(seen).toHaveLength(when === 'after' ? 1 : 0);
        isFailing = false;
        await registry.applyHold(id, 'audit');
        expect(await registry.listHolds()).toHaveLength(when === 'after' ? 2 : 1);
        bench().now = new Date(Date.now() + 365 * 86_400_000);
        expect((await registry.collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([]);
        await expectWhole([id]);
      });

      test('is seen by the next change of the same registry', async () => {
        const { id } = await bench().archive(TREE);
        const registry = await bench().openWith({ storage: failingStorage(when) });
        await expect(registry.applyHold(id, 'first')).rejects.toBe(failure);
        isFailing = false;
        await registry.applyHold(id, 'second');
        const reasons = (await registry.listHolds()).map(({ reason }) => reason);
        expect(reasons).toEqual(when === 'after' ? ['first', 'second'] : ['second']);
        await expectWhole([id]);
      });

      test('of a disposal loses no package that stays', async () => {
        const gone = await bench().archive({ ...TREE, waste: noise(50_000, 3) }, { retentionClass: 'transient' });
        const kept = await bench().archive(TREE, { retentionClass: 'permanent-record' });
        bench().now = new Date(Date.now() + 30 * 86_400_000);
        const registry = await bench().openWith({ storage: failingStorage(when) });
        await expect(registry.collectGarbage({ includeLast: true, graceMs: 0 })).rejects.toBe(failure);
        await expectWhole(when === 'after' ? [kept.id] : [gone.id, kept.id]);
        isFailing = false;
        await registry.collectGarbage({ includeLast: true, graceMs: 0 });
        await expectWhole([kept.id]);
      });
    });

    test('whose cache fails after the segment was made counts as made', async () => {
      const database = await bench().store.openDatabase();
      let failures = 0;
      const registry = await bench().openWith({ database: failingOnce(database, () => failures++) });
      const { id } = await bench().archive(TREE, {}, registry);
      expect(failures).toBe(1);
      await registry.applyHold(id, 'audit');
      expect(await registry.listHolds()).toHaveLength(1);
      await expectWhole([id]);
    });

    /** Rolls back the first transaction in which a segment was created. */
    function failingOnce(real: RegistryDatabase, fail: () => void): RegistryDatabase {
      let isDone = false;
      const execute: ReturnType<RegistryDatabase['db']['transaction']>['execute'] = async (action) => {
        const before = (await bench().stored('log/')).length;
        return real.db.transaction().execute(async (tx) => {
          const result = await action(tx);
          if (isDone || (await bench().stored('log/')).length === before) return result;
          isDone = true;
          fail();
          throw new Error('The disk is full.');
        });
      };
      const db = new Proxy(real.db, {
        get(target, name) {
          const value = name === 'transaction' ? () => ({ execute }) : Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      return { ...real, db };
    }
  });
}
