import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { builtCommand, execute } from './fixtures.ts';

const MIB = 1024 * 1024;
const MAX_RSS_MIB = 300;
/** Number of threads that decode and code at once; a copy has the threads of two stores. */
const MAX_BROUGHT_RSS_MIB = 400;
const LARGE_FILE_MIB = 3 * 1024;
/** Folders for the infospace, its stored form, its bag, and restored or copied packages. */
const NEEDED_BYTES = 4.3 * LARGE_FILE_MIB * MIB;

/** As many threads as on the runners of GitHub Actions, whatever this machine has. */
const CORES = 4;

/** Each thread has a frame, its compressed form and a context of zstd; with two, all of it stays below this. */
const MAX_COMPRESSIBLE_RSS_MIB = 200;
const COMPRESSIBLE_MIB = 2 * 1024;

const MANY_FILES = 200_000;
/** The limit for a bag of this many files. An import takes about 360 MiB, and an export less. */
const MAX_MANY_RSS_MIB = 400;

/**
 * Records the largest resident set of the whole process, with all threads. Linux adds the parent of a process to its
 * resource usage; its own is in /proc.
 */
const hook = (cores: number) => `require('node:os').availableParallelism = () => ${cores};
require('node:module').syncBuiltinESMExports();
const { isMainThread } = require('node:worker_threads');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const peak = () => existsSync('/proc/self/status')
  ? Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  : process.resourceUsage().maxRSS;
if (isMainThread) process.on('exit', () => writeFileSync(process.env.RSS_FILE, String(peak() / 1024)));`;

function makeLargeInfospace(root: string): void {
  mkdirSync(join(root, 'output/small'), { recursive: true });
  const words = Array.from({ length: 997 }, (_, i) => `word${i * 7919}`);
  for (let i = 0; i < 10_000; i++) {
    let text = `# Page ${i}\n`;
    for (let n = i; text.length < 8192; n += 31 + (i % 17)) text += `${words[n % words.length]} `;
    writeFileSync(join(root, `output/small/${i}.md`), text.slice(0, 8192));
  }
  const block = randomFillSync(Buffer.alloc(64 * MIB));
  const file = openSync(join(root, 'output/large.bin'), 'w');
  for (let i = 0; i < LARGE_FILE_MIB / 64; i++) {
    for (let at = 0; at < block.length; at += MIB) block.writeUInt32LE(i * 64 + at / MIB, at);
    for (let at = 0; at < block.length; ) at += writeSync(file, block, at);
  }
  closeSync(file);
}

/** The largest resident set of a command, run with the hook in the folder. */
async function rssIn(folder: string, command: string, args: string[]): Promise<number> {
  const env = { ...process.env, RSS_FILE: join(folder, 'rss') };
  rmSync(env.RSS_FILE, { force: true });
  await execute(process.execPath, ['--require', join(folder, 'hook.cjs'), command, ...args], { env });
  const rss = Number(readFileSync(env.RSS_FILE, 'utf8'));
  process.stderr.write(`${args[0]}: ${Math.round(rss)} MiB\n`);
  return rss;
}

test('10,000 small files and one of 3 GiB need less than 300 MiB of memory, in archive and restore', async () => {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < NEEDED_BYTES) {
    process.stderr.write(`skipped: ${tmpdir()} has less than ${Math.ceil(NEEDED_BYTES / MIB)} MiB free\n`);
    return;
  }
  const command = await builtCommand();
  const folder = writeTree(temporaryFolder(), { 'hook.cjs': hook(CORES) });
  const [root, target] = [join(folder, 'space'), join(folder, 'restored')];
  makeLargeInfospace(root);
  const rssOf = (...args: string[]) => rssIn(folder, command, args);
  const peaks = {
    archive: await rssOf('archive', root),
    again: await rssOf('archive', root, '--no-stat-cache'),
    verify: await rssOf('verify', 'latest', '--from', root),
    restore: await rssOf('restore', 'latest', '--from', root, '--target', target),
  };
  await execute('diff', ['--recursive', '--exclude=archives', root, target]);
  rmSync(target, { recursive: true });
  const bag = join(folder, 'bag.tar.zst');
  const brought = {
    export: await rssOf('export', 'latest', '--from', root, '--to', bag),
    copy: await rssOf('copy', 'latest', '--from', root, '--to-store', join(folder, 'copied')),
  };
  rmSync(join(folder, 'copied'), { recursive: true });
  rmSync(join(root, 'output/large.bin'));
  const imported = { import: await rssOf('import', bag, '--store-root', join(folder, 'imported')) };
  const expectBelow = (limit: number, found: Record<string, number>) => {
    for (const [what, peak] of Object.entries(found)) expect([what, peak < limit]).toEqual([what, true]);
  };
  expectBelow(MAX_RSS_MIB, peaks);
  expectBelow(MAX_BROUGHT_RSS_MIB, { ...brought, ...imported });
}, 900_000);

test('a large compressible file leaves no memory behind for each of its frames', async () => {
  const command = await builtCommand();
  const folder = writeTree(temporaryFolder(), { 'hook.cjs': hook(2), 'space/output/small.txt': '' });
  const file = openSync(join(folder, 'space/output/large.txt'), 'w');
  const block = Buffer.alloc(64 * MIB, 'text\n');
  for (let i = 0; i < COMPRESSIBLE_MIB / 64; i++) writeSync(file, block);
  closeSync(file);
  expect(await rssIn(folder, command, ['archive', join(folder, 'space')])).toBeLessThan(MAX_COMPRESSIBLE_RSS_MIB);
}, 300_000);

test('a bag of 200,000 files is exported and imported in bounded memory', async () => {
  const command = await builtCommand();
  const folder = writeTree(temporaryFolder(), { 'hook.cjs': hook(2) });
  const root = join(folder, 'space');
  for (let i = 0; i < MANY_FILES; i++) {
    const part = join(root, `output/part-${Math.floor(i / 1000)}`);
    if (i % 1000 === 0) mkdirSync(part, { recursive: true });
    writeFileSync(join(part, `file-${i}.txt`), `content of ${i}\n`);
  }
  await rssIn(folder, command, ['archive', root]);
  const bag = join(folder, 'many.tar.zst');
  const exported = await rssIn(folder, command, ['export', 'latest', '--from', root, '--to', bag]);
  const imported = await rssIn(folder, command, ['import', bag, '--store-root', join(folder, 'imported')]);
  expect(exported).toBeLessThan(MAX_MANY_RSS_MIB);
  expect(imported).toBeLessThan(MAX_MANY_RSS_MIB);
}, 900_000);
