import { readdir } from 'node:fs/promises';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { type RepairedStore, repairStore } from '../../src/artifact-store/maintenance/repair-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { collect, listTree, noise, readTree, writeTree } from './fixtures.ts';
import { makeHistory, passDays, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();
const NOTHING: RepairedStore = { segments: [], copies: [], damaged: [], healed: [], hurt: [] };
const DAY_MS = 86_400_000;

function repair(): Promise<RepairedStore> {
  return repairStore(bench().store.config);
}

/** The findings of a deep check. */
async function faults(): Promise<string[]> {
  const findings = await collect(checkStore(bench().store.config, { deep: true }));
  return findings.filter(({ status }) => status !== 'ok').map(({ what }) => what);
}

async function verifyAll(): Promise<(string | undefined)[]> {
  const ids = (await bench().registry.listPackages()).map(({ id }) => id);
  const verified = await collect(bench().registry.verifyPackages(ids, undefined, { record: true }));
  return verified.flatMap(({ damage }) => damage.map(({ path }) => path));
}

async function eventTypes(): Promise<string[]> {
  return (await collect(bench().registry.tailEvents())).map(({ event_type }) => event_type);
}

describe('store repair', () => {
  test('leaves a sound store unchanged', async () => {
    await makeHistory(bench());
    const before = [await bench().rows(), await bench().stored('')];
    expect(await repair()).toEqual(NOTHING);
    expect([await bench().rows(), await bench().stored('')]).toEqual(before);
  });

  test.each<[what: string, change: ((bytes: Buffer) => Uint8Array) | undefined]>([
    ['is gone', undefined],
    ['was cut', (bytes) => bytes.subarray(0, 80)],
  ])('marks a pack that %s and names the damaged files; the next archive heals them', async (_, change) => {
    await bench().archive({ b: 'b' });
    const [other] = await bench().stored('packs/');
    const lost = await bench().archive({ 'large/a': noise(1_100_000, 1), b: 'b' });
    const [object] = (await bench().stored('packs/')).filter((key) => key !== other);
    await bench().damage(object!, change);
    const { hurt, ...done } = await repair();
    expect(done).toEqual({ segments: [], copies: [], damaged: [object], healed: [] });
    expect(hurt).toEqual([
      { packageId: lost.id, path: 'large/a', message: expect.stringMatching(/"large\/a".*damaged.*archive it again/) },
    ]);
    expect(await repair()).toEqual({ ...NOTHING, hurt });
    const again = await bench().archive({ copy: noise(1_100_000, 1) });
    expect(again.storedBytes).toBeGreaterThan(1_100_000);
    expect(await repair()).toEqual(NOTHING);
    expect(await verifyAll()).toEqual([]);
  });

  test('removes the mark of a pack that came back', async () => {
    await bench().archive({ 'large/a': noise(1_100_000, 1) });
    const [object] = await bench().stored('packs/');
    const bytes = await bench().store.storage.get(object!);
    await bench().damage('packs/');
    expect((await repair()).damaged).toEqual([object]);
    await bench().store.storage.put(object!, [bytes]);
    expect(await repair()).toEqual({ ...NOTHING, healed: [object] });
    expect(await verifyAll()).toEqual([]);
    expect((await bench().archive({ copy: noise(1_100_000, 1) })).reusedFiles).toBe(1);
  });

  test('names packages whose manifest is missing', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().damage('manifests/');
    expect((await repair()).hurt).toEqual([
      { packageId: id, path: undefined, message: expect.stringContaining('manifests/') },
    ]);
  });

  test('refuses a truncated log and an empty place, and creates nothing', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().registry.applyHold(id, 'audit');
    await bench().loseCopies();
    await bench().damage('log/0000000000000002');
    await expect(repair()).rejects.toMatchObject({ code: 'INTEGRITY', message: expect.stringContaining('segment 2') });
    const folder = await bench().makeTempDir();
    const { config } = embeddedStoreUnderTest(folder);
    await expect(repairStore(config)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(folder)).toEqual([]);
  });
});

/** Of two packages with the same content, one is damaged and the other one is removed: the bytes that heal the first must stay. */
describe('sound copies elsewhere stay for a package whose own bytes are damaged', () => {
  const tree = { a: noise(3000, 1), b: noise(4000, 2) };
  const flip = (at: number) => (bytes: Buffer) => {
    bytes[at]! ^= 1;
    return bytes;
  };

  async function expectKept(id: string, who: string): Promise<void> {
    passDays(bench(), 30);
    for (let i = 0; i < 3; i++) {
      const { disposed } = await bench().registry.collectGarbage({ includeLast: true, graceMs: DAY_MS });
      expect(disposed).toHaveLength(i === 0 ? 1 : 0);
      expect((await bench().verify(id))[0]!.damage).toEqual([]);
      passDays(bench(), 2);
    }
    expect(await readTree(await bench().extract(id))).toEqual(tree);
    // A missing pack is reported as long as it is needed.
    expect(await faults()).toEqual(who === 'repair' ? ['packs'] : []);
  }

  const finders: [who: string, find: () => Promise<unknown>][] = [
    ['verify', verifyAll],
    ['repair', repair],
  ];

  test.each(finders)('when they were stored after %s found the damage', async (who, find) => {
    const { id } = await bench().archive(tree);
    await bench().damage('packs/', who === 'verify' ? flip(60) : undefined);
    await find();
    await bench().archive({ other: 'other', ...tree }, { retentionClass: 'transient' });
    expect((await bench().verify(id))[0]!.damage).toEqual([]);
    await expectKept(id, who);
  });

  test.each(finders)('when another writer stored them before %s found the damage', async (who, find) => {
    const other = await bench().open();
    const first = await bench().ingest(tree);
    const second = await bench().ingest(
      { other: 'other', ...tree },
      { retentionClass: 'transient', subject: 'other' },
      other,
    );
    await bench().registry.finalizePackage(first);
    const [pack] = await bench().stored('packs/');
    await other.finalizePackage(second);
    await bench().damage(pack!, who === 'verify' ? flip(60) : undefined);
    await find();
    expect((await bench().verify(first))[0]!.damage).toEqual([]);
    await expectKept(first, who);
  });
});

describe('damage that verify finds', () => {
  const flipFirstFrame = (bytes: Buffer) => {
    bytes[60]! ^= 1;
    return bytes;
  };

  test('is reported once, marked, and healed by any archive of the same content', async () => {
    const { registry } = bench();
    const tree = { 'one.txt': noise(3000, 1), 'two.txt': noise(3000, 2) };
    const base = await bench().makeTempDir();
    await writeTree(base, tree);
    // So much later that the stat cache accepts the files.
    bench().now = new Date(Date.now() + 60_000);
    const archive = async () => {
      const id = await registry.createPackage({ producer: 'p', subject: 's', retentionClass: 'transient' });
      await registry.ingestFiles(id, base, await listTree(base));
      return registry.finalizePackage(id);
    };
    const first = await archive();
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual(['one.txt']);
    expect(await verifyAll()).toEqual(['one.txt']);
    expect((await eventTypes()).slice(4)).toEqual(['v1.storage.verified', 'v1.content.damaged', 'v1.storage.verified']);
    expect((await repair()).hurt.map(({ path }) => path)).toEqual(['one.txt']);
    const second = await archive();
    expect(second).toMatchObject({ unreadFiles: 1, reusedFiles: 1 });
    expect(second.storedBytes).toBeGreaterThan(3000);
    expect((await eventTypes()).at(-1)).toBe('v1.content.healed');
    expect(await verifyAll()).toEqual([]);
    expect(await repair()).toEqual(NOTHING);
    for (const { id } of [first, second]) expect(await readTree(await bench().extract(id))).toEqual(tree);
  });

  test('is gone when the bytes are back', async () => {
    await bench().archive({ a: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual(['a']);
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual([]);
    expect((await eventTypes()).slice(-2)).toEqual(['v1.storage.verified', 'v1.content.healed']);
    expect(await faults()).toEqual([]);
  });

  test('affects every package with the content, and is reported once', async () => {
    await bench().archive({ a: noise(3000, 1) });
    await bench().archive({ b: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual(['a', 'b']);
    expect((await eventTypes()).filter((type) => type === 'v1.content.damaged')).toHaveLength(1);
  });

  test('may be outside of a sample; the output says how much was read', async () => {
    const tree = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`file ${i}`, `content ${i}`]));
    const { id, totalBytes } = await bench().archive(tree);
    const sample = async (share: number) =>
      (await collect(bench().registry.verifyPackages([id], undefined, { record: true, sample: share })))[0]!;
    const half = (await sample(0.5)).read!;
    expect(half.files).toBeGreaterThan(100);
    expect(half.files).toBeLessThan(300);
    expect(half.bytes).toBeLessThan(totalBytes);
    expect(await sample(1)).toEqual({ id, files: 400, bytes: totalBytes, damage: [] });
    for (const share of [0, -1, 1.1, Number.NaN]) await expect(sample(share)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('is ignored in packages that are disposed of meanwhile', async () => {
    const first = await bench().archive({ a: 'a' });
    const second = await bench().archive({ b: 'b' }, { retentionClass: 'transient' });
    const seen: string[] = [];
    for await (const { id } of bench().registry.verifyPackages([first.id, second.id], undefined, { record: true })) {
      seen.push(id);
      passDays(bench(), 30);
      await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 });
    }
    expect(seen).toEqual([first.id]);
    passDays(bench(), 1);
    await expect(collect(bench().registry.verifyPackages([second.id]))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is found and not recorded in a read-only store', async () => {
    const { id } = await bench().archive({ a: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);

    const reader = await openStore(bench().store.config, { access: 'read' });
    const [verified] = await collect(reader.verifyPackages([id], undefined, { record: true }));
    await reader.close();
    expect(verified).toMatchObject({ damage: [{ path: 'a' }], unrecorded: { code: 'STORE_UNAVAILABLE' } });
    expect(await bench().registry.verifyEvents()).toBe(4);
  });
});
