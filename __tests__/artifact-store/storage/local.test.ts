import { createHook } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newMark } from '../../../src/artifact-store/files/process-mark.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { describeStorageBackend } from '../../contracts/storage-backend.ts';
import { listTree, useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();

describeStorageBackend('LocalStorage', async () => {
  const root = await makeTempDir();
  return { backend: new LocalStorage(root), residue: async () => filesBelow(root) };
});

async function filesBelow(root: string): Promise<string[]> {
  return (await listTree(root)).filter(({ kind }) => kind === 'file').map(({ path }) => path);
}

test('a local store creates its folder with the first object only', async () => {
  const root = join(await makeTempDir(), 'not', 'there');
  const storage = new LocalStorage(root);
  expect(await storage.head('packs/a')).toBeUndefined();
  for await (const object of storage.list('')) throw new Error(`listed ${object.key}`);
  await expect(readdir(root)).rejects.toMatchObject({ code: 'ENOENT' });
  await storage.put('packs/a', [Buffer.from('a')]);
  expect(await filesBelow(root)).toEqual(['packs/a']);
});

test('the end of a long folder is listed with few requests', async () => {
  const root = await makeTempDir();
  await mkdir(join(root, 'log'));
  const name = (i: number) => `log/${String(i).padStart(16, '0')}`;
  await Promise.all(Array.from({ length: 2000 }, (_, i) => writeFile(join(root, name(i)), '')));
  const resources: string[] = [];
  const counting = createHook({ init: (_id, type) => void resources.push(type) }).enable();
  const found: string[] = [];
  for await (const { key } of new LocalStorage(root).list('log/', name(1998))) found.push(key);
  counting.disable();
  expect(found).toEqual([name(1999)]);
  // Every package adds a segment, and each command looks for new ones.
  expect(resources.filter((type) => type.startsWith('FSREQ')).length).toBeLessThan(12);
});

test('a local store whose folder is a file is unavailable, and the error says where', async () => {
  const root = join(await makeTempDir(), 'file');
  await writeFile(root, '');
  const unavailable = expect.objectContaining({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(root) });
  const storage = new LocalStorage(root);
  await expect(storage.put('packs/a', [])).rejects.toEqual(unavailable);
  await expect(storage.get('packs/a')).rejects.toEqual(unavailable);
  await expect(storage.health()).rejects.toEqual(unavailable);
});

const unprivileged = process.getuid?.() === 0 || process.platform === 'win32' ? test.skip : test;
unprivileged('a local store without write permission is unavailable', async () => {
  const root = await makeTempDir();
  await chmod(root, 0o500);
  await expect(new LocalStorage(root).health()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

/** Seen to fail without the check of keys. */
test('a local store touches nothing outside of its folder, whatever the key', async () => {
  const folder = await makeTempDir();
  const storage = new LocalStorage(join(folder, 'store'));
  await storage.put('packs/a', [Buffer.from('a')]);
  await writeFile(join(folder, 'outside'), 'mine');
  const forged = expect.objectContaining({ code: 'INTEGRITY' });
  await expect(storage.get('../outside')).rejects.toEqual(forged);
  await expect(storage.delete('packs/../../outside')).rejects.toEqual(forged);
  expect(await filesBelow(folder)).toEqual(['outside', 'store/packs/a']);
});

test('a local store ignores files that are not objects', async () => {
  const folder = await makeTempDir();
  const storage = new LocalStorage(folder);
  await storage.put('packs/a', [Buffer.from('a')]);
  await writeFile(join(folder, 'packs/.DS_Store'), '');
  await writeFile(join(folder, 'tmp', newMark()), 'half of a pack');
  const keys: string[] = [];
  for await (const { key } of storage.list('')) keys.push(key);
  expect(keys).toEqual(['packs/a']);
});

/** Seen to fail with an age by the clock of this machine, and with the age alone. */
test('a local store removes files of killed writers at once, and others by their age in the file system', async () => {
  const root = await makeTempDir();
  const module = new URL('../../../src/artifact-store/files/process-mark.ts', import.meta.url).href;
  const script = `import { newMark } from ${JSON.stringify(module)}; process.stdout.write(newMark())`;
  const ended = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  const running = newMark();
  await mkdir(join(root, 'tmp'));
  for (const name of [ended, running, 'other']) await writeFile(join(root, 'tmp', name), '');
  const storage = new LocalStorage(root);
  const { now } = Date;
  const HOUR_MS = 3_600_000;
  Date.now = () => now() + HOUR_MS;
  try {
    await storage.removeUnfinished(new Date(Date.now() - HOUR_MS / 2));
    expect((await readdir(join(root, 'tmp'))).toSorted()).toEqual([running, 'other'].toSorted());
    await storage.removeUnfinished(new Date(Date.now() + HOUR_MS / 2));
    expect(await readdir(join(root, 'tmp'))).toEqual([running]);
  } finally {
    Date.now = now;
  }
});
