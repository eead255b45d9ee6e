import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { type ContentEntry, isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { collect, noise, readTree } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';

const LARGE = noise(3_000_000, 21);
const CHANGED = Buffer.concat([LARGE.subarray(0, 1_000_000), Buffer.from('put in'), LARGE.subarray(1_000_000)]);
const OTHER = noise(3_000_000, 22);
const ORIGIN = { source: 'store' as const, name: 'another one', tagmanifest_sha256: null };

export function describeChunks(makeStore: MakeStore, inTheClear: jest.It = test): void {
  describe('a large file', () => {
    const bench = useBench(makeStore);
    const other = useBench(makeStore);

    test('costs only what has changed, here and in a copy; its chunks outlive its older versions', async () => {
      const { registry } = bench();
      const first = await bench().archive({ large: LARGE }, { retentionClass: 'transient' });
      const second = await bench().archive({ large: CHANGED, copy: LARGE }, { retentionClass: 'permanent-record' });
      expect(second).toMatchObject({ reusedFiles: 1, reusedBytes: LARGE.length });
      expect(second.storedBytes).toBeLessThan(200_000);

      const [entry] = (await registry.getManifest(second.id)).files.filter(({ path }) => path === 'large');
      const part = registry.readRange(entry as ContentEntry, { offset: 999_990, length: 200_000 });
      expect(Buffer.concat(await collect(part)).equals(CHANGED.subarray(999_990, 1_199_990))).toBe(true);

      for (const { id } of [first, second]) {
        const copied = await other().registry.importPackage(registry, id, ORIGIN);
        expect(copied.storedBytes).toBeLessThan(id === first.id ? 3_100_000 : 200_000);
      }
      expect((await other().verify(first.id, second.id)).flatMap(({ damage }) => damage)).toEqual([]);

      bench().now = new Date('2026-01-01T00:00:00Z');
      const rules = { includeLast: true, graceMs: 0 };
      expect((await registry.collectGarbage(rules)).disposed).toEqual([first.id]);
      bench().now = new Date('2027-01-01T00:00:00Z');
      await registry.collectGarbage(rules);
      const files = await readTree(await bench().extract(second.id));
      expect(files['large']!.equals(CHANGED) && files['copy']!.equals(LARGE)).toBe(true);
      expect(await registry.verifyEvents()).toBeGreaterThan(0);
    });

    inTheClear(
      'with a damaged chunk is reported by name, and healed in all versions when it is archived again',
      async () => {
        const first = await bench().archive({ large: LARGE });
        const [pack] = await bench().stored('packs/');
        const second = await bench().archive({ large: CHANGED });
        // In a place where both versions have the same chunk.
        await bench().damage(pack!, (bytes) => {
          bytes[2_500_000]! ^= 1;
          return bytes;
        });
        const check = async (ids: string[]) => {
          const verified = await collect(bench().registry.verifyPackages(ids, undefined, { record: true }));
          return verified.flatMap(({ damage }) => damage.map(({ path }) => path));
        };
        expect(await check([first.id, second.id])).toEqual(['large', 'large']);
        const types = (await collect(bench().registry.tailEvents())).map(({ event_type }) => event_type);
        expect(types.filter((type) => type === 'v1.content.damaged')).toHaveLength(1);
        // A sound part can be read.
        const [entry] = (await bench().registry.getManifest(first.id)).files.filter(isContentEntry);
        const part = bench().registry.readRange(entry!, { offset: 0, length: 1000 });
        expect(Buffer.concat(await collect(part)).equals(LARGE.subarray(0, 1000))).toBe(true);

        const third = await bench().archive({ again: CHANGED });
        expect(third.reusedFiles).toBe(0);
        expect(third.storedBytes).toBeLessThan(200_000);
        expect(await check([first.id, second.id, third.id])).toEqual([]);
      },
    );

    test('with a chunk found damaged meanwhile is refused, and heals it when archived again', async () => {
      const first = await bench().archive({ large: LARGE });
      const { registry } = bench();
      const id = await bench().ingest({ large: CHANGED });
      await bench().damage('packs/', (bytes) => {
        bytes[2_500_000]! ^= 1;
        return bytes;
      });
      await collect(registry.verifyPackages([first.id], undefined, { record: true }));
      await expect(registry.finalizePackage(id)).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringMatching(/^The content of blake3:\w+ left the store while it was being archived/),
      });
      const again = await bench().archive({ large: CHANGED });
      expect((await bench().verify(first.id, again.id)).flatMap(({ damage }) => damage)).toEqual([]);
    });

    inTheClear('whose list gives another content is reported by name, and stored again', async () => {
      const { id } = await bench().archive({ large: LARGE, other: OTHER });
      await bench().inDatabase(async (db) => {
        const { root } = await db
          .selectFrom('lists')
          .select('root')
          .where('digest', '=', blake3.hash(OTHER))
          .executeTakeFirstOrThrow();
        await db.updateTable('lists').set({ root }).execute();
      });
      const damaged = async () => {
        const [verified] = await collect(bench().registry.verifyPackages([id], undefined, { record: true }));
        return verified!.damage.map(({ path }) => path);
      };
      expect(await damaged()).toEqual(['large']);
      expect(await bench().archive({ again: LARGE, other: OTHER })).toMatchObject({ reusedFiles: 1 });
      expect(await damaged()).toEqual([]);
    });

    inTheClear('whose list is forged is refused, and stored again', async () => {
      const { id } = await bench().archive({ large: LARGE });
      const { files } = await bench().registry.getManifest(id);
      const [entry] = files.filter(isContentEntry);
      const chunk = await bench().inDatabase((db) =>
        db.selectFrom('contents').select('digest').where('length', '>', 8192).limit(1).executeTakeFirstOrThrow(),
      );
      // A chunk in the place of a list, the file itself, and nothing.
      for (const root of [chunk.digest, entry!.blake3, Buffer.alloc(32)]) {
        await bench().inDatabase((db) => db.updateTable('lists').set({ root }).execute());
        const [verified] = await bench().verify(id);
        expect(verified!.damage.map(({ path }) => path)).toEqual(['large']);
        await expect(bench().extract(id)).rejects.toMatchObject({ code: 'INTEGRITY' });
      }
      const again = await bench().archive({ large: LARGE });
      expect(again).toMatchObject({ reusedFiles: 0 });
    });
  });
}
