import { hash } from 'node:crypto';
import { decodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { checkStore } from '../../../src/artifact-store/maintenance/check-store.ts';
import { type ContentEntry, isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import type { PackageReader } from '../../../src/artifact-store/package-reader.ts';
import type { PackageOrigin, PackageSummary, Registry } from '../../../src/artifact-store/registry.ts';
import { collect, noise, readTree, type Tree, useTempDirs } from '../../artifact-store/fixtures.ts';
import { Bench, type MakeStore, useBench } from './bench.ts';
import { embeddedStoreUnderTest } from './embedded.ts';
import { writing } from './failures.ts';

/**
 * Seen to fail without each of these: the check for a tombstone and for another package in `isImported`; its call under the lock;
 * the manifest of a copy stored under the lock; manifests deleted under the lock by garbage collection; a failed import that
 * keeps manifests; the digest in `hashed`; the checks in `importedPackage`; the extension in `eventsOf` and in
 * `#keepLonger`; the filter of contents that the store has in `Ingest.addRead`.
 */

const TREE: Tree = {
  'large.bin': noise(5_000_000, 11),
  'text/long.md': 'a line of text\n'.repeat(200_000),
  'text/a.md': 'a',
  'text/copy.md': 'a',
  'text/empty.md': '',
  'text/latest': { link: 'a.md' },
  none: null,
};
const FILES = 5;

const ORIGIN: PackageOrigin = { source: 'bag', name: 'guide.tar.zst', tagmanifest_sha256: 'ab'.repeat(32) };

/** A reader that records its requests. */
class Noted implements PackageReader {
  readonly localPaths = [];
  readonly read: string[] = [];
  readonly #registry: Registry;
  readonly #change: (content: Uint8Array) => Uint8Array;

  constructor(registry: Registry, change: (content: Uint8Array) => Uint8Array = (content) => content) {
    this.#registry = registry;
    this.#change = change;
  }

  getPackage = (id: string): Promise<PackageSummary> => this.#registry.getPackage(id);
  latestPackage = async (): Promise<undefined> => undefined;
  getManifest: Registry['getManifest'] = (id) => this.#registry.getManifest(id);
  extractFiles: Registry['extractFiles'] = (...args) => this.#registry.extractFiles(...args);

  async *readFiles(entries: readonly ContentEntry[]) {
    for await (const { entry, pieces } of this.#registry.readFiles(entries)) {
      this.read.push(entry.path);
      yield { entry, pieces: changed(pieces, this.#change) };
    }
  }
}

/** A comparison of large buffers takes seconds. */
async function sumsOf(folder: string): Promise<Record<string, string>> {
  const sums = Object.entries(await readTree(folder)).map(
    ([path, content]) => [path, hash('sha256', content)] as const,
  );
  return Object.fromEntries(sums);
}

async function* changed(pieces: AsyncIterable<Uint8Array>, change: (content: Uint8Array) => Uint8Array) {
  for await (const piece of pieces) yield change(piece);
}

export function describeImports(makeStore: MakeStore): void {
  describe('importing a package', () => {
    const bench = useBench(makeStore);
    const makeTempDir = useTempDirs();
    let source: Bench;
    beforeEach(async () => {
      source = new Bench(embeddedStoreUnderTest(await makeTempDir()), makeTempDir);
      source.registry = await source.open();
    });
    afterEach(() => source.close());

    const made = (tree: Tree = TREE) =>
      source.archive(tree, {
        retentionClass: 'raw-evidence',
        metadata: { note: 'n' },
        provenance: { commit: 'c0ffee' },
      });
    const types = async () => (await collect(bench().registry.tailEvents())).map(({ event_type }) => event_type);

    test('adds it unchanged, and records its origin', async () => {
      const { id, manifestDigest, contentDigest } = await made();
      bench().now = new Date('2025-02-01T00:00:00Z');
      const imported = await bench().registry.importPackage(source.registry, id, ORIGIN);
      expect(imported).toMatchObject({ id, manifestDigest, contentDigest, isNew: true, reusedFiles: 1 });
      expect(await bench().registry.getPackage(id)).toEqual(await source.registry.getPackage(id));
      expect(await bench().registry.getManifestBytes(id, 'cbor')).toEqual(
        await source.registry.getManifestBytes(id, 'cbor'),
      );
      expect(await sumsOf(await bench().extract(id))).toEqual(await sumsOf(await source.extract(id, source.registry)));
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
      const events = await collect(bench().registry.tailEvents());
      const { event_type, subject_id, payload } = events.at(-1)!;
      expect([event_type, subject_id, decodeCbor(payload)]).toEqual([
        'v1.package.imported',
        id,
        bench().isEncrypted ? { ...ORIGIN, name: '(sealed)', tagmanifest_sha256: null } : ORIGIN,
      ]);
      const findings = await collect(checkStore(bench().store.config, { deep: true }));
      expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    });

    test('reads nothing that the store has already', async () => {
      await bench().archive({ 'elsewhere.bin': noise(5_000_000, 11), 'x.md': 'a' });
      const { id } = await made();
      const reader = new Noted(source.registry);
      const imported = await bench().registry.importPackage(reader, id, ORIGIN);
      expect(reader.read).toEqual(['text/long.md']);
      expect(imported.reusedFiles).toBe(FILES - 2);
      expect(imported.storedBytes).toBeLessThan(50_000);
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
    });

    test('changes nothing when the store has it already, and says so', async () => {
      const { id } = await made();
      await bench().registry.importPackage(source.registry, id, ORIGIN);
      const before = { rows: await bench().rows(), stored: await bench().stored('') };
      const reader = new Noted(source.registry);
      expect(await bench().registry.importPackage(reader, id, ORIGIN)).toMatchObject({
        id,
        isNew: false,
        storedBytes: 0,
      });
      expect(reader.read).toEqual([]);
      expect({ rows: await bench().rows(), stored: await bench().stored('') }).toEqual(before);
    });

    test('imports its extended expiry, even later, and never shortens one', async () => {
      const { id } = await made({ a: 'a' });
      await source.registry.extendRetention(id, new Date('2031-01-01'), 'a reason');
      const expiry = async () => (await bench().registry.getRetentionState(id)).expiresAt;
      const first = await bench().registry.importPackage(source.registry, id, ORIGIN);
      expect([first.expiresAt, await expiry()]).toEqual(['2031-01-01T00:00:00.000Z', '2031-01-01T00:00:00.000Z']);
      expect((await types()).slice(-2)).toEqual(['v1.package.imported', 'v1.retention.extended']);
      await bench().registry.extendRetention(id, new Date('2035-01-01'), 'longer here');
      await source.registry.extendRetention(id, new Date('2033-01-01'), 'a reason');
      await bench().registry.importPackage(source.registry, id, ORIGIN);
      expect(await expiry()).toBe('2035-01-01T00:00:00.000Z');
      await source.registry.extendRetention(id, null, 'for ever');
      const last = await bench().registry.importPackage(source.registry, id, ORIGIN);
      expect([last.isNew, last.expiresAt, await expiry()]).toEqual([false, null, null]);
    });

    test('is refused when it does not match its digest, or has the id of another one', async () => {
      const { id } = await made({ a: 'a' });
      await bench().registry.importPackage(source.registry, id, ORIGIN);
      const forged = new Noted(source.registry);
      forged.getManifest = async () => {
        const manifest = await source.registry.getManifest(id);
        return { ...manifest, provenance: { commit: 'another' } };
      };
      await expect(bench().registry.importPackage(forged, id, ORIGIN)).rejects.toMatchObject({ code: 'INTEGRITY' });
      await bench().inDatabase((db) =>
        db
          .updateTable('packages')
          .set({ manifest_digest: Buffer.alloc(32, 7) })
          .where('id', '=', id)
          .execute(),
      );
      const another = bench().registry.importPackage(source.registry, id, ORIGIN);
      await expect(another).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        message: expect.stringContaining('forged'),
      });
    });

    test('does not bring back a disposed package', async () => {
      const { id } = await made({ a: 'a' });
      await bench().registry.importPackage(source.registry, id, ORIGIN);
      bench().now = new Date('2026-01-01T00:00:00Z');
      expect((await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([id]);
      const before = await bench().rows();
      await expect(bench().registry.importPackage(source.registry, id, ORIGIN)).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        message: expect.stringContaining('disposed of'),
      });
      expect(await bench().rows()).toEqual(before);
    });

    test.each<[what: string, change: (content: Uint8Array) => Uint8Array]>([
      ['changed', (content) => Buffer.from(content).fill(0x58, 0, 1)],
      ['shorter', (content) => content.subarray(1)],
      ['longer', (content) => Buffer.concat([content, Buffer.from('x')])],
    ])('with a content that is %s leaves the store unchanged', async (_, change) => {
      const { id } = await made();
      const before = { rows: await bench().rows(), stored: await bench().stored('') };
      const reader = new Noted(source.registry, change);
      await expect(bench().registry.importPackage(reader, id, ORIGIN)).rejects.toMatchObject({ code: 'INTEGRITY' });
      expect({ rows: await bench().rows(), stored: await bench().stored('') }).toEqual(before);
    });

    test('with the value of a secret is refused, and no content is read', async () => {
      const registry = await bench().openWith({ secrets: ['c0ffee'] });
      const { id } = await made({ a: 'a' });
      const reader = new Noted(source.registry);
      await expect(registry.importPackage(reader, id, ORIGIN)).rejects.toMatchObject({ code: 'USAGE' });
      const other = await source.archive({ a: 'a' });
      const named = { ...ORIGIN, name: 'c0ffee.tar' };
      await expect(registry.importPackage(reader, other.id, named)).rejects.toMatchObject({ code: 'USAGE' });
      expect(reader.read).toEqual([]);
    });

    test.each(['packs/', 'manifests/', 'log/'])(
      'that fails while storing %s is not listed, and succeeds when repeated',
      async (prefix) => {
        const failure = new Error('out of order');
        const registry = await bench().openWith({
          storage: writing(bench().store.storage, prefix, () => Promise.reject(failure)),
        });
        const { id } = await made();
        const rows = await bench().rows();
        await expect(registry.importPackage(source.registry, id, ORIGIN)).rejects.toBe(failure);
        expect(await bench().rows()).toEqual(rows);
        expect(await bench().stored('log/')).toEqual([]);
        // When storage fails, it is unknown whether a segment was created: objects that it may name stay until a collection.
        if (prefix !== 'log/') expect(await bench().stored('packs/', 'objects/')).toEqual([]);
        await bench().registry.importPackage(source.registry, id, ORIGIN);
        expect((await bench().verify(id))[0]!.damage).toEqual([]);
      },
    );

    test('by several processes at once gives one complete package', async () => {
      const { id } = await made();
      const registries = [bench().registry, await bench().open(), await bench().open()];
      const imported = await Promise.all(
        registries.map((registry) => registry.importPackage(source.registry, id, ORIGIN)),
      );
      expect(imported.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect((await types()).filter((type) => type === 'v1.package.finalized')).toHaveLength(1);
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
      const { objects } = (await bench().registry.collectGarbage({ includeLast: true, graceMs: 0, dryRun: true }))
        .orphans;
      expect(objects).toBe(0);
    });

    test('leaves the manifest when another import of the same package fails', async () => {
      const { id } = await made();
      const failure = new Error('out of order');
      const registry = await bench().openWith({
        storage: writing(bench().store.storage, 'packs/', async () => {
          await bench().registry.importPackage(source.registry, id, ORIGIN);
          throw failure;
        }),
      });
      await expect(registry.importPackage(source.registry, id, ORIGIN)).rejects.toBe(failure);
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
    });

    test('succeeds when the remains of an interrupted import were removed, or are about to be', async () => {
      const { id } = await made();
      const cutOff = async () => {
        const storage = writing(bench().store.storage, 'log/', () => Promise.reject(new Error('cut off')));
        await (await bench().openWith({ storage })).importPackage(source.registry, id, ORIGIN).catch(() => undefined);
        expect(await bench().stored('manifests/')).toHaveLength(1);
      };
      await cutOff();
      // Storage uses the real time.
      bench().now = new Date(Date.now() + 60_000);
      // The pack and the manifest.
      expect((await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 })).orphans.objects).toBe(2);
      expect(await bench().stored('manifests/')).toEqual([]);
      await cutOff();
      // It is imported between the record of the removal and the removal.
      let imported: Promise<unknown> | undefined;
      const storage = new Proxy(bench().store.storage, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          // Unfinished writes count as old by the clock of this test.
          if (name === 'removeUnfinished') return async () => undefined;
          if (name !== 'create') return value.bind(target);
          return async (...made: Parameters<typeof target.create>) => {
            const result = await target.create(...made);
            imported ??= bench().registry.importPackage(source.registry, id, ORIGIN);
            return result;
          };
        },
      });
      await (await bench().openWith({ storage })).collectGarbage({ includeLast: true, graceMs: 0 });
      await (imported ?? bench().registry.importPackage(source.registry, id, ORIGIN));
      // By the storage's time it has expired.
      await bench().registry.applyHold(id, 'audit');
      for (let i = 0; i < 2; i++) {
        expect(await bench().verify(id)).toMatchObject([{ id, damage: [] }]);
        await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 });
      }
    });
  });

  describe('reading files in order', () => {
    const bench = useBench(makeStore);

    test('returns them in the requested order, wherever they are', async () => {
      const small = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`s/${i}`, noise(60_000, i)]));
      await bench().archive({ 'b.bin': noise(3_000_000, 99), ...small });
      const { id } = await bench().archive({ ...TREE, ...small });
      const { files } = await bench().registry.getManifest(id);
      const asked = files.filter(isContentEntry).toReversed();
      const expected = await readTree(await bench().extract(id));
      const read: string[] = [];
      for await (const { entry, pieces } of bench().registry.readFiles(asked)) {
        read.push(entry.path);
        const parts: Buffer[] = [];
        for await (const piece of pieces) parts.push(Buffer.from(piece));
        expect(Buffer.concat(parts).equals(expected[entry.path]!)).toBe(true);
      }
      expect(read).toEqual(asked.map(({ path }) => path));
    });

    test.each([
      ['changed', (bytes: Buffer) => bytes.fill(0xff, 40, 60), 'is damaged'],
      ['gone', undefined, 'is missing'],
    ])('stops at a content whose pack is %s', async (_, change, sentence) => {
      const { id } = await bench().archive({ 'a.md': 'some text, some text, some text, some text' });
      await bench().damage('packs/', change);
      const entries = (await bench().registry.getManifest(id)).files.filter(isContentEntry);
      const reading = async () => {
        for await (const { pieces } of bench().registry.readFiles(entries)) await collect(pieces);
      };
      await expect(reading()).rejects.toMatchObject({ code: 'INTEGRITY', message: expect.stringContaining(sentence) });
    });
  });
}
