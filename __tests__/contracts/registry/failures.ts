import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import type { StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { collect, noise, type Tree } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';

const TREE: Tree = { 'small.txt': 'small', 'large.bin': noise(1_100_000, 2) };

/** Storage that runs an action before it writes below a prefix. */
export function writing(storage: StorageBackend, prefix: string, act: () => Promise<void>): StorageBackend {
  return new Proxy(storage, {
    get(target, name) {
      // All puts then use one method.
      if (name === 'putLater') return undefined;
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'put' && name !== 'create') return value.bind(target);
      return async (key: string, ...rest: unknown[]) => {
        if (key.startsWith(prefix)) await act();
        return value.call(target, key, ...rest);
      };
    },
  });
}

export function describeFailures(makeStore: MakeStore, inTheClear: jest.It = test): void {
  describe('an unfinished package', () => {
    const bench = useBench(makeStore);

    test('leaves storage and database unchanged when it is abandoned', async () => {
      const { registry } = bench();
      await bench().archive({ 'other.txt': 'other' });
      const before = { rows: await bench().rows(), stored: await bench().stored('') };
      const id = await bench().ingestMuch(TREE);
      const staysHere = bench().store.storage.putLater !== undefined;
      if (!staysHere) expect((await bench().stored('')).length).toBeGreaterThan(before.stored.length);
      await registry.abandonPackage(id);
      expect(await bench().stored('')).toEqual(before.stored);
      expect(await bench().rows()).toEqual(before.rows);
      expect(registry.isOpen(id)).toBe(false);
    });

    test('is removed when the registry closes', async () => {
      const before = { rows: await bench().rows(), stored: await bench().stored('') };
      const registry = await bench().open();
      await bench().ingest(TREE, {}, registry);
      await registry.close();
      expect(await bench().stored('')).toEqual(before.stored);
      expect(await bench().rows()).toEqual(before.rows);
    });

    test.each(['packs/', 'manifests/'])(
      'is not listed when storing %s fails, and leaves nothing once abandoned',
      async (prefix) => {
        const failure = new Error('out of order');
        const storage = writing(bench().store.storage, prefix, () => Promise.reject(failure));
        const registry = await bench().openWith({ storage });
        const rows = await bench().rows();
        await expect(bench().archive(TREE, {}, registry)).rejects.toBe(failure);
        expect(await registry.listPackages()).toEqual([]);
        expect(await bench().rows()).toEqual(rows);
        await registry.close();
        const left = (await bench().stored('')).filter((key) => !key.startsWith('keys/store/'));
        expect(left).toEqual(['store.json']);
        const { id } = await bench().archive(TREE);
        expect((await bench().verify(id))[0]!.damage).toEqual([]);
      },
    );

    test('is invisible until storage has its segment', async () => {
      const visible: unknown[][] = [];
      const storage = writing(bench().store.storage, 'log/', async () => {
        visible.push(await bench().registry.listPackages());
      });
      const registry = await bench().openWith({ storage });
      const { id } = await bench().archive(TREE, {}, registry);
      expect(visible).toEqual([[]]);
      expect((await bench().registry.listPackages()).map((found) => found.id)).toEqual([id]);
    });

    test('counts its own bytes, whatever the storage says', async () => {
      const { storedBytes } = await bench().archive(TREE);
      const { storage } = bench().store;
      const objects = await Promise.all(
        (await bench().stored('packs/', 'objects/', 'manifests/', 'keys/session/')).map((key) => storage.get(key)),
      );
      expect(storedBytes).toBe(objects.reduce((sum, { byteLength }) => sum + byteLength, 0));
      const rows = await bench().inDatabase((db) =>
        db.selectFrom('packs').select(['storage_key', 'stored_bytes']).execute(),
      );
      for (const { storage_key, stored_bytes } of rows) {
        expect(stored_bytes).toBe((await storage.get(storage_key)).byteLength);
      }
    });

    inTheClear('is refused when a reused content has been removed from the store', async () => {
      await bench().archive({ 'small.txt': TREE['small.txt']! });
      const [pack] = await bench().stored('packs/');
      await bench().archive(TREE);
      const id = await bench().ingest(TREE);
      const stored = await bench().stored('');
      await bench().inDatabase(async (db) => {
        await db.deleteFrom('contents').where('length', '=', 5).execute();
        await db.deleteFrom('packs').where('storage_key', '=', pack!).execute();
      });
      await expect(bench().registry.finalizePackage(id)).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringContaining('small.txt'),
      });
      expect(await bench().registry.listPackages()).toHaveLength(2);
      expect(await bench().stored('')).toEqual(stored);
    });

    test('is refused when a reused content was found damaged meanwhile, and heals it when archived again', async () => {
      const { id: first } = await bench().archive(TREE);
      const { registry } = bench();
      const id = await bench().ingest(TREE);
      await bench().damage('packs/');
      const [verified] = await collect(registry.verifyPackages([first], undefined, { record: true }));
      expect(verified!.damage.map(({ path }) => path).sort()).toEqual(['large.bin', 'small.txt']);
      await expect(registry.finalizePackage(id)).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringContaining('"small.txt" left the store'),
      });
      expect((await bench().registry.listPackages()).map((found) => found.id)).toEqual([first]);
      const again = await bench().archive(TREE);
      expect((await bench().verify(first, again.id)).flatMap(({ damage }) => damage)).toEqual([]);
    });

    test.each(['abandonPackage', 'close'] as const)(
      'is complete or absent when %s happens in between',
      async (method) => {
        let between: Promise<void> | undefined;
        const storage = writing(bench().store.storage, 'manifests/', async () => {
          between = method === 'close' ? registry.close() : registry.abandonPackage(id);
          between.catch(() => undefined);
          await new Promise((resolve) => setImmediate(resolve));
        });
        const registry = await bench().openWith({ storage });
        const id = await bench().ingest(TREE, {}, registry);
        await registry.finalizePackage(id).catch(() => undefined);
        await between?.catch(() => undefined);
        const ids = (await bench().registry.listPackages()).map((found) => found.id);
        expect((await bench().verify(...ids)).flatMap(({ damage }) => damage)).toEqual([]);
      },
    );
  });

  describe('extracting', () => {
    const bench = useBench(makeStore);

    test('over an existing file leaves it unchanged and does not report the store as damaged', async () => {
      const { id } = await bench().archive({ a: 'new' });
      const directory = await bench().makeTempDir();
      await writeFile(join(directory, 'a'), 'old');
      const { files } = await bench().registry.getManifest(id);
      const failure = await bench()
        .registry.extractFiles(files.filter(isContentEntry), directory)
        .catch((error) => error);
      expect(failure.code).not.toBe('STORE_UNAVAILABLE');
      expect(failure.message).toContain(directory);
    });
  });
}
