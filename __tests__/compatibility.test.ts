import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { FORMAT_VERSION } from '../src/artifact-store/database/migrations.ts';
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
import { refusal, repository, temporaryFolder, treeOf, writeTree } from './infospace/fixtures.ts';

/** Seen to fail when a migration lacks a column, and when the manifest has another name in a self-contained file. */

const golden = join(repository, '__tests__/golden/stores');
const VERSIONS = readdirSync(golden).filter((name) => /^v\d+$/.test(name));

/** An infospace with a store and an index of that version, and nothing else left in it. */
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

/** Its registry lost. */
function emptied(root: string): string {
  rmSync(registryFile(root));
  return root;
}

/** What `find` and `sha256sum` said of the n-th package when it was made. */
function expected(version: string, n: number): string[] {
  return [`${n}.list`, `${n}.sha256`].flatMap((file) =>
    readFileSync(join(golden, version, file), 'utf8')
      .trim()
      .split('\n'),
  );
}

/** The same of a restored folder. */
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

async function openOld(root: string) {
  return openRegistry(root, {}, 'write');
}

test('the present format has a golden store', () => {
  expect(VERSIONS).toContain(`v${FORMAT_VERSION}`);
});

describe.each(VERSIONS)('a store of format %s', (version) => {
  test('is listed, verified and restored, with its holds and its audit log', async () => {
    const root = oldInfospace(version);
    const recorded = eventsIn(registryFile(root));
    const registry = await openOld(root);
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
    await registry.verifyEvents();
    expect(await registry.eventHead()).toMatchObject({ sequence: recorded.length });
    await registry.close();
    expect(eventsIn(registryFile(root))).toEqual(recorded);
  });

  test('takes new packages, which reuse what it has', async () => {
    const root = oldInfospace(version);
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
    await registry.close();
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

  test('gave a self-contained file that is restored', async () => {
    const bag = await openBag(join(golden, version, 'package.bag.tar.zst'));
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive(bag.summary.id, { registry: bag, target });
    expect(found(target).toSorted()).toEqual(expected(version, 2).toSorted());
  });
});

test('a registry of format 1 is not changed by who only reads', async () => {
  const root = oldInfospace('v1');
  const before = readFileSync(registryFile(root));
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  expect(found(target).toSorted()).toEqual(expected('v1', 3).toSorted());
  const registry = await openRegistry(root, {}, 'read');
  expect((await registry.getRetentionState((await registry.listPackages())[0]!.id)).holds).toHaveLength(1);
  expect(await registry.listTombstones()).toEqual([]);
  await registry.close();
  expect(readFileSync(registryFile(root))).toEqual(before);
});

describe('of a version that does not exist yet', () => {
  test('a registry is refused by name', async () => {
    const root = oldInfospace(`v${FORMAT_VERSION}`);
    const database = new SQLite(registryFile(root));
    database.exec(`update store_info set format_version = ${FORMAT_VERSION + 1}`);
    database.close();
    for (const access of ['read', 'write'] as const) {
      await expect(openRegistry(root, {}, access)).rejects.toMatchObject(
        refusal('FORMAT_UNSUPPORTED', `format version ${FORMAT_VERSION + 1}`, 'upgrade'),
      );
    }
  });

  test('a manifest is refused by name', async () => {
    const root = oldInfospace(`v${FORMAT_VERSION}`);
    for (const file of filesBelow(root, 'manifests')) setFutureVersion(file);
    await expect(
      restoreArchive('latest', { from: root, target: join(temporaryFolder(), 'restored') }),
    ).rejects.toMatchObject(refusal('FORMAT_UNSUPPORTED', 'newer than', 'upgrade'));
  });

  test.each(['packs', 'objects', 'events'])('what lies below %s is refused by name', async (folder) => {
    const root = oldInfospace(`v${FORMAT_VERSION}`);
    for (const file of filesBelow(root, folder)) setFutureVersion(file);
    await expect(rebuildStore(storeOf(emptied(root), {}))).rejects.toMatchObject(
      refusal('FORMAT_UNSUPPORTED', 'newer than', 'upgrade'),
    );
  });
});

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, 'output/archives/.store/storage', folder), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

/** The version stands after the four letters of the magic. */
/** More than any format will have for long. */
const FUTURE_VERSION = 1000;

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
