import type { SourceEntry } from '../../../src/artifact-store/source.ts';
import { collect, type Tree } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';

/** Enough files for a manifest that is stored as a delta on the previous one. */
const MANY_FILES = 500;

/** A few entries whose manifest is as large; a link has no content to read or store. */
export const LONG_LINKS: readonly SourceEntry[] = Array.from({ length: 20 }, (_, i) => {
  return { path: `${'a folder with a long name/'.repeat(130)}${i}`, kind: 'symlink', target: 'nothing' };
});

export function manyFiles(version: number): Tree {
  const name = (i: number) => `folder-${i % 7}/a file with a name of some length, number ${i}.md`;
  return Object.fromEntries(
    Array.from({ length: MANY_FILES }, (_, i) => [name(i), `content ${i}${i === version ? ' of this version' : ''}`]),
  );
}

const isNoCopy = ({ key }: { key: string }) => !key.endsWith('.copy');

const keyOf = ({ manifestDigest }: { manifestDigest: string }) =>
  `manifests/${manifestDigest.slice(7, 9)}/${manifestDigest.slice(7)}`;

/** Manifests that are stored as deltas on the previous ones. */
export function describeLayers(makeStore: MakeStore, inTheClear: jest.It = test): void {
  describe('versions of many files', () => {
    const bench = useBench(makeStore);

    async function manifestSizes(): Promise<number[]> {
      const objects = await collect(bench().store.storage.list('manifests/'));
      return objects
        .filter(isNoCopy)
        .map(({ size }) => size)
        .sort((a, b) => a - b);
    }

    inTheClear('take little space for unchanged entries, and are complete', async () => {
      const versions = [];
      for (let version = 0; version < 4; version++) versions.push(await bench().archive(manyFiles(version)));
      const sizes = await manifestSizes();
      expect(sizes).toHaveLength(4);
      expect(sizes[2]!).toBeLessThan(sizes[3]! / 20);
      const other = await bench().open();
      for (const [version, { id }] of versions.entries()) {
        const { files } = await other.getManifest(id);
        expect(files).toHaveLength(MANY_FILES);
        const changed = files.find(({ path }) => path.endsWith(` ${version}.md`))!;
        const content = Buffer.concat(await collect(other.getFile(id, changed.path)));
        expect(content.toString()).toBe(`content ${version} of this version`);
      }
      expect((await bench().verify(...versions.map(({ id }) => id))).flatMap(({ damage }) => damage)).toEqual([]);
    });

    test('are fetched once each when many are verified or read, even at the same time', async () => {
      const ids: string[] = [];
      for (let version = 0; version < 4; version++) ids.push((await bench().archive(manyFiles(version))).id);
      const { storage, fetched } = bench().storageObserving('manifests/');
      const registry = await bench().openWith({ storage });
      const manifests = (await bench().stored('manifests/')).filter(
        (key) => isNoCopy({ key }) && !key.endsWith('.names'),
      );
      for (const readAll of [
        () => collect(registry.verifyPackages(ids)),
        () => Promise.all(ids.map(registry.manifestReader())),
      ]) {
        await readAll();
        expect(fetched.splice(0).sort()).toEqual(manifests);
      }
    });

    test('of another subject do not build on each other', async () => {
      await bench().archive(manyFiles(0));
      await bench().archive(manyFiles(1), { subject: 'other' });
      const [a, b] = await manifestSizes();
      expect(a).toBeGreaterThan(b! / 2);
    });

    inTheClear('do not build on a damaged manifest', async () => {
      const first = await bench().archive(manyFiles(0));
      await bench().damage('manifests/', (bytes) => {
        bytes[20]! ^= 1;
        return bytes;
      });
      const second = await bench().archive(manyFiles(1));
      const third = await bench().archive(manyFiles(2));
      const [bad, ...good] = await bench().verify(first.id, second.id, third.id);
      expect(bad!.damage).toMatchObject([{ error: { code: 'INTEGRITY' } }]);
      expect(good.flatMap(({ damage }) => damage)).toEqual([]);
    });

    test('are sound when a base is lost, since it is stored twice', async () => {
      const first = await bench().archive(manyFiles(0));
      const second = await bench().archive(manyFiles(1));
      await bench().store.storage.delete(keyOf(first));
      expect((await bench().verify(first.id, second.id)).flatMap(({ damage }) => damage)).toEqual([]);
      const third = await bench().archive(manyFiles(2));
      expect((await bench().verify(third.id)).flatMap(({ damage }) => damage)).toEqual([]);
    });

    inTheClear('are damaged when both copies of a base are lost, and the error names the base', async () => {
      const first = await bench().archive(manyFiles(0));
      const second = await bench().archive(manyFiles(1));
      const key = keyOf(first);
      for (const lost of [key, `${key}.copy`]) await bench().store.storage.delete(lost);
      for (const ids of [[second.id], [first.id, second.id], [second.id, first.id]]) {
        for (const { damage } of await bench().verify(...ids))
          expect(damage).toMatchObject([{ error: { code: 'INTEGRITY', message: expect.stringContaining(key) } }]);
      }
    });
  });
}
