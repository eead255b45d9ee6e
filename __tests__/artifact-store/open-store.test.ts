import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { STORE_FORMAT } from '../../src/artifact-store/commit/store-file.ts';
import { embeddedStore, type StoreConfig } from '../../src/artifact-store/config.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { archiveElsewhere } from '../contracts/registry/elsewhere.ts';
import { useTempDirs, writeTree } from './fixtures.ts';

const makeTempDir = useTempDirs();
const retentionClasses = loadRetentionClasses(undefined);

async function freshStore(): Promise<Record<'directory' | 'file' | 'storeFile', string> & { config: StoreConfig }> {
  const directory = join(await makeTempDir(), 'store');
  return {
    directory,
    config: embeddedStore(directory, { retentionClasses }),
    file: join(directory, 'registry.sqlite3'),
    storeFile: join(directory, 'storage/store.json'),
  };
}

async function madeStore() {
  const store = await freshStore();
  await (await openStore(store.config, { access: 'write' })).close();
  return store;
}

describe.each(['read', 'write'] as const)('opening a store to %s', (access) => {
  test('of a newer format is refused, naming both versions', async () => {
    const { config, file } = await madeStore();
    const database = new SQLite(file);
    database.exec('update store_info set format_version = 4');
    database.close();
    await expect(openStore(config, { access })).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
      message: expect.stringMatching(/version 4.*\(3\)/),
    });
  });

  test('whose storage is of a newer format is refused, naming both versions', async () => {
    const { config, storeFile } = await madeStore();
    await writeFile(
      storeFile,
      (await readFile(storeFile, 'utf8')).replace(`"format": ${STORE_FORMAT}`, `"format": ${STORE_FORMAT + 1}`),
    );
    await expect(openStore(config, { access })).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
      message: expect.stringMatching(`format ${STORE_FORMAT + 1}.*\\(${STORE_FORMAT}\\)`),
    });
  });

  test.each([
    ['is empty', ''],
    ['is not JSON', '{"store_id": "'],
    ['has only a format', '{"format": 3}'],
    ['has an unknown commit mode', '{"store_id": "x", "format": 3, "commit": "nobody"}'],
  ])('whose store.json %s is refused by name', async (_, content) => {
    const { config, storeFile } = await madeStore();
    await writeFile(storeFile, content);
    await expect(openStore(config, { access })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('store.json'),
    });
  });

  test('in a SQLite file of another application is refused, and leaves the file alone', async () => {
    const { config, directory, file } = await freshStore();
    await mkdir(directory);
    const database = new SQLite(file);
    database.exec('create table mine (a)');
    await expect(openStore(config, { access })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(file),
    });
    expect(database.prepare('select name from sqlite_master').pluck().all()).toEqual(['mine']);
    database.close();
  });

  test('in a file that is not a database is refused by name', async () => {
    const { config, directory, file } = await freshStore();
    await mkdir(directory);
    await writeFile(file, 'not a database, but long enough to look like something that might be one '.repeat(20));
    await expect(openStore(config, { access })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(file),
    });
  });

  test('twice gives the same store', async () => {
    const { config } = await madeStore();
    const registry = await openStore(config, { access });
    expect(await registry.listPackages()).toEqual([]);
    expect(registry.listRetentionClasses()).toBe(retentionClasses);
    await registry.close();
  });
});

test('opening a missing store to read finds none, and makes none', async () => {
  const { config, directory } = await freshStore();
  await expect(openStore(config, { access: 'read' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(directory),
  });
  await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('opening a store to read finds none where its creation was interrupted', async () => {
  const { config, directory, file } = await freshStore();
  await mkdir(directory);
  await writeFile(file, '');
  await expect(openStore(config, { access: 'read' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test.each([
  ['that is missing', undefined],
  ['that was emptied', ''],
])('a registry %s is read from the log, and rebuilt by a writer', async (_, content) => {
  const { config, file } = await madeStore();
  const base = await makeTempDir();
  await writeTree(base, { a: 'a' });
  const ids = await archiveElsewhere(config, base);
  await rm(file);
  if (content !== undefined) await writeFile(file, content);
  for (const access of ['read', 'write'] as const) {
    const registry = await openStore(config, { access });
    expect((await registry.listPackages()).map(({ id }) => id)).toEqual(ids);
    await registry.close();
    const now = await readFile(file, 'utf8').catch(() => undefined);
    if (access === 'read') expect(now).toBe(content);
    else expect(now).not.toBe(content);
  }
});

test('a store opened for reading cannot be changed', async () => {
  const { config } = await madeStore();
  const registry = await openStore(config, { access: 'read' });
  const id = await registry.createPackage({ producer: 'p', subject: 's', retentionClass: 'transient' });
  await expect(registry.finalizePackage(id)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('read-only'),
  });
  expect(await registry.listPackages()).toEqual([]);
  await registry.close();
});

test('several processes may create the same store at once', async () => {
  const { config } = await freshStore();
  const base = await makeTempDir();
  await writeTree(base, { a: 'a' });
  await Promise.all([1, 2, 3].map(() => archiveElsewhere(config, base)));
  const registry = await openStore(config, { access: 'read' });
  expect(await registry.listPackages()).toHaveLength(9);
  await registry.close();
});

/** The state after a process was killed while a commit wrote the database: a journal that undoes the writes. */
async function cutOffCommit(): Promise<StoreConfig> {
  const { file } = await madeStore();
  const left = await freshStore();
  const database = new SQLite(file);
  database.exec(
    'pragma cache_size = 1; begin; create table spilled (a); insert into spilled values (zeroblob(100000))',
  );
  await mkdir(left.directory);
  for (const suffix of ['', '-journal']) await cp(file + suffix, left.file + suffix);
  database.close();
  return left.config;
}

test('a store whose writer was killed during a commit is read as before the commit', async () => {
  const registry = await openStore(await cutOffCommit(), { access: 'read' });
  expect(await registry.verifyEvents()).toBe(0);
  await registry.close();
});
