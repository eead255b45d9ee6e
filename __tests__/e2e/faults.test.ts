/**
 * Faults around an archive. Broken versions of the code that this was seen to find: a locked database is not awaited;
 * the index is the one read before the archive; events are read by their time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { archiveInfospace, listArchives, openRegistry, restoreArchive } from '../../src/index.ts';
import { storeOf } from '../../src/infospace/infospace-store.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { eventsOf } from '../cli/fixtures.ts';
import {
  callAsOrdinaryUser,
  contentOf,
  filesOf,
  giveToOrdinaryUser,
  indexFile,
  mountTmpfs,
  noise,
  ordinaryUserCanRun,
  refusal,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';

/** The state that a failed archive must not change. */
async function visible(root: string, storeRoot?: string): Promise<unknown> {
  const registry = await openRegistry(root, { storeRoot }, 'read');
  try {
    const index = existsSync(indexFile(root)) ? readFileSync(indexFile(root), 'utf8') : undefined;
    return [index, await registry.listPackages(), await registry.verifyEvents()];
  } finally {
    await registry.close();
  }
}

describe('without permission', () => {
  let able = false;
  beforeAll(async () => {
    able = await ordinaryUserCanRun();
    if (!able) process.stderr.write('skipped: an ordinary user cannot read this checkout\n');
  });

  /** An infospace of an ordinary user, archived once. */
  async function ownedInfospace(): Promise<string> {
    const root = sampleInfospace();
    await archiveInfospace(root);
    giveToOrdinaryUser(join(root, '..'));
    return root;
  }

  test.each([
    ['file', 'output/result.json'],
    ['folder', 'artifacts/data'],
  ])('an unreadable %s is reported by name, and nothing is archived', async (_, path) => {
    if (!able) return;
    const root = await ownedInfospace();
    const before = await visible(root);
    const stored = filesOf(join(root, 'output/archives/.store/storage'));
    const { mode } = statSync(join(root, path));
    writeTree(root, { 'artifacts/new.bin': noise(2_000_000) });
    giveToOrdinaryUser(root);
    chmodSync(join(root, path), 0);
    const options = { statCache: false };
    const { code, message } = await callAsOrdinaryUser('archiveInfospace', root, options);
    expect({ code, message }).toEqual({ code: 'FILE_UNREADABLE', message: expect.stringContaining(path) });
    expect(await visible(root)).toEqual(before);
    expect(filesOf(join(root, 'output/archives/.store/storage'))).toEqual(stored);
    chmodSync(join(root, path), mode);
    expect(await callAsOrdinaryUser('archiveInfospace', root, options)).toMatchObject({ result: { changed: true } });
  });

  test('an unwritable store is reported by name, and nothing changes', async () => {
    if (!able) return;
    const root = await ownedInfospace();
    const before = await visible(root);
    const store = join(root, 'output/archives/.store');
    const index = readFileSync(indexFile(root), 'utf8');
    execFileSync('chmod', ['-R', 'a-w', store]);
    const { code, message } = await callAsOrdinaryUser('archiveInfospace', root);
    expect({ code, message }).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(store) });
    expect(readFileSync(indexFile(root), 'utf8')).toBe(index);
    const target = join(root, '../restored');
    expect(await callAsOrdinaryUser('restoreArchive', 'latest', { from: root, target })).toHaveProperty('result');
    expect(treeOf(target)).toEqual(contentOf(root));
    execFileSync('chmod', ['-R', 'u+w', store]);
    expect(await visible(root)).toEqual(before);
    expect(await callAsOrdinaryUser('archiveInfospace', root)).toMatchObject({ result: { changed: true } });
  });

  test('an unwritable index is reported by name, and no package is made', async () => {
    if (!able) return;
    const [root, storeRoot] = [sampleInfospace(), temporaryFolder()];
    await archiveInfospace(root, { storeRoot });
    giveToOrdinaryUser(join(root, '..'), storeRoot);
    const before = await visible(root, storeRoot);
    chmodSync(join(root, 'output/archives'), 0o555);
    const { code, message } = await callAsOrdinaryUser('archiveInfospace', root, { storeRoot });
    expect({ code, message }).toEqual({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('output/archives'),
    });
    expect(await visible(root, storeRoot)).toEqual(before);
    chmodSync(join(root, 'output/archives'), 0o755);
    expect(await callAsOrdinaryUser('archiveInfospace', root, { storeRoot })).toHaveProperty('result');
  });

  test('an unwritable target is refused and unchanged, even when that shows half-way', async () => {
    if (!able) return;
    const root = await ownedInfospace();
    const target = writeTree(temporaryFolder(), {
      'artifacts/overview.md': 'old',
      'workflows/mine': '',
      'output/mine': '',
    });
    giveToOrdinaryUser(target);
    chmodSync(join(target, 'workflows'), 0o555);
    const before = treeOf(target);
    const half = await callAsOrdinaryUser('restoreArchive', 'latest', { from: root, target, force: true });
    expect(half).toEqual({ code: 'TARGET_REFUSED', message: expect.stringContaining('permission') });
    expect(treeOf(target)).toEqual(before);
    chmodSync(target, 0o555);
    const below = { from: root, target: join(target, 'new/folder') };
    expect(await callAsOrdinaryUser('restoreArchive', 'latest', below)).toMatchObject({ code: 'TARGET_REFUSED' });
    chmodSync(target, 0o311);
    const hidden = { from: root, target };
    expect(await callAsOrdinaryUser('restoreArchive', 'latest', hidden)).toMatchObject({ code: 'TARGET_REFUSED' });
    chmodSync(target, 0o755);
    expect(treeOf(target)).toEqual(before);
  });
});

describe('a full disk', () => {
  function smallDisk(): string | undefined {
    const disk = mountTmpfs('size=2m');
    if (disk === undefined) process.stderr.write('skipped: no small file system can be mounted here\n');
    return disk;
  }

  function enlarge(disk: string): void {
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
  }

  test.each([
    ['many files', Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`output/${i}`, noise(100_000, `${i}`)]))],
    ['one large file', { 'output/large': noise(8_000_000) }],
  ])('under the store (%s) is reported, and nothing changes', async (_, tree) => {
    const disk = smallDisk();
    if (disk === undefined) return;
    const storeRoot = join(disk, 'store');
    const root = sampleInfospace();
    await archiveInfospace(root, { storeRoot });
    const before = await visible(root, storeRoot);
    const stored = filesOf(join(storeRoot, 'storage'));
    writeTree(root, tree);
    const refused = expect(archiveInfospace(root, { storeRoot })).rejects;
    await refused.toEqual(refusal('STORE_UNAVAILABLE', 'full', storeRoot));
    expect(await visible(root, storeRoot)).toEqual(before);
    expect(filesOf(join(storeRoot, 'storage'))).toEqual(stored);
    enlarge(disk);
    await archiveInfospace(root, { storeRoot });
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive('latest', { from: root, storeRoot, target });
    expect(treeOf(target)).toEqual(contentOf(root));
  });

  test('under the target is reported, and the target is unchanged', async () => {
    const disk = smallDisk();
    if (disk === undefined) return;
    const root = sampleInfospace({
      'output/large': noise(8_000_000),
      'output/small': noise(900_000),
    });
    await archiveInfospace(root);
    writeTree(disk, { 'old/artifacts/overview.md': 'old' });
    const before = treeOf(disk);
    for (const options of [{ target: join(disk, 'new/folder') }, { target: join(disk, 'old'), force: true }]) {
      const refused = expect(restoreArchive('latest', { from: root, ...options })).rejects;
      await refused.toEqual(refusal('TARGET_REFUSED', 'full', options.target));
      expect(treeOf(disk)).toEqual(before);
    }
    enlarge(disk);
    await restoreArchive('latest', { from: root, target: join(disk, 'new/folder') });
    expect(treeOf(join(disk, 'new/folder'))).toEqual(contentOf(root));
  });
});

test('a read-only file system under the store is reported, and packages are still read from it', async () => {
  const disk = mountTmpfs('size=16m');
  if (disk === undefined) {
    process.stderr.write('skipped: no file system can be mounted here\n');
    return;
  }
  const storeRoot = join(disk, 'store');
  const root = sampleInfospace();
  await archiveInfospace(root, { storeRoot });
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const before = await visible(root, storeRoot);
  await expect(archiveInfospace(root, { storeRoot })).rejects.toEqual(refusal('STORE_UNAVAILABLE', 'read-only'));
  expect(await visible(root, storeRoot)).toEqual(before);
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, storeRoot, target });
  expect(treeOf(target)).toEqual(contentOf(root));
});

test('a folder that is not a store is refused by name and left unchanged', async () => {
  const root = sampleInfospace();
  const storeRoot = writeTree(temporaryFolder(), {
    'registry.sqlite3': 'this is no database, but rather long text '.repeat(50),
  });
  const before = treeOf(storeRoot);
  const refused = expect(archiveInfospace(root, { storeRoot })).rejects;
  await refused.toEqual(refusal('STORE_UNAVAILABLE', join(storeRoot, 'registry.sqlite3')));
  expect(treeOf(storeRoot)).toEqual(before);
  const below = join(root, 'infospace.yaml/store');
  await expect(archiveInfospace(root, { storeRoot: below })).rejects.toEqual(refusal('STORE_UNAVAILABLE', below));
  expect(await listArchives(root)).toEqual([]);
});

test('a file that never stops growing is reported, and nothing is archived', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const before = await visible(root);
  const stored = filesOf(join(root, 'output/archives/.store/storage'));
  const file = join(root, 'output/growing.log');
  writeTree(root, { 'output/growing.log': '' });
  // Large, so that it grows during each read, however seldom its writer runs.
  truncateSync(file, 64 << 20);
  const growing = spawn('sh', ['-c', 'echo started; while :; do echo more; done >>"$1"', 'sh', file]);
  await once(growing.stdout, 'data');
  try {
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('FILE_CHANGED', 'output/growing.log'));
  } finally {
    growing.kill('SIGKILL');
    await once(growing, 'close');
  }
  expect(await visible(root)).toEqual(before);
  expect(filesOf(join(root, 'output/archives/.store/storage'))).toEqual(stored);
  expect((await archiveInfospace(root)).changed).toBe(true);
});

const withProc = existsSync('/proc/self/fd') ? test : test.skip;

withProc('a refused store is closed', async () => {
  const root = sampleInfospace();
  const storeRoot = writeTree(temporaryFolder(), { 'registry.sqlite3': '' });
  const noRegistry = new SQLite(join(storeRoot, 'registry.sqlite3'));
  noRegistry.exec('create table other (x)');
  noRegistry.close();
  await expect(archiveInfospace(root, { storeRoot })).rejects.toEqual(refusal('CONFIG_INVALID', storeRoot));
  const open = readdirSync('/proc/self/fd').map((fd) => {
    const link = join('/proc/self/fd', fd);
    return existsSync(link) ? readlinkSync(link) : '';
  });
  expect(open.filter((path) => path.startsWith(storeRoot))).toEqual([]);
});

test('a store without its storage is reported as damaged, not taken for an empty one', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  rmSync(join(root, 'output/archives/.store/storage'), { recursive: true });
  mkdirSync(join(root, 'output/archives/.store/storage'));
  const target = join(temporaryFolder(), 'restored');
  await expect(restoreArchive('latest', { from: root, target })).rejects.toEqual(refusal('INTEGRITY', 'missing'));
  expect(existsSync(target)).toBe(false);
});

describe('the database', () => {
  test('that another process has locked is awaited', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const other = new SQLite(join(root, 'output/archives/.store/registry.sqlite3'));
    other.exec('begin exclusive');
    const release = setTimeout(() => other.exec('rollback'), 500);
    try {
      await archiveInfospace(root);
      // Not before the lock was released.
      expect(other.inTransaction).toBe(false);
    } finally {
      clearTimeout(release);
      other.close();
    }
    expect(await listArchives(root)).toHaveLength(2);
  });

  test('that is read-only is reported, and packages are still read from it', async () => {
    if (!(await ordinaryUserCanRun())) return;
    const root = sampleInfospace();
    await archiveInfospace(root);
    giveToOrdinaryUser(join(root, '..'));
    const file = join(root, 'output/archives/.store/registry.sqlite3');
    const before = await visible(root);
    chmodSync(file, 0o444);
    const refused = await callAsOrdinaryUser('archiveInfospace', root);
    expect(refused).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(file) });
    expect(await visible(root)).toEqual(before);
    const target = join(root, '../restored');
    expect(await callAsOrdinaryUser('restoreArchive', 'latest', { from: root, target })).toHaveProperty('result');
    expect(treeOf(target)).toEqual(contentOf(root));
  });
});

describe('the index', () => {
  test('that is edited during an archive keeps the edit', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const onProgress = () => appendFileSync(indexFile(root), '# by hand\n');
    await archiveInfospace(root, { statCache: false, onProgress });
    expect(readFileSync(indexFile(root), 'utf8')).toContain('# by hand\n');
    expect(await listArchives(root)).toHaveLength(2);
  });

  test('that is broken during an archive is reported with the package, and left unchanged', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    const broken = `${readFileSync(indexFile(root), 'utf8')}}{`;
    const onProgress = () => writeFileSync(indexFile(root), broken);
    const refused = archiveInfospace(root, { statCache: false, onProgress });
    await expect(refused).rejects.toEqual(
      refusal('CONFIG_INVALID', 'was made but could not be recorded', indexFile(root)),
    );
    const { message } = (await refused.catch((error: unknown) => error)) as Error;
    expect(readFileSync(indexFile(root), 'utf8')).toBe(broken);
    const registry = await openRegistry(root, {}, 'read');
    const [made] = (await registry.listPackages()).filter(({ id }) => id !== record.package_id);
    await registry.close();
    expect(message).toContain(made!.id);
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive(made!.id, { from: root, target });
    expect(treeOf(target)).toEqual(contentOf(root));
  });
});

test('a clock that goes backwards loses nothing and confuses nothing', async () => {
  const root = sampleInfospace();
  const config = storeOf(root, {});
  let now = Date.now();
  const registry = await openStore(config, {
    access: 'write',
    now: () => new Date(now),
    storageNow: () => new Date(now),
  });
  const made: string[] = [];
  for (let i = 0; i < 4; i++) {
    writeTree(root, { 'output/result.json': `${i}` });
    made.push((await archiveInfospace(root, { registry, retentionClass: 'transient' })).record.package_id);
    now -= 3_600_000;
  }
  // Nothing has expired by this clock, and unneeded objects are newer than the grace period.
  expect(await registry.collectGarbage({ includeLast: true, graceMs: 0 })).toMatchObject({
    disposed: [],
    removed: { objects: 0 },
  });
  await registry.close();
  expect((await listArchives(root)).map(({ package_id }) => package_id)).toEqual(made);
  const findings = await collect(checkStore(config, { deep: true }));
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
  const events = await eventsOf(root);
  rmSync(join(root, 'output/archives/.store/registry.sqlite3'));
  await rebuildStore(config);
  expect(await eventsOf(root)).toEqual(events);
});
