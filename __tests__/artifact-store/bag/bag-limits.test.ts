import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { encodeHeader, endOfArchive, padding, type TarEntry } from '../../../src/artifact-store/bag/tar.ts';
import { refusal, type Tree, temporaryFolder, writeTree } from '../../infospace/fixtures.ts';

/** The cost of a stranger's bag: every size that a header or a directory claims is checked before memory is allocated. */

const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const A = createHash('sha256').update('a').digest('hex');
const onUnix = process.platform === 'win32' ? test.skip : test;

function bagOf(tree: Tree, listed = ['data/a.txt']): string {
  const manifest = listed.map((path) => `${A}  ${path}\n`).join('');
  const files = { 'bagit.txt': DECLARATION, 'manifest-sha256.txt': manifest, 'data/a.txt': 'a', ...tree };
  return writeTree(join(temporaryFolder(), 'bag'), files);
}

function tarOf(members: readonly (Partial<TarEntry> & { path: string; text?: string })[]): string {
  const blocks = members.flatMap(({ text = '', ...about }) => {
    const entry = { type: 'file' as const, size: text.length, executable: false, target: '', ...about };
    return [encodeHeader(entry, new Date(0)), Buffer.from(text), padding(text.length)];
  });
  const file = join(temporaryFolder(), 'bag.tar.zst');
  writeFileSync(file, zstdCompressSync(Buffer.concat([...blocks, endOfArchive()])));
  return file;
}

onUnix('a FIFO in the place of a bag, or in one, is refused without waiting', async () => {
  const file = join(temporaryFolder(), 'bag.tar');
  execFileSync('mkfifo', [file]);
  await expect(checkBag(file)).rejects.toEqual(refusal('FILE_UNREADABLE', 'neither a file nor a folder'));
  const bag = bagOf({});
  execFileSync('mkfifo', [join(bag, 'data/pipe')]);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'data/pipe'));
});

test.each([['bagit.txt'], ['bag-info.txt'], ['manifest-sha256.txt'], ['manifest-md5.txt'], ['tagmanifest-sha1.txt']])(
  'a %s of 5 GB is refused by its size, without reading it',
  async (name) => {
    const bag = bagOf({ [name]: '' });
    truncateSync(join(bag, name), 5e9);
    await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'too long'));
  },
);

test('a CBOR manifest of 5 GB is refused by its size, without reading it', async () => {
  const bag = bagOf({ 'infospace/manifest.cbor': '' });
  truncateSync(join(bag, 'infospace/manifest.cbor'), 5e9);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'too long'));
});

test('a line of a manifest may be as long as a path', async () => {
  const bag = bagOf({}, ['data/a.txt', `data/${'x'.repeat(16 * 1024)}`]);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'more than 16384 bytes'));
});

test('the number of fields in a description is limited', async () => {
  const bag = bagOf({ 'bag-info.txt': 'A: b\n'.repeat(100_002) });
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'more than 100000 fields'));
});

test('the number of files beside the payload is limited', async () => {
  const many = Array.from({ length: 10_001 }, (_, i) => ({ path: `x/tags/${i}` }));
  const bag = tarOf([{ path: 'x/bagit.txt', text: DECLARATION }, ...many]);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'more than 10000 files beside its payload'));
});

test('a link target may be as long as a path', async () => {
  const bag = tarOf([
    { path: 'x/bagit.txt', text: DECLARATION },
    { path: 'x/manifest-sha256.txt', text: '' },
    { path: 'x/data/link', type: 'symlink', target: 'y/'.repeat(2100) },
  ]);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'more than 4096 bytes'));
});

/** Seen to take minutes: each link was followed through all links behind it. */
test.each([
  ['a file', 'a.txt'],
  ['a folder', 'b'],
])('a long chain of links to %s is refused, as Linux does not follow it', async (_, target) => {
  const chain = Array.from({ length: 20_000 }, (_, i) => ({
    path: `x/data/${i}`,
    type: 'symlink' as const,
    target: i === 0 ? target : `${i - 1}`,
  }));
  const bag = tarOf([
    { path: 'x/bagit.txt', text: DECLARATION },
    { path: 'x/data/a.txt', text: 'a' },
    { path: 'x/data/b/', type: 'directory' },
    ...chain,
    { path: 'x/manifest-sha256.txt', text: `${A}  data/a.txt\n` },
  ]);
  await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', '"data/'));
});

test('a window above the default limit of zstd is refused', async () => {
  // A frame header (RFC 8878, 3.1.1.1) with a window of 256 MiB, and an empty last block.
  const file = join(temporaryFolder(), 'bag.tar.zst');
  writeFileSync(file, Buffer.from('28b52ffd0090010000', 'hex'));
  await expect(checkBag(file)).rejects.toEqual(refusal('INTEGRITY', 'bag.tar.zst'));
});

test('a path may contain the line separators of JavaScript', async () => {
  const bag = bagOf({ 'data/two\u2028lines': 'a' }, ['data/a.txt', 'data/two\u2028lines']);
  expect((await checkBag(bag)).files.map(({ path }) => path)).toEqual(['a.txt', 'two\u2028lines']);
});

test('each file is listed once, and under its own name', async () => {
  const twice = bagOf({}, ['data/a.txt', './data/a.txt']);
  await expect(checkBag(twice)).rejects.toEqual(refusal('INTEGRITY', './data/a.txt', 'twice'));
  const other = bagOf({ 'data/100%': 'a', 'data/100%25': 'not listed' }, ['data/a.txt', 'data/100%25']);
  await expect(checkBag(other)).rejects.toEqual(refusal('INTEGRITY', 'data/100%25', 'lacks'));
});
