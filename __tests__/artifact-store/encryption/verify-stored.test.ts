import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedStore } from '../../../src/artifact-store/config.ts';
import type { VerifiedPackage } from '../../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import { repository } from '../../infospace/fixtures.ts';
import { collect, noise, useTempDirs } from '../fixtures.ts';
import { archive, type Encrypted, makeEncrypted, within } from './fixtures.ts';

/** Verification without decryption finds damage. */

const makeTempDir = useTempDirs();

let store: Encrypted;
let id: string;
beforeEach(async () => {
  store = await makeEncrypted(await makeTempDir());
  const base = await makeTempDir();
  const tree = { 'a.md': 'text\n'.repeat(1000), 'large.bin': noise(1_300_000, 1) };
  id = (await within(asWriter(), (registry) => archive(registry, base, tree))).id;
});

const asWriter = () => store.config({ writerKey: store.writerKey });
const asNobody = () => store.config(undefined);

function verified(config: ReturnType<typeof asWriter>): Promise<VerifiedPackage[]> {
  return within(config, (registry) => collect(registry.verifyPackages([id], undefined, { storedBytes: true })));
}

function objectsBelow(prefix: string): string[] {
  const folder = join(store.directory, 'storage', prefix);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test.each([
  ['the key of a writer', asWriter],
  ['no key', asNobody],
])('with %s, stored bytes are compared, and the result says that nothing was decrypted', async (_, config) => {
  const objects = objectsBelow('packs').length + objectsBelow('manifests').length;
  const [found] = await verified(config());
  expect(found).toMatchObject({ id, damage: [], stored: { objects, unchecked: 0 } });
  expect(found!.stored!.bytes).toBeGreaterThan(1_300_000);
  await expect(within(config(), (registry) => collect(registry.verifyPackages([id])))).rejects.toMatchObject({
    code: 'KEY_MISSING',
  });
});

test('every flipped bit of a pack or a manifest is damage', async () => {
  for (const path of [...objectsBelow('packs'), ...objectsBelow('manifests')]) {
    const sound = readFileSync(path);
    for (let i = 0; i < 12; i++) {
      const flipped = Buffer.from(sound);
      flipped[Math.floor(((sound.byteLength - 1) * i) / 11)]! ^= 1 << (i % 8);
      writeFileSync(path, flipped);
      expect((await verified(asNobody()))[0]!.damage).toHaveLength(1);
    }
    writeFileSync(path, sound);
  }
  expect((await verified(asNobody()))[0]!.damage).toEqual([]);
});

test('a truncated or missing object and a missing key are damage', async () => {
  for (const prefix of ['packs', 'manifests', 'keys/session']) {
    for (const path of objectsBelow(prefix)) {
      const sound = readFileSync(path);
      if (prefix !== 'keys/session') {
        writeFileSync(path, sound.subarray(0, -1));
        expect((await verified(asNobody()))[0]!.damage).toHaveLength(1);
      }
      rmSync(path);
      if (prefix !== 'keys/session') {
        expect((await verified(asNobody()))[0]!.damage).toHaveLength(1);
        writeFileSync(path, sound);
      }
    }
  }
  const [found] = await verified(asNobody());
  expect(found!.damage.map(({ error }) => error.message)).toEqual([expect.stringContaining('restore "keys/"')]);
});

test('objects of older versions without digests are counted as unchecked', async () => {
  const directory = await makeTempDir();
  await cp(join(repository, '__tests__/golden/stores/encrypted/store'), directory, { recursive: true });
  const config = embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined) });
  const found = await within(config, async (registry) => {
    const ids = (await registry.listPackages()).map((each) => each.id);
    return collect(registry.verifyPackages(ids, undefined, { storedBytes: true }));
  });
  expect(found.map(({ damage, stored }) => [damage.length, stored!.unchecked === stored!.objects])).toEqual([
    [0, true],
    [0, true],
  ]);
});
