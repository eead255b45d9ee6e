/**
 * What survives a power cut is what was synced, in the order in which it was. Seen to fail without the sync of an object, of
 * index.yaml, of their folders, of folders above; with one behind the rename or behind the commit; with SQLite's FULL;
 * with events that are mirrored after their commit.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexFile, noise, sampleInfospace, writeTree } from '../infospace/fixtures.ts';
import type { DiskCall } from './disk-call.ts';
import { traceDisk } from './disk-trace.ts';
import { archiveExpired } from './fixtures.ts';

const STORE = 'output/archives/.store';
/** SQLite's EXTRA: with FULL, a power cut may bring back the journal of a commit, which takes the commit back. */
const EXTRA = 3;

function storedFiles(root: string): string[] {
  const storage = join(root, STORE, 'storage');
  const found = existsSync(storage) ? readdirSync(storage, { recursive: true, withFileTypes: true }) : [];
  return found.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
}

/** What a power cut right before the call could still take from the file; none of it is allowed. */
function lossesOf(file: string, calls: readonly DiskCall[], root: string): string[] {
  const syncs = (path: string, after: number) =>
    calls.slice(after + 1).some((it) => it.call === 'sync' && it.path === path);
  const published = calls.findLastIndex(({ call, path }) => call === 'publish' && path === file);
  if (published < 0) return [`${file} has no name`];
  const { from } = calls[published]!;
  const before = calls.slice(0, published);
  const written = before.findLastIndex(({ call, path }) => call === 'write' && path === from);
  const synced = before.findLastIndex(({ call, path }) => call === 'sync' && path === from);
  const losses: string[] = [];
  if (written < 0 || synced < written) losses.push(`${file} has its name before its bytes are durable`);
  if (!syncs(dirname(file), published)) losses.push(`the name of ${file}`);
  for (let folder = dirname(file); folder.startsWith(root); folder = dirname(folder)) {
    const made = calls.findIndex(({ call, path }) => call === 'mkdir' && path === folder);
    if (made >= 0 && !syncs(dirname(folder), made)) losses.push(`the name of ${folder}`);
  }
  return losses;
}

async function archiveTraced(root: string): Promise<void> {
  const before = new Set(storedFiles(root));
  const { code, stderr, calls } = await traceDisk(['archive', root, '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const commits = calls.filter(({ call }) => call === 'commit');
  expect(new Set(commits.map(({ synchronous }) => synchronous))).toEqual(new Set([EXTRA]));
  const visible = calls.findLastIndex(({ call }) => call === 'commit');
  const added = storedFiles(root).filter((file) => !before.has(file));
  for (const folder of ['events', 'manifests', 'objects', 'packs']) {
    expect(added.some((file) => file.startsWith(join(root, STORE, 'storage', folder)))).toBe(true);
  }
  expect(added.flatMap((file) => lossesOf(file, calls.slice(0, visible), root))).toEqual([]);
  expect(lossesOf(indexFile(root), calls, root)).toEqual([]);
  // The index names no package that is not there.
  expect(calls.findIndex(({ call, path }) => call === 'publish' && path === indexFile(root))).toBeGreaterThan(visible);
}

const traceable = process.platform === 'win32' ? test.skip : test;

traceable(
  'an archive is durable before it is visible, and the index that names it before the command ends',
  async () => {
    const root = sampleInfospace({ 'output/large.bin': noise(1_100_000, 'first') });
    await archiveTraced(root);
    writeTree(root, { 'output/new.txt': 'new', 'output/large.bin': noise(1_100_000, 'second') });
    await archiveTraced(root);
  },
);

traceable('what is disposed of is deleted after the commit that forgets it', async () => {
  const root = sampleInfospace();
  await archiveExpired(root);
  const before = storedFiles(root);
  const { code, calls } = await traceDisk(['gc', '--grace', '0', '--from', root]);
  expect(code).toBe(0);
  const after = new Set(storedFiles(root));
  const gone = before.filter((file) => !after.has(file));
  expect(gone.length).toBeGreaterThan(1);
  const firstCommit = calls.findIndex(({ call }) => call === 'commit');
  for (const file of gone) {
    expect(calls.findIndex(({ call, path }) => call === 'unlink' && path === file)).toBeGreaterThan(firstCommit);
  }
});
