/** Registries as caches of one log: several of them, older ones, and those of another log. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '../../src/artifact-store/database/sqlite.ts';
import { eventDigest } from '../../src/artifact-store/log/event-digest.ts';
import { decodeSegment, encodeSegment, segmentDigest, segmentKey } from '../../src/artifact-store/log/segment.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { Bench, useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { collect, noise, type Tree, useTempDirs } from './fixtures.ts';

const makeTempDir = useTempDirs();
const bench = useBench(async () => embeddedStoreUnderTest(temporaryFolder()));
const DAY_MS = 86_400_000;
const TREE: Tree = { 'small.txt': 'small', 'large.bin': noise(1_100_000, 2) };

const opened: Bench[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

beforeEach(() => {
  // Storage uses the real time.
  bench().now = new Date();
});

/** Another registry of the same storage, in its own file. */
async function otherCache(): Promise<Bench> {
  const path = join(temporaryFolder(), 'other.sqlite3');
  const config = { ...bench().store.config, database: { kind: 'sqlite' as const, path } };
  const other = new Bench(
    { config, storage: bench().store.storage, openDatabase: async () => openSqlite(path, 'write') },
    makeTempDir,
  );
  other.now = bench().now;
  opened.push(other);
  other.registry = await other.open();
  return other;
}

async function reopen(...benches: Bench[]): Promise<void> {
  for (const each of benches) {
    await each.registry.close();
    each.registry = await each.open();
  }
}

async function ids(of: Bench): Promise<string[]> {
  return (await of.registry.listPackages()).map(({ id }) => id);
}

/** All see the same, everything is complete, and the log has no gap. */
async function expectAgreed(...benches: Bench[]): Promise<void> {
  await reopen(...benches);
  const [first, ...others] = await Promise.all(
    benches.map(async (each) => [
      await each.registry.listPackages(),
      await each.registry.listHolds(),
      await each.registry.listTombstones(),
      await collect(each.registry.tailEvents()),
      await each.registry.logHead(),
      await each.registry.stats(),
    ]),
  );
  for (const other of others) expect(other).toEqual(first);
  for (const each of benches) {
    expect((await each.verify(...(await ids(each)))).flatMap(({ damage }) => damage)).toEqual([]);
    await each.registry.verifyEvents();
    const findings = await collect(checkStore(each.store.config, { deep: true }));
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
  }
}

function passDays(days: number, ...benches: Bench[]): void {
  for (const each of benches) each.now = new Date(each.now.getTime() + days * DAY_MS);
}

/** Seen to lose one of two packages whose jobs both succeeded. */
describe('two registries of one storage', () => {
  test('see each other’s changes, in turn', async () => {
    const other = await otherCache();
    const first = await bench().archive(TREE, { retentionClass: 'transient' });
    const second = await other.archive({ ...TREE, more: 'more' }, { retentionClass: 'transient' });
    expect(await ids(other)).toEqual([first.id, second.id]);
    const hold = await bench().registry.applyHold(second.id, 'audit');
    await other.registry.extendRetention(first.id, null, 'a treasure');
    passDays(30, bench(), other);
    expect((await other.registry.collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([]);
    await other.registry.releaseHold(hold, 'over');
    await reopen(bench(), other);
    expect((await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([second.id]);
    await expectAgreed(bench(), other);
    expect(await ids(bench())).toEqual([first.id]);
  });

  test('do not answer from an old state that there is nothing to change', async () => {
    const other = await otherCache();
    const first = await bench().archive(TREE);
    const second = await bench().archive({ ...TREE, more: 'more' });
    await bench().registry.addLabel(first.id, 'v1');
    await bench().registry.amendNote(first.id, 'reviewed');
    await other.registry.refresh();
    await bench().registry.moveLabel(second.id, 'v1', 'rolled out');
    await bench().registry.amendNote(first.id, 'withdrawn');
    await expect(other.registry.addLabel(first.id, 'v1')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await other.registry.amendNote(first.id, 'reviewed');
    await bench().registry.refresh();
    expect(await bench().registry.listNotes(first.id)).toMatchObject([{ note: 'reviewed' }]);
  });

  test('do not answer from an old state that a package is there', async () => {
    const source = new Bench(embeddedStoreUnderTest(temporaryFolder()), makeTempDir);
    opened.push(source);
    source.registry = await source.open();
    const { id } = await source.archive(TREE, { retentionClass: 'transient' });
    const bring = (of: Bench) =>
      of.registry.importPackage(source.registry, id, { source: 'store', name: 'other', tagmanifest_sha256: null });
    await bring(bench());
    const other = await otherCache();
    expect(await bring(other)).toMatchObject({ id, isNew: false });
    await bench().registry.purgePackage(id, 'asked for');
    await expect(bring(other)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  test('lose nothing when both write at once', async () => {
    const other = await otherCache();
    const write = async (of: Bench, name: string) => {
      const made: string[] = [];
      for (let i = 0; i < 4; i++) {
        const { id } = await of.archive({ ...TREE, own: `${name} ${i}`, both: `both ${i}` });
        await of.registry.applyHold(id, `${name} ${i}`);
        made.push(id);
      }
      return made;
    };
    const made = (await Promise.all([write(bench(), 'one'), write(other, 'other')])).flat();
    await expectAgreed(bench(), other);
    expect((await ids(bench())).sort()).toEqual(made.sort());
    expect(await bench().registry.listHolds()).toHaveLength(8);
    const sequences = (await collect(other.registry.tailEvents())).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, i) => i + 1));
    expect(await bench().stored('log/')).toHaveLength(16);
  });

  test('lose nothing when one collects garbage while the other archives the same contents', async () => {
    const other = await otherCache();
    const large = noise(1_100_000, 7);
    const made: string[] = [];
    for (let round = 0; round < 3; round++) {
      const tree = { large, small: `small ${round}` };
      // It has expired; storage uses the real time, and removes old objects.
      passDays(-8, bench());
      await bench().archive(tree, { retentionClass: 'transient' });
      passDays(8, bench());
      const [{ id }] = await Promise.all([
        other.archive(tree),
        bench().registry.collectGarbage({ includeLast: true, graceMs: DAY_MS }),
      ]);
      made.push(id);
      await reopen(bench(), other);
    }
    passDays(2, bench(), other);
    expect((await other.registry.collectGarbage({ includeLast: true, graceMs: DAY_MS })).disposed).toEqual([]);
    await expectAgreed(bench(), other);
    expect(await ids(bench())).toEqual(made);
  });

  /** The other registry has reused it, and does not know that it was retired, rewritten or removed. */
  test.each([
    ['retires', DAY_MS, {}],
    ['rewrites', DAY_MS, { 'small.txt': 'small' }],
    ['removes', 0, {}],
  ])('work together when one of them %s packs that the other reuses', async (what, graceMs, kept) => {
    const other = await otherCache();
    const tree = { ...TREE, waste: noise(60_000, 9) };
    await bench().archive(tree, { retentionClass: 'transient' });
    if (Object.keys(kept).length > 0) await bench().archive(kept);
    await reopen(other);
    const id = await other.ingest(tree);
    passDays(30, bench(), other);
    const report = await bench().registry.collectGarbage({ includeLast: true, graceMs });
    expect(report).toMatchObject({
      retired: { objects: what === 'rewrites' ? 0 : 1 },
      rewritten: { objects: what === 'rewrites' ? 1 : 0 },
      removed: { objects: what === 'removes' ? 1 : 0 },
    });
    if (what === 'removes') {
      await expect(other.registry.finalizePackage(id)).rejects.toMatchObject({ code: 'INTEGRITY' });
      await other.registry.abandonPackage(id);
      await other.archive(tree);
    } else {
      await other.registry.finalizePackage(id);
    }
    passDays(2, bench(), other);
    await reopen(bench(), other);
    await bench().registry.collectGarbage({ includeLast: true, graceMs });
    await expectAgreed(bench(), other);
  });
});

function databaseFile(of: Bench): string {
  const { database } = of.store.config;
  return database.kind === 'sqlite' ? database.path : '';
}

function storageRoot(of: Bench): string {
  const { storage } = of.store.config;
  return storage.kind === 'local' ? storage.root : '';
}

/** Seen to go unnoticed, and gc to delete the newer packages, even those on hold. */
test('a registry restored from a backup reads the newer log', async () => {
  const first = await bench().archive(TREE);
  await bench().registry.close();
  const backup = readFileSync(databaseFile(bench()));
  bench().registry = await bench().open();
  const second = await bench().archive({ ...TREE, more: noise(9000, 3) }, { retentionClass: 'transient' });
  await bench().registry.applyHold(second.id, 'audit');
  const third = await bench().archive({ third: noise(9000, 4) });
  const head = await bench().registry.logHead();
  await bench().registry.close();
  writeFileSync(databaseFile(bench()), backup);
  const reader = await openStore(bench().store.config, { access: 'read' });
  expect((await reader.listPackages()).map(({ id }) => id)).toEqual([first.id, second.id, third.id]);
  expect(await reader.logHead()).toEqual(head);
  await reader.close();
  expect(readFileSync(databaseFile(bench()))).toEqual(backup);
  bench().registry = await bench().open();
  passDays(365, bench());
  expect(await bench().registry.collectGarbage({ includeLast: true, graceMs: 0 })).toMatchObject({
    disposed: [],
    retired: { objects: 0 },
    orphans: { objects: 0 },
  });
  await bench().archive({ fourth: 'fourth' });
  await expectAgreed(bench());
  expect(await ids(bench())).toHaveLength(4);
});

/** Seen to archive packages that cannot be restored, and to delete the packs of another store. */
describe('a registry of another log is refused, and left unchanged', () => {
  async function expectRefused(
    code: string,
    expected: RegExp,
    accesses: readonly ('read' | 'write')[] = ['write', 'read'],
  ): Promise<void> {
    await bench().registry.close();
    const files = () => [readFileSync(databaseFile(bench())), treeOf(storageRoot(bench()))];
    const before = files();
    for (const access of accesses) {
      const refused = openStore(bench().store.config, { access });
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(expected) });
    }
    expect(files()).toEqual(before);
  }

  const storeId = (of: Bench) => JSON.parse(readFileSync(join(storageRoot(of), 'store.json'), 'utf8')).store_id;

  async function otherStore(): Promise<Bench> {
    const other = new Bench(embeddedStoreUnderTest(temporaryFolder()), makeTempDir);
    opened.push(other);
    other.registry = await other.open();
    await other.archive({ other: 'other' });
    return other;
  }

  test('a registry of another store', async () => {
    const other = await otherStore();
    await bench().archive(TREE);
    const [mine, theirs] = [storeId(bench()), storeId(other)];
    bench().store.config.storage = other.store.config.storage;
    await expectRefused('CONFIG_INVALID', new RegExp(`registry belongs to store ${mine}.* storage to store ${theirs}`));
  });

  test('a storage that was emptied', async () => {
    await bench().archive(TREE);
    const mine = storeId(bench());
    for (const key of await bench().stored('')) await bench().store.storage.delete(key);
    // Readers find that its objects are missing.
    await expectRefused('STATE_CONFLICT', new RegExp(`${mine}.*segment 1.*no "store.json"`), ['write']);
  });

  test('a log cut at its end', async () => {
    const { id } = await bench().archive(TREE);
    await bench().registry.applyHold(id, 'audit');
    await bench().loseCopies();
    rmSync(join(storageRoot(bench()), 'log/0000000000000002'));
    await expectRefused('INTEGRITY', /followed the log to segment 2.*ends with segment 1.*rebuild/);
  });

  test('an empty log', async () => {
    await bench().archive(TREE);
    await bench().loseCopies();
    rmSync(join(storageRoot(bench()), 'log/0000000000000001'));
    await expectRefused('INTEGRITY', /followed the log to segment 1.*is empty.*rebuild/);
  });

  test('a log with a gap', async () => {
    const { id } = await bench().archive(TREE);
    const other = await otherCache();
    for (const reason of ['one', 'two']) await other.registry.applyHold(id, reason);
    await bench().loseCopies();
    rmSync(join(storageRoot(bench()), 'log/0000000000000002'));
    await expectRefused('INTEGRITY', /no segment 2.*continues to 3/);
  });

  test.each([
    ['have a gap', 1, undefined],
    ['continue another event', 0, Buffer.alloc(32)],
  ])('a log whose newest events %s', async (_, skipped, before) => {
    await bench().archive(TREE);
    const file = (segment: number) => join(storageRoot(bench()), segmentKey(segment));
    const bytes = readFileSync(file(1));
    const { storeId, events } = decodeSegment(1, bytes);
    const last = events.at(-1)!;
    const event = { ...last, sequence: last.sequence + 1 + skipped, previous_digest: before ?? eventDigest(last) };
    const forged = { segment: 2, storeId, previous: segmentDigest(bytes), events: [event], packs: new Map() };
    writeFileSync(file(2), encodeSegment(forged));
    await expectRefused('INTEGRITY', /Segment 2 begins with event \d+, which does not follow event \d+/);
  });

  /** As restored from a backup, and written to by others since. */
  test.each([
    ['and is as long as the known log', 1],
    ['and is longer', 2],
  ])('a log that was reset and continued differently, %s', async (_, holds) => {
    const { id } = await bench().archive(TREE);
    const backup = temporaryFolder();
    cpSync(storageRoot(bench()), backup, { recursive: true });
    await bench().registry.applyHold(id, 'mine');
    rmSync(storageRoot(bench()), { recursive: true });
    cpSync(backup, storageRoot(bench()), { recursive: true });
    const other = await otherCache();
    for (let i = 0; i < holds; i++) await other.registry.applyHold(id, 'mine');
    await bench().registry.close();
    const files = () => [readFileSync(databaseFile(bench())), treeOf(storageRoot(bench()))];
    const before = files();
    await expect(bench().open()).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringMatching(/Segment (2|3) .*(changed|followed a different).*rebuild/),
    });
    expect(files()).toEqual(before);
  });
});
