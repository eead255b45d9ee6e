import { createHash } from 'node:crypto';
import { chmod, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from '../../src/artifact-store/hash-files.ts';
import { wasmBlake3 } from '../../src/artifact-store/identity/hasher.ts';
import { StatCache } from '../../src/artifact-store/packs/stat-cache.ts';
import { listTree, noise, type Tree, useTempDirs, writeTree } from './fixtures.ts';

/** Seen to fail without a lookup in the stat cache, without a second read of a changed file, and with a lost batch. */

const makeDir = useTempDirs();

const TREE: Tree = {
  ...Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`small/${i}`, `content ${i}`])),
  'large.bin': noise(5_000_000, 1),
  'one.bin': noise(1_048_576, 2),
  'empty.txt': '',
  link: { link: 'empty.txt' },
  none: null,
};

async function filled(tree: Tree = TREE): Promise<string> {
  const base = await makeDir();
  await writeTree(base, tree);
  return base;
}

function digestsOf(content: string | Uint8Array) {
  return {
    blake3: wasmBlake3().hash(Buffer.from(content)).toString('hex'),
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

async function hashed(...args: Parameters<typeof hashFiles>) {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const entries = await hashFiles(...args);
  return Object.fromEntries(
    entries.map((entry) => [
      entry.path,
      entry.kind === 'file' ? { ...entry, blake3: hex(entry.blake3), sha256: hex(entry.sha256) } : entry,
    ]),
  );
}

test('gives every entry with both digests, as an archive would', async () => {
  const base = await filled();
  await chmod(join(base, 'one.bin'), 0o755);
  const progress: number[] = [];
  const found = await hashed(base, await listTree(base), { onProgress: ({ files }) => progress.push(files) });
  expect(Object.keys(found)).toHaveLength(Object.keys(TREE).length);
  for (const [path, content] of Object.entries(TREE)) {
    if (content === null) expect(found[path]).toEqual({ path, kind: 'directory' });
    else if (typeof content !== 'string' && 'link' in content) {
      expect(found[path]).toEqual({ path, kind: 'symlink', target: content.link });
    } else {
      const executable = path === 'one.bin';
      const size = content.length;
      expect(found[path]).toEqual({ path, kind: 'file', size, executable, ...digestsOf(content) });
    }
  }
  expect(progress.at(-1)).toBe(1503);
});

test('does not read a file that the stat cache knows', async () => {
  const base = await filled({ known: 'known', changed: 'old' });
  for (const name of ['known', 'changed']) await utimes(join(base, name), 1, 1);
  const statCacheDirectory = await makeDir();
  const entries = await listTree(base);
  const digests = { blake3: Buffer.alloc(32, 1), sha256: Buffer.alloc(32, 2) };
  const files = entries.filter((entry) => entry.kind === 'file');
  const cache = await StatCache.open(statCacheDirectory, base);
  for (const file of files) cache.add(file, digests, new Date(Date.now() + 10_000));
  await cache.save();
  await writeFile(join(base, 'changed'), 'new');
  const found = await hashed(base, await listTree(base), { statCacheDirectory });
  expect(found['known']).toMatchObject({ blake3: '01'.repeat(32), sha256: '02'.repeat(32) });
  expect(found['changed']).toMatchObject(digestsOf('new'));
});

test.each([
  ['small', 'old', 'newer'],
  ['large', noise(3_000_000, 1), noise(2_000_000, 2)],
])('reads a %s file again that changed since it was listed', async (_, old, now) => {
  const base = await filled({ file: old, other: 'other' });
  const listed = await listTree(base);
  await writeFile(join(base, 'file'), now);
  expect(await hashed(base, listed)).toMatchObject({
    file: { size: now.length, ...digestsOf(now) },
    other: digestsOf('other'),
  });
});

test('reports a missing file by name', async () => {
  const base = await filled({ 'a/file': 'content' });
  const listed = await listTree(base);
  await rm(join(base, 'a/file'));
  await expect(hashFiles(base, listed)).rejects.toMatchObject({
    code: 'FILE_CHANGED',
    message: expect.stringContaining('a/file'),
  });
});
