/**
 * Only synced data survives a power cut, in the order of the syncs. Seen to fail without the sync of an object, of
 * index.yaml, of their folders, of folders above; with a sync after the rename or after the segment that names the object.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { decodeSegment } from '../../src/artifact-store/log/segment.ts';
import { indexFile, noise, sampleInfospace, writeTree } from '../infospace/fixtures.ts';
import type { DiskCall } from './disk-call.ts';
import { traceDisk } from './disk-trace.ts';
import { archiveExpired } from './fixtures.ts';

const STORE = 'output/archives/.store';
/** SQLite's FULL: with less, a power cut may leave half a commit, which no log repairs. */
const FULL = 2;

function storedFiles(root: string): string[] {
  const storage = join(root, STORE, 'storage');
  const found = existsSync(storage) ? readdirSync(storage, { recursive: true, withFileTypes: true }) : [];
  return found.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name));
}

/** The unsynced changes of a file that a power cut could lose at this call; none are allowed. */
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
  const there = new Set(storedFiles(root));
  const { code, stderr, calls } = await traceDisk(['archive', root, '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const commits = calls.filter(({ call }) => call === 'commit');
  expect(new Set(commits.map(({ synchronous }) => synchronous))).toEqual(new Set([FULL]));
  const added = storedFiles(root).filter((file) => !there.has(file));
  for (const folder of ['log', 'manifests', 'packs']) {
    expect(added.some((file) => file.startsWith(join(root, STORE, 'storage', folder)))).toBe(true);
  }
  const segments = added.filter((file) => isIn('log', root, file));
  const copies = added.filter((file) => isIn('checkpoints', root, file));
  const visible = calls.findIndex(({ call, path }) => call === 'publish' && segments.includes(path));
  const named = added.filter((file) => !segments.includes(file) && !copies.includes(file));
  expect(named.flatMap((file) => lossesOf(file, calls.slice(0, visible), root))).toEqual([]);
  // A copy of a segment proves that the segment was committed.
  expect(copies.length).toBeGreaterThan(0);
  const before = calls.slice(0, visible);
  expect(before.filter(({ call, path }) => call === 'publish' && copies.includes(path))).toEqual([]);
  // The index names no package whose segment a power cut may lose.
  const indexed = calls.findIndex(({ call, path }) => call === 'publish' && path === indexFile(root));
  expect([...segments, ...copies].flatMap((file) => lossesOf(file, calls.slice(0, indexed), root))).toEqual([]);
  expect(lossesOf(indexFile(root), calls, root)).toEqual([]);
}

function isIn(folder: string, root: string, file: string): boolean {
  return dirname(file) === join(root, STORE, 'storage', folder);
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

traceable('disposed bytes are deleted after the segment that records the disposal is durable', async () => {
  const root = sampleInfospace();
  await archiveExpired(root);
  const before = storedFiles(root);
  const { code, calls } = await traceDisk(['gc', '--include-last', '--grace', '0', '--from', root]);
  expect(code).toBe(0);
  const after = new Set(storedFiles(root));
  const gone = before.filter((file) => !after.has(file));
  expect(gone.length).toBeGreaterThan(1);
  const log = join(root, STORE, 'storage/log');
  for (const file of gone) {
    const key = relative(join(root, STORE, 'storage'), file);
    const output = readdirSync(log).find((name) =>
      decodeSegment(Number(name), readFileSync(join(log, name))).events.some(
        ({ event_type, subject_id }) => event_type === 'v1.object.removed' && subject_id === key,
      ),
    );
    const deleted = calls.findIndex(({ call, path }) => call === 'unlink' && path === file);
    expect(lossesOf(join(log, output!), calls.slice(0, deleted), root)).toEqual([]);
  }
});
