import { execFileSync } from 'node:child_process';
import fs, { existsSync, fstatSync, mkdirSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { useTempDirs } from '../fixtures.ts';

/**
 * Only synced data survives a power cut: each fsync of Node.js is recorded, and passed on to the disk. Seen
 * to fail without the sync of an object, of its folder, of the folders above, of an existing object, of a deletion.
 */
const makeTempDir = useTempDirs();

interface Synced {
  inode: number;
  size: number;
  /** Whether the object had its name at the time of the sync. */
  named: boolean;
}

type Fsync = (descriptor: number, done: (error: Error | null) => void) => void;

const realFsync = fs.fsync;
function replaceFsync(fsync: Fsync): void {
  Object.assign(fs, { fsync });
}
afterEach(() => replaceFsync(realFsync));

/** Records all syncs from now on. */
function watch(object: string): Synced[] {
  const synced: Synced[] = [];
  replaceFsync((descriptor, done) => {
    const { ino, size } = fstatSync(descriptor);
    synced.push({ inode: ino, size, named: existsSync(object) });
    realFsync(descriptor, done);
  });
  return synced;
}

function refuseFsync(code: string): void {
  replaceFsync((_, done) => done(Object.assign(new Error(code), { code })));
}

const inodeOf = (path: string) => statSync(path).ino;
const withFolderSync = process.platform === 'win32' ? describe.skip : describe;
const BYTES = Buffer.from('the bytes of an object');
const KEY = 'packs/ab/one';

withFolderSync('a local store', () => {
  let root: string;
  let object: string;
  let storage: LocalStorage;
  beforeEach(async () => {
    root = await makeTempDir();
    object = join(root, KEY);
    storage = new LocalStorage(root);
  });

  test.each<[what: string, write: () => Promise<unknown>]>([
    ['put', () => storage.put(KEY, [BYTES])],
    ['create', () => storage.create(KEY, BYTES)],
  ])('syncs the whole object before its rename, and its folders afterwards: %s', async (_, write) => {
    const synced = watch(object);
    await write();
    const bytesSynced = synced.find(({ inode, size }) => inode === inodeOf(object) && size === BYTES.length);
    expect(bytesSynced).toMatchObject({ named: false });
    expect(synced).toContainEqual(expect.objectContaining({ inode: inodeOf(dirname(object)), named: true }));
    for (const made of [root, join(root, 'packs')]) {
      expect(synced).toContainEqual(expect.objectContaining({ inode: inodeOf(made) }));
    }
  });

  test.each<[what: string, write: () => Promise<unknown>]>([
    ['put', () => storage.put(KEY, [BYTES])],
    ['create', () => storage.create(KEY, BYTES)],
    ['create by another writer', () => storage.create(KEY, Buffer.from('other'))],
  ])('syncs an existing object and its folder before it counts as stored: %s', async (_, write) => {
    // The state after a writer was killed before the sync.
    mkdirSync(dirname(object), { recursive: true });
    writeFileSync(object, BYTES);
    const synced = watch(object);
    await write();
    expect(synced).toContainEqual({ inode: inodeOf(object), size: BYTES.length, named: true });
    for (const folder of [dirname(object), join(root, 'packs'), root]) {
      expect(synced).toContainEqual(expect.objectContaining({ inode: inodeOf(folder), named: true }));
    }
  });

  test('syncs folders that another writer made', async () => {
    mkdirSync(dirname(object), { recursive: true });
    const synced = watch(object);
    await storage.put(KEY, [BYTES]);
    for (const folder of [dirname(object), join(root, 'packs'), root]) {
      expect(synced).toContainEqual(expect.objectContaining({ inode: inodeOf(folder), named: true }));
    }
  });

  test('never takes the remains of an object after a power cut, or a FIFO, for the object', async () => {
    await storage.put(KEY, [BYTES]);
    truncateSync(object, 3);
    await expect(storage.put(KEY, [BYTES])).rejects.toMatchObject({ code: 'INTEGRITY' });
    truncateSync(object, 0);
    await expect(storage.put(KEY, [BYTES])).rejects.toMatchObject({ code: 'INTEGRITY' });
    unlinkSync(object);
    execFileSync('mkfifo', [object]);
    await expect(storage.put(KEY, [BYTES])).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test('syncs the folder of a deleted object, even of one deleted before', async () => {
    await storage.put(KEY, [BYTES]);
    for (const _ of ['deleted', 'gone']) {
      const synced = watch(object);
      await storage.delete(KEY);
      expect(synced).toEqual([expect.objectContaining({ inode: inodeOf(dirname(object)), named: false })]);
    }
    await storage.delete('no/such/folder');
  });

  test.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'works where the file system has no fsync (%s)',
    async (code) => {
      refuseFsync(code);
      await storage.put(KEY, [BYTES]);
      await storage.put(KEY, [BYTES]);
      expect(await storage.create('log/1', BYTES)).toBe('created');
      expect(await storage.create('log/1', Buffer.from('other'))).toBe('exists');
      await storage.health();
      expect(BYTES.equals(await storage.get(KEY))).toBe(true);
      await storage.delete(KEY);
    },
  );

  test.each(['EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EBADF'])('is unavailable when a sync fails (%s)', async (code) => {
    await storage.put('packs/ab/two', [BYTES]);
    refuseFsync(code);
    const unavailable = expect.objectContaining({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(root) });
    await expect(storage.put(KEY, [BYTES])).rejects.toEqual(unavailable);
    await expect(storage.create(KEY, BYTES)).rejects.toEqual(unavailable);
    await expect(storage.put('packs/ab/two', [BYTES])).rejects.toEqual(unavailable);
    await expect(storage.delete('packs/ab/two')).rejects.toEqual(unavailable);
    expect(existsSync(object)).toBe(false);
  });
});
