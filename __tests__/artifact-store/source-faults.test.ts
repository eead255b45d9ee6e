/** Broken code that this was seen to find: the result of the third retry is reported as a change; a pipe blocks its reader. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from '../../src/artifact-store/hash-files.ts';
import { retryRead } from '../../src/artifact-store/packs/source-reads.ts';
import { sourceFile } from '../../src/artifact-store/source.ts';
import type { ReadFault } from '../../src/artifact-store/source-faults.ts';
import { refusal, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { listTree } from './fixtures.ts';

const CHANGED: ReadFault = { status: 'changed' };

/** Retries to read a file that meets the given faults in turn; the last one repeats. */
async function retried(...faults: [ReadFault, ...ReadFault[]]): Promise<unknown> {
  const base = writeTree(temporaryFolder(), { 'notes.txt': 'x' });
  const file = sourceFile('notes.txt', await lstat(join(base, 'notes.txt'), { bigint: true }));
  const next = async () => faults.shift() ?? CHANGED;
  return retryRead(base, file, CHANGED, next, undefined);
}

describe('the error reports the last of several reads', () => {
  test.concurrent.each([
    ['EACCES', 'make it readable or exclude it'],
    ['EIO', 'check the disk'],
    ['EMFILE', 'ulimit -n'],
  ])('%s', async (code, remedy) => {
    const last = retried(CHANGED, CHANGED, { status: 'failed', code });
    await expect(last).rejects.toEqual(refusal('FILE_UNREADABLE', '"notes.txt"', code, remedy));
  });

  test.concurrent('a change', async () => {
    await expect(retried(CHANGED)).rejects.toEqual(refusal('FILE_CHANGED', '"notes.txt" changed'));
  });
});

/** What happens to a file, or to its folder, between the listing and the read. */
const REPLACEMENTS: [what: string, replace: (base: string) => void, message: string][] = [
  ['was removed', (base) => rmSync(join(base, 'data/notes.txt')), 'vanished'],
  ['lost its folder', (base) => renameSync(join(base, 'data'), join(base, 'moved')), 'vanished'],
  [
    'has a file in the place of its folder',
    (base) => {
      rmSync(join(base, 'data'), { recursive: true });
      writeFileSync(join(base, 'data'), '');
    },
    'vanished',
  ],
  ['became a link', (base) => replaceBy(base, (path) => symlinkSync('other.txt', path)), 'other than a file'],
  ['became a link to itself', (base) => replaceBy(base, (path) => symlinkSync('notes.txt', path)), 'other than a file'],
  ['became a folder', (base) => replaceBy(base, (path) => mkdirSync(path)), 'other than a file'],
  ...(process.platform === 'win32'
    ? []
    : [['became a pipe', makePipe, 'other than a file'] satisfies (typeof REPLACEMENTS)[0]]),
];

function replaceBy(base: string, make: (path: string) => void): void {
  const path = join(base, 'data/notes.txt');
  rmSync(path);
  make(path);
}

function makePipe(base: string): void {
  replaceBy(base, (path) => execFileSync('mkfifo', [path]));
}

test.concurrent.each(REPLACEMENTS)('of a file that %s is reported as this', async (_, replace, message) => {
  const base = writeTree(temporaryFolder(), { 'data/notes.txt': 'x', 'data/other.txt': 'y' });
  const entries = await listTree(base);
  replace(base);
  await expect(hashFiles(base, entries)).rejects.toEqual(refusal('FILE_CHANGED', '"data/notes.txt"', message));
});
