import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { collect, noise } from '../../artifact-store/fixtures.ts';
import { type Bench, type MakeStore, useBench } from './bench.ts';

const MIDDLE = (bytes: Buffer) => Math.floor(bytes.length / 2);
const CHANGES: [what: string, change: ((bytes: Buffer) => Uint8Array) | undefined][] = [
  [
    'has a flipped bit',
    (bytes) => {
      bytes[MIDDLE(bytes)]! ^= 1;
      return bytes;
    },
  ],
  ['was cut in the middle', (bytes) => bytes.subarray(0, MIDDLE(bytes))],
  ['is empty', () => Buffer.alloc(0)],
  ['is gone', undefined],
];

export function describeDamage(makeStore: MakeStore, inTheClear: jest.It = test): void {
  describe('damage of storage', () => {
    const bench = useBench(makeStore);
    const integrity = expect.objectContaining({ code: 'INTEGRITY' });

    /** The pack with the large content, in chunks, and the one with the small contents. */
    let packs: { large: string; small: string };

    /** Incompressible, so that a flipped bit is in a content. */
    async function archived(): Promise<string> {
      await bench().archive({ large: noise(5_000_000, 5) });
      const [large] = await bench().stored('packs/');
      const { id } = await bench().archive({
        'small/one': noise(50_000, 4),
        'small/same': noise(50_000, 4),
        'large/two': noise(5_000_000, 5),
        'empty/three': '',
      });
      const [small] = (await bench().stored('packs/')).filter((key) => key !== large);
      packs = { large: large!, small: small! };
      return id;
    }

    async function expectDamage(bench: Bench, id: string, paths: string[]): Promise<void> {
      const [verified] = await bench.verify(id);
      expect(verified!.damage.map(({ path }) => path).sort()).toEqual(paths);
      for (const { error } of verified!.damage) expect(error).toEqual(integrity);
      await expect(bench.extract(id)).rejects.toEqual(integrity);
      const { files } = await bench.registry.getManifest(id);
      for (const entry of files.filter(isContentEntry)) {
        const isDamaged = paths.includes(entry.path);
        for (const read of [
          () => collect(bench.registry.getFile(id, entry.path)),
          () => bench.registry.loadFiles([entry]),
        ]) {
          if (isDamaged) await expect(read()).rejects.toEqual(integrity);
          else await read();
        }
      }
    }

    test.each(CHANGES)('is reported by file when a pack %s', async (_, change) => {
      const id = await archived();
      await bench().damage(packs.small, change);
      await expectDamage(bench(), id, ['small/one', 'small/same']);
    });

    test.each(CHANGES)('is reported by file when a pack of chunks %s', async (_, change) => {
      const id = await archived();
      await bench().damage(packs.large, change);
      await expectDamage(bench(), id, ['large/two']);
    });

    test.each(CHANGES)('is found when a manifest %s', async (_, change) => {
      const { id } = await bench().archive({ a: 'a' });
      await bench().damage('manifests/', change);
      const [verified] = await bench().verify(id);
      expect(verified).toMatchObject({ id, damage: [{ path: undefined, error: { code: 'INTEGRITY' } }] });
      await expect(bench().registry.getManifest(id)).rejects.toEqual(integrity);
      await expect(bench().registry.getManifestBytes(id, 'json')).rejects.toEqual(integrity);
    });

    test('is refused by version when a manifest is newer', async () => {
      const { id } = await bench().archive({ a: 'a' });
      await bench().damage('manifests/', (bytes) => {
        bytes[4] = 4;
        return bytes;
      });
      await expect(bench().registry.getManifest(id)).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
    });

    test('affects every package with the content, and no other', async () => {
      const id = await archived();
      const also = await bench().archive({ shared: noise(50_000, 4) });
      await bench().damage(packs.small);
      const other = await bench().archive({ other: 'other' });
      const verified = await bench().verify(also.id, other.id, id);
      expect(verified.map(({ damage }) => damage.map(({ path }) => path))).toEqual([
        ['shared'],
        [],
        ['small/one', 'small/same'],
      ]);
    });

    inTheClear('of the index of contents shows as missing contents', async () => {
      const id = await archived();
      await bench().inDatabase((db) => db.deleteFrom('contents').where('length', '=', 50_000).execute());
      await expectDamage(bench(), id, ['small/one', 'small/same']);
    });

    test('does not return the last piece of a damaged file', async () => {
      const id = await archived();
      await bench().damage(packs.large, (bytes) => {
        bytes[1000]! ^= 1;
        return bytes;
      });
      let bytes = 0;
      await expect(
        (async () => {
          for await (const piece of bench().registry.getFile(id, 'large/two')) bytes += piece.byteLength;
        })(),
      ).rejects.toEqual(integrity);
      expect(bytes).toBeLessThan(5_000_000);
    });
  });
}
