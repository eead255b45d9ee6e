import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { STORE_FORMAT } from '../src/artifact-store/commit/store-file.ts';
import { FORMAT_VERSION } from '../src/artifact-store/database/migrations.ts';
import { openSqlite } from '../src/artifact-store/database/sqlite.ts';
import { decodeCbor } from '../src/artifact-store/encoding/cbor.ts';
import { checkStore } from '../src/artifact-store/maintenance/check-store.ts';
import { repairStore } from '../src/artifact-store/maintenance/repair-store.ts';
import { openStore } from '../src/artifact-store/open-store.ts';
import type { Registry } from '../src/artifact-store/registry.ts';
import type { StorageBackend } from '../src/artifact-store/storage/backend.ts';
import { LocalStorage } from '../src/artifact-store/storage/local.ts';
import {
  annotateRetention,
  archiveInfospace,
  listArchives,
  openBag,
  openRegistry,
  rebuildStore,
  restoreArchive,
  storeOf,
} from '../src/index.ts';
import { collect } from './artifact-store/fixtures.ts';
import { Bench } from './contracts/registry/bench.ts';
import { refusal, repository, temporaryFolder, treeOf, writeTree } from './infospace/fixtures.ts';

/** Seen to fail when a migration lacks a column, and when the manifest has another name in a self-contained file. */

const golden = join(repository, '__tests__/golden/stores');
const VERSIONS = readdirSync(golden).filter((name) => /^v\d+$/.test(name));
/** Formats 1 and 2, whose log is migrated. */
const LEGACY = VERSIONS.filter((version) => !existsSync(join(golden, version, 'store/storage/store.json')));

/** An infospace with only a store and an index of that version. */
function oldInfospace(version: string): string {
  const root = writeTree(join(temporaryFolder(), 'atlas'), { 'infospace.yaml': 'slug: atlas\n' });
  mkdirSync(join(root, 'output/archives'), { recursive: true });
  cpSync(join(golden, version, 'store'), join(root, 'output/archives/.store'), { recursive: true });
  cpSync(join(golden, version, 'index.yaml'), join(root, 'output/archives/index.yaml'));
  return root;
}

function registryFile(root: string): string {
  return join(root, 'output/archives/.store/registry.sqlite3');
}

/** The same without its registry. */
function emptied(root: string): string {
  rmSync(registryFile(root));
  return root;
}

/** The output of `find` and `sha256sum` for the n-th package when it was made. */
function expected(version: string, n: number): string[] {
  return [`${n}.list`, `${n}.sha256`].flatMap((file) =>
    readFileSync(join(golden, version, file), 'utf8')
      .trim()
      .split('\n'),
  );
}

/** The same for a restored folder. */
function found(folder: string): string[] {
  const tree = Object.entries(treeOf(folder)).map(
    ([path, what]) => [Buffer.from(path, 'latin1').toString(), what] as const,
  );
  const isEmpty = (path: string) => !tree.some(([other]) => other !== path && other.startsWith(path));
  const list = tree.flatMap(([path, what]) => {
    if (what === 'folder') return isEmpty(path) ? [`folder ${path.slice(0, -1)}`] : [];
    if (what.startsWith('link to ')) return [`link ${path} ${what.slice('link to '.length)}`];
    return [`${what.startsWith('script') ? 'executable' : 'file'} ${path}`];
  });
  const digests = tree.flatMap(([path, what]) =>
    /^(file|script) /.test(what)
      ? [
          `${createHash('sha256')
            .update(readFileSync(join(folder, path)))
            .digest('hex')}  ${path}`,
        ]
      : [],
  );
  return [...list, ...digests];
}

async function openOld(root: string): Promise<Registry> {
  return openRegistry(root, {}, 'write');
}

async function eventsOf(registry: Registry): Promise<unknown[]> {
  return collect(registry.tailEvents());
}

/** The findings of a deep check. */
async function faultsOf(root: string): Promise<string[]> {
  const findings = await collect(checkStore(storeOf(root, {}), { deep: true }));
  return findings.filter(({ status }) => status !== 'ok').map(({ what, detail }) => `${what}: ${detail}`);
}

test('the current format has a golden store', () => {
  expect(VERSIONS).toContain(`v${STORE_FORMAT}`);
});

describe.each(VERSIONS)('a store of format %s', (version) => {
  test('is listed, verified and restored unchanged, with its holds and its audit log', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    const before = treeOf(join(root, 'output/archives/.store'));
    const registry = await openRegistry(root, {}, 'read');
    const records = await listArchives(root);
    expect(records.map(({ note }) => note)).toEqual(['first edition', 'second edition', null]);
    const annotated = await annotateRetention(records, registry);
    expect(annotated.map(({ retention }) => retention?.holds.map(({ reason }) => reason))).toEqual([
      ['kept for a test'],
      [],
      [],
    ]);
    expect((await registry.listPackages()).map(({ id }) => id)).toEqual(records.map((record) => record.package_id));
    for await (const { damage, files } of registry.verifyPackages(records.map((record) => record.package_id))) {
      expect(damage).toEqual([]);
      expect(files).toBeGreaterThan(3);
    }
    for (const [i, record] of records.entries()) {
      const target = join(temporaryFolder(), 'restored');
      await restoreArchive(record.manifest_digest, { registry, target });
      expect(found(target).toSorted()).toEqual(expected(version, i + 1).toSorted());
    }
    expect(await registry.verifyEvents()).toBe(recorded.length);
    expect(await eventsOf(registry)).toEqual(recorded);
    // The stores since format 3 had drafts that were removed again.
    const disposed = (await registry.listTombstones()).map(({ subject }) => subject);
    expect(disposed).toEqual(LEGACY.includes(version) ? [] : ['draft', 'draft']);
    await registry.close();
    expect(treeOf(join(root, 'output/archives/.store'))).toEqual(before);
  });

  test('accepts new packages, which reuse its contents', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    const [first] = await listArchives(root);
    const registry = await openOld(root);
    rmSync(join(root, 'infospace.yaml'));
    await restoreArchive(first!.package_id, { registry, target: root, force: true });
    const again = await archiveInfospace(root, { registry });
    expect(again).toMatchObject({ changed: true, storedBytes: expect.any(Number), reusedFiles: 27 });
    expect(again.record.content_digest).toBe(first!.content_digest);
    writeTree(root, { 'reports/new.md': 'new\n' });
    const { record } = await archiveInfospace(root, { registry });
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive(record.package_id, { registry, target });
    expect(readFileSync(join(target, 'reports/new.md'), 'utf8')).toBe('new\n');
    expect(await listArchives(root)).toHaveLength(5);
    await registry.verifyEvents();
    expect((await eventsOf(registry)).slice(0, recorded.length)).toEqual(recorded);
    await registry.close();
    expect(await faultsOf(root)).toEqual([]);
    // A reader with only the storage sees the same.
    const { packages, events } = await rebuildStore(storeOf(emptied(root), {}));
    expect([packages, events]).toEqual([5, eventsIn(registryFile(root)).length]);
    expect(await faultsOf(root)).toEqual([]);
  });

  test('is rebuilt from its storage alone', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    await rebuildStore(storeOf(emptied(root), {}));
    expect(eventsIn(registryFile(root))).toEqual(recorded);
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive('latest', { from: root, target });
    expect(found(target).toSorted()).toEqual(expected(version, 3).toSorted());
  });

  test('wrote a self-contained file that is restored', async () => {
    const bag = await openBag(join(golden, version, 'package.bag.tar.zst'));
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive(bag.summary.id, { registry: bag, target });
    expect(found(target).toSorted()).toEqual(expected(version, 2).toSorted());
  });
});

/** Seen to be lost again: the chunks that healed it were removed with the package that brought them. */
test('a content stored as a whole stays healed after damage', async () => {
  const root = oldInfospace('v3');
  const storage = new LocalStorage(join(root, 'output/archives/.store/storage'));
  const openDatabase = async () => openSqlite(registryFile(root), 'write');
  const bench = new Bench({ config: storeOf(root, {}), storage, openDatabase }, async () => temporaryFolder());
  bench.registry = await bench.open();
  const [old] = await bench.registry.listPackages();
  const large = Buffer.alloc(2_500_000, 'a');
  const damaged = async () => {
    const verified = await collect(bench.registry.verifyPackages([old!.id], undefined, { record: true }));
    return verified.flatMap(({ damage }) => damage.map(({ path }) => path));
  };
  expect((await bench.archive({ same: large })).reusedFiles).toBe(1);
  await bench.damage('objects/');
  expect(await damaged()).toEqual(['output/large.txt']);
  await bench.archive({ large }, { retentionClass: 'transient', subject: 'another' });
  expect(await damaged()).toEqual([]);
  bench.now = new Date('2026-11-30T00:00:00Z');
  expect((await bench.registry.collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toHaveLength(1);
  expect(await damaged()).toEqual([]);
  await bench.close();
});

describe.each(LEGACY)('a store of format %s', (version) => {
  const storageOf = (root: string) => join(root, 'output/archives/.store/storage');
  const storeFile = (root: string) => join(storageOf(root), 'store.json');

  test('is migrated by the first write, whose segment refers to the old log', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    const old = treeOf(storageOf(root));
    const registry = await openOld(root);
    const { digest } = await registry.eventHead();
    const [first] = await registry.listPackages();
    await registry.applyHold(first!.id, 'after the migration');
    const events = await collect(registry.tailEvents(recorded.length));
    await registry.close();
    expect(events.map(({ event_type }) => event_type)).toEqual(['v1.store.migrated', 'v1.hold.applied']);
    expect(decodeCbor(events[0]!.payload)).toMatchObject({ sequence: recorded.length, digest });
    const { legacy, ...about } = JSON.parse(readFileSync(storeFile(root), 'utf8'));
    expect(about).toMatchObject({ format: STORE_FORMAT, store_id: events[0]!.subject_id });
    expect(legacy).toEqual({ sequence: recorded.length, digest });
    // No object of the older version is changed.
    expect(treeOf(storageOf(root))).toMatchObject(old);
    const file = readFileSync(storeFile(root), 'utf8');
    rmSync(storeFile(root));
    await rebuildStore(storeOf(root, {}));
    expect(readFileSync(storeFile(root), 'utf8')).toBe(file);
  });

  test('survives an interrupted migration', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    await (await openOld(root)).close();
    const output = readFileSync(storeFile(root), 'utf8');
    // The last step of a migration.
    rmSync(storeFile(root));
    const reader = await openRegistry(root, {}, 'read');
    expect(await eventsOf(reader)).toEqual(recorded);
    await reader.close();
    const registry = await openOld(root);
    await registry.applyHold((await registry.listPackages())[0]!.id, 'after the migration');
    expect((await registry.listPackages()).length).toBe(3);
    await registry.close();
    expect(readFileSync(storeFile(root), 'utf8')).toBe(output);
    expect(await faultsOf(root)).toEqual([]);
  });

  test('is refused when its registry is lost, until it is rebuilt', async () => {
    const root = emptied(oldInfospace(version));
    const before = treeOf(root);
    await expect(openOld(root)).rejects.toMatchObject(refusal('STATE_CONFLICT', 'store rebuild'));
    await expect(openRegistry(root, {}, 'read')).rejects.toMatchObject({ name: 'ArchiveError' });
    expect(treeOf(root)).toEqual(before);
    await rebuildStore(storeOf(root, {}));
    const registry = await openOld(root);
    expect(await registry.listPackages()).toHaveLength(3);
    await registry.close();
  });

  test('is refused before any change when its registry is older than its log', async () => {
    const root = oldInfospace(version);
    const database = new SQLite(registryFile(root));
    const last = database.prepare('select max(sequence) from events').pluck().get() as number;
    database
      .prepare('update event_head set sequence = ?, digest = (select previous_digest from events where sequence = ?)')
      .run(last - 1, last);
    database.prepare('delete from events where sequence = ?').run(last);
    database.close();
    const before = treeOf(root);
    await expect(openOld(root)).rejects.toMatchObject(refusal('STATE_CONFLICT', `event ${last - 1},`, 'store rebuild'));
    expect(treeOf(root)).toEqual(before);
  });

  /** Seen to be retired, since the package's needs were unknown. */
  test('keeps the contents of a package that is held just before a collection disposes of it', async () => {
    const root = oldInfospace(version);
    await (await openOld(root)).close();
    const config = storeOf(root, {});
    const storage = new LocalStorage(storageOf(root));
    const bench = new Bench(
      { config, storage, openDatabase: async () => openSqlite(registryFile(root), 'write') },
      async () => temporaryFolder(),
    );
    // The third package has expired by then.
    bench.now = new Date('2030-01-01T00:00:00Z');
    const other = await bench.open();
    const last = (await other.listPackages()).at(-1)!;
    let isHeld = false;
    const get: StorageBackend['get'] = async (key, range) => {
      if (key.startsWith('manifests/') && !isHeld) {
        isHeld = true;
        await other.applyHold(last.id, 'just in time');
      }
      return storage.get(key, range);
    };
    const registry = await bench.openWith({ storage: bench.storageWith({ get }) });
    for (let i = 0; i < 2; i++) {
      expect(await registry.collectGarbage({ includeLast: true, graceMs: 0 })).toMatchObject({
        disposed: [],
        retired: { objects: 0 },
      });
      const verified = await collect(registry.verifyPackages([last.id]));
      expect(verified).toMatchObject([{ id: last.id, damage: [] }]);
    }
    expect(isHeld).toBe(true);
    await bench.close();
    expect(await faultsOf(root)).toEqual([]);
  });

  test('loses nothing to a collection that does not know the needs of a package', async () => {
    const root = oldInfospace(version);
    const [first] = await listArchives(root);
    const hex = first!.manifest_digest.slice('blake3:'.length);
    const manifest = join(storageOf(root), 'manifests', hex.slice(0, 2), hex);
    const bytes = readFileSync(manifest);
    writeFileSync(manifest, bytes.subarray(0, -1));
    // The third package has expired by then.
    const now = () => new Date('2030-01-01T00:00:00Z');
    const registry = await openStore(storeOf(root, {}), { access: 'write', now, storageNow: now });
    const before = await registry.eventHead();
    await expect(registry.collectGarbage({ includeLast: true, graceMs: 0 })).rejects.toMatchObject(
      refusal('INTEGRITY', hex),
    );
    expect(await registry.eventHead()).toEqual(before);
    writeFileSync(manifest, bytes);
    const day = 86_400_000;
    const [disposed] = (await registry.collectGarbage({ includeLast: true, graceMs: day })).disposed;
    const digest = (await registry.getTombstone(disposed!))!.manifestDigest.slice('blake3:'.length);
    const disposedManifest = join(storageOf(root), 'manifests', digest.slice(0, 2), digest);
    writeFileSync(disposedManifest, readFileSync(disposedManifest).subarray(0, -1));
    expect(await registry.collectGarbage({ includeLast: true, graceMs: day })).toMatchObject({ disposed: [] });
    const left = (await registry.listPackages()).map(({ id }) => id);
    for (const { damage } of await collect(registry.verifyPackages(left))) expect(damage).toEqual([]);
    await registry.close();
    expect(await faultsOf(root)).toEqual([]);
  });
});

describe('of a version that does not exist yet', () => {
  test('a registry is refused by its version', async () => {
    const root = oldInfospace(`v${STORE_FORMAT}`);
    const database = new SQLite(registryFile(root));
    database.exec(`update store_info set format_version = ${FORMAT_VERSION + 1}`);
    database.close();
    for (const access of ['read', 'write'] as const) {
      await expect(openRegistry(root, {}, access)).rejects.toMatchObject(
        refusal('FORMAT_UNSUPPORTED', `format version ${FORMAT_VERSION + 1}`, 'upgrade'),
      );
    }
  });

  test('a manifest is refused by its version', async () => {
    const root = oldInfospace(`v${STORE_FORMAT}`);
    for (const file of filesBelow(root, 'manifests')) setFutureVersion(file);
    await expect(
      restoreArchive('latest', { from: root, target: join(temporaryFolder(), 'restored') }),
    ).rejects.toMatchObject(refusal('FORMAT_UNSUPPORTED', 'newer than', 'upgrade'));
  });

  test.each([
    ['v2', 'packs'],
    ['v2', 'objects'],
    ['v2', 'events'],
    [`v${STORE_FORMAT}`, 'log'],
  ])('in a store of format %s, an object below %s is refused by its version', async (version, folder) => {
    const root = oldInfospace(version);
    for (const file of filesBelow(root, folder)) setFutureVersion(file);
    await expect(rebuildStore(storeOf(emptied(root), {}))).rejects.toMatchObject(
      refusal('FORMAT_UNSUPPORTED', 'newer than', 'upgrade'),
    );
  });

  test.each([
    [`v${STORE_FORMAT}`, 'packs'],
    ['v3', 'objects'],
  ])('in a store of format %s, an object below %s is not reported as damaged', async (version, folder) => {
    const root = oldInfospace(version);
    for (const file of filesBelow(root, folder)) setFutureVersion(file);
    await expect(repairStore(storeOf(root, {}))).rejects.toMatchObject(refusal('FORMAT_UNSUPPORTED', 'newer than'));
    expect(await faultsOf(root)).toEqual([expect.stringMatching(/^packs: .*newer than/)]);
  });
});

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, 'output/archives/.store/storage', folder), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

/** A version that no format will have soon. */
const FUTURE_VERSION = 1000;

/** The version follows the four letters of the magic. */
function setFutureVersion(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeUInt16LE(FUTURE_VERSION, 4);
  writeFileSync(file, bytes);
}

function eventsIn(file: string): unknown[] {
  const database = new SQLite(file, { readonly: true });
  try {
    return database.prepare('select * from events order by sequence').all();
  } finally {
    database.close();
  }
}
