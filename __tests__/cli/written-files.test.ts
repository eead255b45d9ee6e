/**
 * Files named by the user are complete or absent. Seen to fail with files written in place, and with a page that
 * replaces any file of its name.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import {
  cliFile,
  mountTmpfs,
  noise,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';
import { failure, run } from './fixtures.ts';

/** Commands that would each write more than 64 KiB. */
const WRITERS: [what: string, args: (root: string, file: string) => string[], name: string][] = [
  ['attest --to', (root, file) => ['attest', 'latest', '--from', root, '--to', file], 'statement.json'],
  ['show --cbor', (root, file) => ['show', 'latest', '--from', root, '--cbor', file], 'manifest.cbor'],
  ['export to a file', (root, file) => ['export', 'latest', '--from', root, '--to', file], 'bag.tar.zst'],
  ['export to a folder', (root, file) => ['export', 'latest', '--from', root, '--to', file], 'bag'],
  ['report --html', (root, file) => ['report', root, '--html', file], 'report.html'],
];

let root: string;
beforeAll(async () => {
  root = sampleInfospace();
  await archiveInfospace(root, { note: noise(100_000).toString('hex') });
});

test.each(WRITERS)('%s leaves nothing when it reaches the file size limit', (_, args, name) => {
  const folder = temporaryFolder();
  // In blocks of 512 bytes; SQLite maps 32 KiB.
  const script = 'ulimit -f 100; exec "$0" "$@"';
  const command = ['-c', script, process.execPath, cliFile, ...args(root, join(folder, name))];
  const env = { ...process.env, NODE_COMPILE_CACHE: '' };
  const { status, stdout, stderr } = spawnSync('sh', command, { env, encoding: 'utf8' });
  expect({ code: status, stdout, stderr }).toEqual(failure(3, name, 'EFBIG', 'file size limit'));
  expect(readdirSync(folder)).toEqual([]);
});

test.each(WRITERS)('%s leaves nothing on a full disk', async (_, args, name) => {
  const disk = mountTmpfs('size=64k');
  if (disk === undefined) {
    process.stderr.write('skipped: no small file system can be mounted here\n');
    return;
  }
  expect(await run(args(root, join(disk, name)))).toEqual(failure(3, name, 'disk is full', 'free some space'));
  expect(readdirSync(disk)).toEqual([]);
});

test('a page that cannot be written leaves the previous one in place', async () => {
  const disk = mountTmpfs('size=64k');
  if (disk === undefined) {
    process.stderr.write('skipped: no small file system can be mounted here\n');
    return;
  }
  writeTree(disk, { 'report.html': 'the page before' });
  const before = treeOf(disk);
  expect((await run(['report', root, '--html', join(disk, 'report.html'), '--force'])).code).toBe(3);
  expect(treeOf(disk)).toEqual(before);
});

test('a link to a page stays a link, and a device stays a device', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'real.html'), 'the page before');
  symlinkSync('real.html', join(folder, 'report.html'));
  const report = (file: string) => run(['report', root, '--html', file, '--force', '--quiet']);
  expect(await report(join(folder, 'report.html'))).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(lstatSync(join(folder, 'report.html')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'real.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(readdirSync(folder).toSorted()).toEqual(['real.html', 'report.html']);
  if (!existsSync('/dev/null')) return;
  symlinkSync('/dev/null', join(folder, 'null.html'));
  expect(await report(join(folder, 'null.html'))).toEqual(failure(3, 'null.html', 'name another file'));
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a name as long as the file system allows works', async () => {
  const file = join(temporaryFolder(), `${'é'.repeat(120)}.json`);
  expect((await run(['attest', 'latest', '--from', root, '--to', file])).code).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('predicate');
});
