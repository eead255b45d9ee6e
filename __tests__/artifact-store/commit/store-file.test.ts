import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STORE_FORMAT } from '../../../src/artifact-store/commit/store-file.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import { storeOf } from '../../../src/index.ts';
import { refusal, temporaryFolder } from '../../infospace/fixtures.ts';

/** `store.json` may be written by others. Seen to fail when the id of the store may be any text. */

function storageAlone(): { env: Record<string, string>; storage: string; cache: string } {
  const [storage, cache] = [temporaryFolder(), temporaryFolder()];
  const env = {
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: storage,
    XDG_CACHE_HOME: join(cache, 'deep/down'),
  };
  return { env, storage, cache };
}

const SOUND = { store_id: '01a22142-b8cb-7482-b776-f51a4b4c60f9', format: 3, commit: 'storage' };
const DIGEST = `blake3:${'a'.repeat(64)}`;

async function openWith(file: string): Promise<unknown> {
  const { env, storage, cache } = storageAlone();
  writeFileSync(join(storage, 'store.json'), file);
  try {
    const registry = await openStore(storeOf(storage, { env }), { access: 'read' });
    await registry.close();
  } finally {
    expect(readdirSync(cache).filter((name) => name !== 'deep')).toEqual([]);
  }
  return readdirSync(join(cache, 'deep/down/infospace-archive'));
}

test('a valid file is read, and its id names the cache', async () => {
  expect(await openWith(JSON.stringify(SOUND))).toEqual([`${SOUND.store_id}.sqlite3`]);
});

test.each<[string, unknown, string]>([
  ['an id that leads out of the cache folder', { ...SOUND, store_id: '../../../out' }, 'not a UUID'],
  ['an id that is a path', { ...SOUND, store_id: '/tmp/out' }, 'not a UUID'],
  ['an invalid digest', { ...SOUND, legacy: { sequence: 14, digest: 'blake3:a' } }, 'a digest'],
  ['an invalid sequence', { ...SOUND, legacy: { sequence: -1, digest: DIGEST } }, 'integer'],
  ['an unknown commit mode', { ...SOUND, commit: 'hope' }, 'serializes its writers'],
  ['an unknown key', { ...SOUND, more: 1 }, 'unknown key'],
  ['a missing key', { format: 3, commit: 'storage' }, 'missing'],
  ['a list', [SOUND], 'integer'],
])('a file with %s is refused', async (_, file, word) => {
  await expect(openWith(JSON.stringify(file))).rejects.toMatchObject(refusal('INTEGRITY', 'store.json', word));
});

test('a file that is not JSON is refused', async () => {
  await expect(openWith('{"store_id"')).rejects.toMatchObject(refusal('INTEGRITY', 'store.json', 'JSON'));
});

test('a file of a newer format is refused by its version', async () => {
  const file = JSON.stringify({ ...SOUND, format: STORE_FORMAT + 1, unknown: true });
  await expect(openWith(file)).rejects.toMatchObject(
    refusal('FORMAT_UNSUPPORTED', `format ${STORE_FORMAT + 1}`, 'upgrade'),
  );
});

test('store init keeps an existing file, and creates a missing one', async () => {
  const { env, storage } = storageAlone();
  const config = storeOf(storage, { env });
  expect(existsSync(join(storage, 'store.json'))).toBe(false);
  await initStore(config);
  const made = readdirSync(storage).filter((name) => name !== 'tmp');
  expect(made).toEqual(['store.json']);
  await initStore(config);
});
