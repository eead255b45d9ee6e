import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { StatCache } from '../../../src/artifact-store/packs/stat-cache.ts';
import type { FileStamp } from '../../../src/artifact-store/source.ts';
import { useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();
const SECOND_NS = 1_000_000_000n;
const readAt = new Date('2025-06-01T12:00:00Z');
const readAtNs = BigInt(readAt.getTime()) * 1_000_000n;

const stamp: FileStamp = {
  size: 2 ** 40,
  mtimeNs: readAtNs - 3600n * SECOND_NS + 123n,
  ctimeNs: readAtNs - 3000n * SECOND_NS + 456n,
  inode: 2n ** 63n + 5n,
};
interface CachedFile {
  stamp: FileStamp;
  entry: { path: string; blake3: Uint8Array; sha256: Uint8Array };
}

const cached: CachedFile = {
  stamp,
  entry: { path: 'a/\u{1f600}.md', blake3: Buffer.alloc(32, 1), sha256: Buffer.alloc(32, 2) },
};
const other: CachedFile = {
  stamp,
  entry: { path: 'b', blake3: Buffer.alloc(32, 3), sha256: Buffer.alloc(32, 4) },
};

async function save(cache: StatCache, files: CachedFile[]): Promise<void> {
  for (const { stamp, entry } of files) cache.add({ path: entry.path, stamp }, entry, readAt);
  await cache.save();
}

async function saved(files: CachedFile[] = [cached, other]): Promise<string> {
  const directory = join(await makeTempDir(), 'stat-cache');
  await save(await StatCache.open(directory, '/base'), files);
  return directory;
}

test('a file with the same stamp has its known digests', async () => {
  const cache = await StatCache.open(await saved(), '/base');
  for (const { entry } of [cached, other]) {
    const { blake3, sha256 } = entry;
    expect(cache.digestsOf(cache.lookup(entry.path, stamp)!)).toEqual({ blake3, sha256 });
  }
  expect(cache.lookup('c', stamp)).toBeUndefined();
});

test.each<[field: string, change: Partial<FileStamp>]>([
  ['size', { size: stamp.size - 1 }],
  ['time of change', { mtimeNs: stamp.mtimeNs + 1n }],
  ['time of status change', { ctimeNs: stamp.ctimeNs + 1n }],
  ['inode', { inode: stamp.inode + 1n }],
])('a file with another %s is unknown', async (_, change) => {
  const cache = await StatCache.open(await saved(), '/base');
  expect(cache.lookup(cached.entry.path, { ...stamp, ...change })).toBeUndefined();
});

async function isKept(change: Partial<FileStamp>): Promise<boolean> {
  const file = { ...cached, stamp: { ...stamp, ...change } };
  const cache = await StatCache.open(await saved([file, other]), '/base');
  expect(cache.lookup('b', stamp)).toBeDefined();
  return cache.lookup(file.entry.path, file.stamp) !== undefined;
}

test.each<[what: string, change: Partial<FileStamp>]>([
  ['changed', { mtimeNs: readAtNs - 2n * SECOND_NS }],
  ['changed its status', { ctimeNs: readAtNs - 2n * SECOND_NS }],
])('a file that %s within two seconds before it was read is not kept', async (_, change) => {
  expect(await isKept(change)).toBe(false);
});

test('a file with a time in the future is not kept', async () => {
  expect(await isKept({ mtimeNs: readAtNs + 3600n * SECOND_NS })).toBe(false);
});

test('a missing file is forgotten, even when no other was read', async () => {
  const base = await makeTempDir();
  const directory = join(base, 'stat-cache');
  const kept = { path: 'kept', stamp };
  const cache = await StatCache.open(directory, base);
  for (const path of ['gone', 'kept']) cache.add({ path, stamp }, cached.entry, readAt);
  await cache.save();
  const second = await StatCache.open(directory, base);
  expect(second.lookup(kept.path, kept.stamp)).toBeDefined();
  await second.save();
  const third = await StatCache.open(directory, base);
  expect(third.lookup('gone', stamp)).toBeUndefined();
  expect(third.lookup(kept.path, kept.stamp)).toBeDefined();
});

/** Seen to fail with the times of files compared with the clock of this machine. */
test('a file that just changed is not kept when the clocks of machine and files differ', async () => {
  const base = await makeTempDir();
  const directory = join(base, 'stat-cache');
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const at = (ageNs: bigint) => ({ ...stamp, mtimeNs: nowNs - ageNs, ctimeNs: nowNs - ageNs });
  const { now } = Date;
  Date.now = () => now() + 60_000;
  try {
    const cache = await StatCache.open(directory, base);
    cache.add({ path: 'fresh', stamp: at(0n) }, cached.entry, new Date(Date.now()));
    cache.add({ path: 'old', stamp: at(10n * SECOND_NS) }, cached.entry, new Date(Date.now()));
    await cache.save();
  } finally {
    Date.now = now;
  }
  const cache = await StatCache.open(directory, base);
  expect(cache.lookup('fresh', at(0n))).toBeUndefined();
  expect(cache.lookup('old', at(10n * SECOND_NS))).toBeDefined();
});

test('each file has the digests of its last read, in any order of reads and lookups', async () => {
  const paths = fc.constantFrom('a', 'a/b', 'a-b', 'B', '\uffee', '\u{1f600}', 'z');
  const files = fc.uniqueArray(fc.tuple(paths, fc.nat(255)), { selector: ([path]) => path });
  await fc.assert(
    fc.asyncProperty(fc.array(files, { maxLength: 4 }), fc.array(paths), async (rounds, lookups) => {
      const directory = await makeTempDir();
      const known = new Map<string, number>();
      for (const round of rounds) {
        const cache = await StatCache.open(directory, '/base');
        for (const path of known.keys()) expect(cache.lookup(path, stamp)).toBeDefined();
        for (const [path, byte] of round) {
          cache.add({ path, stamp }, { blake3: Buffer.alloc(32, byte), sha256: Buffer.alloc(32, byte) }, readAt);
          known.set(path, byte);
        }
        await cache.save();
      }
      const cache = await StatCache.open(directory, '/base');
      for (const path of lookups) {
        const position = cache.lookup(path, stamp);
        expect(position === undefined ? undefined : cache.digestsOf(position).blake3[0]).toBe(known.get(path));
      }
    }),
    { numRuns: 50 },
  );
});

test('a file that changed more than two seconds before it was read is kept', async () => {
  expect(await isKept({ mtimeNs: readAtNs - 2n * SECOND_NS - 1n })).toBe(true);
});

test('files of one folder are unknown in another', async () => {
  const cache = await StatCache.open(await saved(), '/other');
  expect(cache.lookup(cached.entry.path, stamp)).toBeUndefined();
});

test('saving replaces what was known before, and leaves one file', async () => {
  const directory = await saved();
  await save(await StatCache.open(directory, '/base'), [other]);
  const cache = await StatCache.open(directory, '/base');
  expect(cache.lookup(cached.entry.path, stamp)).toBeUndefined();
  expect(cache.lookup('b', stamp)).toBeDefined();
  expect(await readdir(directory)).toHaveLength(1);
});

test('is not written again when nothing has changed', async () => {
  const directory = await saved();
  const cache = await StatCache.open(directory, '/base');
  for (const { entry } of [cached, other]) cache.lookup(entry.path, stamp);
  const [name] = await readdir(directory);
  const before = await stat(join(directory, name!), { bigint: true });
  await save(cache, []);
  expect(await stat(join(directory, name!), { bigint: true })).toEqual(before);
});

test('files that were looked up stay known beside those that were read', async () => {
  const directory = await saved([cached]);
  const cache = await StatCache.open(directory, '/base');
  cache.lookup(cached.entry.path, stamp);
  await save(cache, [other]);
  const next = await StatCache.open(directory, '/base');
  for (const { entry } of [cached, other]) {
    const { blake3, sha256 } = entry;
    expect(next.digestsOf(next.lookup(entry.path, stamp)!)).toEqual({ blake3, sha256 });
  }
});

test.each<[what: string, damage: (bytes: Buffer) => Buffer]>([
  ['was cut', (bytes) => bytes.subarray(0, -1)],
  ['is empty', () => Buffer.alloc(0)],
  [
    'has a changed byte',
    (bytes) => Buffer.concat([bytes.subarray(0, 60), Buffer.from([bytes[60]! ^ 1]), bytes.subarray(61)]),
  ],
  ['is of a newer version', (bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.from([9]), bytes.subarray(5)])],
  ['is something else', () => Buffer.from('hello, world: no cache at all, but text of more than forty bytes')],
])('a cache that %s only means that every file is read', async (_, damage) => {
  const directory = await saved();
  const [name] = await readdir(directory);
  const file = join(directory, name!);
  await writeFile(file, damage(await readFile(file)));
  const cache = await StatCache.open(directory, '/base');
  expect(cache.lookup(cached.entry.path, stamp)).toBeUndefined();
  await save(cache, [cached]);
  expect((await StatCache.open(directory, '/base')).lookup(cached.entry.path, stamp)).toBeDefined();
});

test('a failure to save the cache is not an error', async () => {
  const file = join(await makeTempDir(), 'file');
  await writeFile(file, 'kept');
  await save(await StatCache.open(file, '/base'), [cached]);
  expect(await readFile(file, 'utf8')).toBe('kept');
});
