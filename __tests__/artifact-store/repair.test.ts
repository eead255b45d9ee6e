import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { type RepairedStore, repairStore } from '../../src/artifact-store/maintenance/repair-store.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { collect, listTree, noise, readTree, writeTree } from './fixtures.ts';
import { makeHistory, misplaceContents, passDays, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();
const NOTHING: RepairedStore = { mirrored: [], dropped: [], added: [], found: 0, hurt: [] };

function repair(): Promise<RepairedStore> {
  return repairStore(bench().store.config);
}

/** What a deep check finds wrong. */
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
  test('leaves a sound store as it is', async () => {
    await makeHistory(bench());
    const before = [await bench().rows(), await bench().stored('')];
    expect(await repair()).toEqual(NOTHING);
    expect([await bench().rows(), await bench().stored('')]).toEqual(before);
  });

  test('mirrors events again whose segment is gone or damaged', async () => {
    const { id } = await bench().archive({ a: 'a' });
    for (const reason of ['one', 'two', 'three']) await bench().registry.applyHold(id, reason);
    const before = await bench().stored('events/');
    await bench().damage('events/0000000000000005');
    await bench().damage('events/0000000000000007', () => Buffer.from('ASEV'));
    expect(await repair()).toEqual({
      ...NOTHING,
      mirrored: [
        { first: 5, last: 5 },
        { first: 7, last: 7 },
      ],
    });
    expect(await bench().stored('events/')).toEqual(before);
    expect(await faults()).toEqual([]);
  });

  test('mirrors again a log of which nothing is left', async () => {
    await makeHistory(bench());
    const newest = await bench().registry.verifyEvents();
    for (const key of await bench().stored('events/')) await bench().store.storage.delete(key);
    expect(await repair()).toEqual({ ...NOTHING, mirrored: [{ first: 1, last: newest }] });
    expect(await faults()).toEqual([]);
  });

  test('names packs again that lost their rows, and those alone that were not removed', async () => {
    await makeHistory(bench());
    const packs = (await bench().rows())['packs'] as { storage_key: string }[];
    await bench().inDatabase(async (db) => {
      await db.deleteFrom('contents').execute();
      await db.deleteFrom('packs').execute();
    });
    const { added, ...rest } = await repair();
    expect({ ...rest, added: [] }).toEqual(NOTHING);
    expect(added.sort()).toEqual(packs.map(({ storage_key }) => storage_key).sort());
    expect(await faults()).toEqual([]);
    expect(await verifyAll()).toEqual([]);
  });

  test('finds contents again that lost their row or lie elsewhere than it says', async () => {
    await bench().archive({ a: 'first', b: 'second', c: 'third', d: 'fourth' });
    await misplaceContents(bench());
    expect(await repair()).toEqual({ ...NOTHING, found: 3 });
    expect(await faults()).toEqual([]);
    expect(await verifyAll()).toEqual([]);
  });

  test('forgets packs that are gone and names the files that are hurt; the next archive heals them', async () => {
    const lost = await bench().archive({ 'large/a': noise(1_100_000, 1), b: 'b' });
    const [object] = await bench().stored('objects/');
    await bench().damage('objects/');
    const { hurt, ...done } = await repair();
    expect(done).toEqual({ mirrored: [], dropped: [object], added: [], found: 0 });
    expect(hurt).toEqual([
      { packageId: lost.id, path: 'large/a', message: expect.stringMatching(/"large\/a".*missing.*archive it again/) },
    ]);
    await bench().archive({ copy: noise(1_100_000, 1) });
    expect(await repair()).toEqual(NOTHING);
    expect(await verifyAll()).toEqual([]);
  });

  test('names a pack again whose object came back', async () => {
    await bench().archive({ 'large/a': noise(1_100_000, 1) });
    const [object] = await bench().stored('objects/');
    const bytes = await bench().store.storage.get(object!);
    await bench().damage('objects/');
    expect((await repair()).dropped).toEqual([object]);
    await bench().store.storage.put(object!, [bytes]);
    expect(await repair()).toEqual({ ...NOTHING, added: [object] });
    expect(await verifyAll()).toEqual([]);
  });

  test('names packages whose manifest is gone', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().damage('manifests/');
    expect((await repair()).hurt).toEqual([
      { packageId: id, path: undefined, message: expect.stringContaining('manifests/') },
    ]);
  });

  test('refuses a log that was changed, an empty place, and an empty registry', async () => {
    await bench().archive({ a: 'a' });
    await bench().inDatabase((db) => db.updateTable('events').set({ actor: 'x' }).where('sequence', '=', 2).execute());
    await expect(repair()).rejects.toMatchObject({ code: 'INTEGRITY', message: expect.stringContaining('sequence 2') });
    const folder = await bench().makeTempDir();
    const elsewhere = { kind: 'sqlite', path: `${folder}/none/registry` } as const;
    const config = { ...bench().store.config, database: elsewhere };
    await expect(repairStore(config)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await initStore(config);
    await expect(repairStore(config)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });
});

describe('damage that verify finds', () => {
  const flipFirstFrame = (bytes: Buffer) => {
    bytes[60]! ^= 1;
    return bytes;
  };

  test('is told once, marked, and healed by any archive of the same content', async () => {
    const { registry } = bench();
    const tree = { 'one.txt': noise(3000, 1), 'two.txt': noise(3000, 2) };
    const base = await bench().makeTempDir();
    await writeTree(base, tree);
    // So much later that the stat cache takes the files.
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

  test('is no more when the bytes are back', async () => {
    await bench().archive({ a: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual(['a']);
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual([]);
    expect((await eventTypes()).slice(-2)).toEqual(['v1.storage.verified', 'v1.content.healed']);
    expect(await faults()).toEqual([]);
  });

  test('hurts every package that shares the content, and is told once', async () => {
    await bench().archive({ a: noise(3000, 1) });
    await bench().archive({ b: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);
    expect(await verifyAll()).toEqual(['a', 'b']);
    expect((await eventTypes()).filter((type) => type === 'v1.content.damaged')).toHaveLength(1);
  });

  test('is in a sample or not; all of it says how much that was', async () => {
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

  test("in packages that are disposed of meanwhile is nobody's concern", async () => {
    const first = await bench().archive({ a: 'a' });
    const second = await bench().archive({ b: 'b' }, { retentionClass: 'transient' });
    const seen: string[] = [];
    for await (const { id } of bench().registry.verifyPackages([first.id, second.id], undefined, { record: true })) {
      seen.push(id);
      passDays(bench(), 30);
      await bench().registry.collectGarbage({ graceMs: 0 });
    }
    expect(seen).toEqual([first.id]);
    passDays(bench(), 1);
    await expect(collect(bench().registry.verifyPackages([second.id]))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('in a store that cannot be written is found, and not told', async () => {
    const { id } = await bench().archive({ a: noise(3000, 1) });
    await bench().damage('packs/', flipFirstFrame);

    const reader = await openStore(bench().store.config, { access: 'read' });
    const [verified] = await collect(reader.verifyPackages([id], undefined, { record: true }));
    await reader.close();
    expect(verified).toMatchObject({ damage: [{ path: 'a' }], unrecorded: { code: 'STORE_UNAVAILABLE' } });
    expect(await bench().registry.verifyEvents()).toBe(4);
  });
});
