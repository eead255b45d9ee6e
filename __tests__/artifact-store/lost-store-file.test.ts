/** A lost or damaged "store.json" is recreated from the log and the keys. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedStore, type StoreConfig } from '../../src/artifact-store/config.ts';
import { putStoreKeys, readStoreKeys } from '../../src/artifact-store/encryption/key-files.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { openStorage, openStore } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { generateIdentity } from '../../src/artifact-store/store-key.ts';
import { archive, type Encrypted, makeEncrypted, within } from './encryption/fixtures.ts';
import { collect, useTempDirs } from './fixtures.ts';

const makeTempDir = useTempDirs();
const TREE = { 'a.md': 'text\n'.repeat(100), 'b/c.md': 'more' };
const LOST = { code: 'STATE_CONFLICT', message: expect.stringContaining('store rebuild') };

let directory: string;
let file: string;
let before: Buffer;
let id: string;

async function made(config: StoreConfig): Promise<void> {
  id = (await within(config, async (registry) => archive(registry, await makeTempDir(), TREE))).id;
  file = join(directory, 'storage/store.json');
  before = readFileSync(file);
}

async function expectRecovered(config: StoreConfig): Promise<void> {
  expect(await rebuildStore(config)).toMatchObject({ packages: 1 });
  expect(readFileSync(file)).toEqual(before);
  await within(config, async (registry) => {
    for await (const { damage } of registry.verifyPackages([id])) expect(damage).toEqual([]);
  });
  const findings = await collect(checkStore(config, { deep: true }));
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
}

describe('in a plain store', () => {
  let config: StoreConfig;
  beforeEach(async () => {
    directory = await makeTempDir();
    config = embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined) });
    await made(config);
  });

  test('lost, with and without the registry', async () => {
    for (const lost of [[], ['registry.sqlite3']]) {
      rmSync(file);
      for (const name of lost) rmSync(join(directory, name));
      for (const access of ['read', 'write', 'change'] as const)
        await expect(openStore(config, { access })).rejects.toMatchObject(LOST);
      await expect(initStore(config)).rejects.toMatchObject(LOST);
      expect(existsSync(file)).toBe(false);
      await expectRecovered(config);
    }
  });

  test('damaged', async () => {
    for (const bytes of ['', '{"store_id"', '[]', before.toString().replace('store_id', 'store-id')]) {
      writeFileSync(file, bytes);
      await expectRecovered(config);
    }
  });

  test('nothing is made where there is no log', async () => {
    rmSync(join(directory, 'storage'), { recursive: true });
    await expect(rebuildStore(config)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('in an encrypted store', () => {
  let store: Encrypted;
  let config: StoreConfig;
  beforeEach(async () => {
    directory = await makeTempDir();
    store = await makeEncrypted(directory);
    config = store.config({ identities: store.identity });
    await made(config);
  });

  test('recovered by an identity, and by nothing else', async () => {
    rmSync(file);
    const stranger = (await generateIdentity()).identity;
    for (const keys of [undefined, { writerKey: store.writerKey }, { identities: stranger }]) {
      await expect(rebuildStore(store.config(keys))).rejects.toMatchObject({ code: 'KEY_MISSING' });
      await expect(openStore(store.config(keys), { access: 'write' })).rejects.toMatchObject(LOST);
    }
    expect(existsSync(file)).toBe(false);
    await expectRecovered(config);
  });

  test('not recovered from keys that a writer has forged', async () => {
    const storage = await openStorage(config);
    const { check, keeper } = JSON.parse(before.toString()).encryption;
    const { store_id: storeId } = JSON.parse(before.toString());
    const secrets = (await readStoreKeys(storage, storeId, { check, keeper }, [store.identity]))!;
    await putStoreKeys(storage, { ...secrets, generation: 2, keeperKey: Buffer.alloc(32, 1) });
    rmSync(file);
    await expect(rebuildStore(config)).rejects.toMatchObject({ code: 'INTEGRITY' });
    for (const name of await readdir(join(directory, 'storage/keys/store')))
      if (name.startsWith('2-')) rmSync(join(directory, 'storage/keys/store', name));
    await expectRecovered(config);
  });
});
