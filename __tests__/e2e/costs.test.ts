import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { archiveInfospace } from '../../src/index.ts';
import { noise } from '../artifact-store/fixtures.ts';
import { type Tree, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { canTrace, traced } from './strace.ts';

/**
 * The cost of work, in units that do not depend on the machine's load. The bounds are the costs when they were written,
 * and a little more.
 *
 * Seen to fail with one more stat call for each file, with files read in two pieces, with a folder made for each file, and with
 * a statement for each content, and with the contents of a pack listed whenever its table is read.
 */
const FILES = 1000;
const FOLDERS = 10;

/** Like corpus a of the benchmarks, at a tenth. */
function manyTexts(): Tree {
  const text = (i: number) => {
    const words = Array.from({ length: 250 }, (_, n) =>
      createHash('sha256')
        .update(`${i} ${n >> 2}`)
        .digest('hex'),
    );
    return words.join(' ').slice(0, 4000 + ((i * 7919) % 8000));
  };
  const files = Array.from({ length: FILES }, (_, i) => [`output/part-${i % FOLDERS}/${i}.md`, text(i)] as const);
  return { 'infospace.yaml': 'slug: many\n', ...Object.fromEntries(files) };
}

const CALLS = [
  ...['access', 'faccessat', 'faccessat2'],
  ...['openat', 'statx', 'newfstatat', 'fstat', 'read', 'pread64', 'close', 'getdents64', 'mkdir', 'mkdirat'],
  ...['write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'link', 'rename', 'unlink', 'symlink'],
];
const SYNC = /^\d+ +f(data)?sync\(/;
const WRITE = /^\d+ +p?write(v|64)?\(.*= (\d+)$/;

interface Costs {
  /** Calls with a path below the folder of files, for each file. */
  perFile: number;
  /** Calls with a path in the store. */
  store: number;
  syncs: number;
  storeBytesWritten: number;
}

function costsOf(args: readonly string[], files: string, store: string): Costs {
  // With the path of each descriptor.
  const lines = traced(CALLS, args, ['-y']).filter((line) => !line.includes('resumed>'));
  const ofStore = lines.filter((line) => line.includes(store));
  return {
    perFile: lines.filter((line) => line.includes(files) && !line.includes(store)).length / FILES,
    store: ofStore.length,
    syncs: lines.filter((line) => SYNC.test(line)).length,
    storeBytesWritten: ofStore.reduce((sum, line) => sum + Number(WRITE.exec(line)?.[2] ?? 0), 0),
  };
}

const onlyTraced = canTrace() ? test : test.skip;

onlyTraced('an archive, another one and a restore make few system calls', async () => {
  const root = writeTree(join(temporaryFolder(), 'space'), manyTexts());
  // The next archive reads files again that have just changed.
  await sleep(2100);
  const store = join(temporaryFolder(), 'store');
  const target = join(temporaryFolder(), 'target');
  const archive = ['archive', root, '--store-root', store, '--quiet'];
  const restore = ['restore', 'latest', '--from', root, '--store-root', store, '--target', target, '--quiet'];
  const first = costsOf(archive, join(root, 'output/part-'), store);
  const again = costsOf(archive, join(root, 'output/part-'), store);
  const restored = costsOf(restore, '/files/output/part-', store);
  process.stderr.write(`${JSON.stringify({ first, again, restored })}\n`);
  // Stat, open, read, stat again, close.
  expect(first.perFile).toBeLessThan(5.2);
  expect(first.syncs).toBeLessThan(40);
  expect(first.store).toBeLessThan(400);
  expect(first.storeBytesWritten).toBeLessThan(2_000_000);
  expect(again.perFile).toBeLessThan(1.2);
  expect(again.syncs).toBeLessThan(30);
  expect(again.storeBytesWritten).toBeLessThan(300_000);
  // Open, write, close.
  expect(restored.perFile).toBeLessThan(3.2);
  expect(restored.syncs).toBe(0);
  expect(restored.store).toBeLessThan(200);
});

/** The database statements that an action prepares. */
async function statementsOf(action: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const { prepare } = SQLite.prototype;
  SQLite.prototype.prepare = function (this: SQLite.Database, text: string) {
    statements.push(text);
    return prepare.call(this, text);
  } as typeof prepare;
  try {
    await action();
    return statements;
  } finally {
    SQLite.prototype.prepare = prepare;
  }
}

test('the number of database statements grows with packs, not with files', async () => {
  const root = writeTree(join(temporaryFolder(), 'space'), manyTexts());
  const first = (await statementsOf(() => archiveInfospace(root))).length;
  const again = (await statementsOf(() => archiveInfospace(root))).length;
  process.stderr.write(`${JSON.stringify({ first, again })}\n`);
  expect(first).toBeLessThan(100);
  expect(again).toBeLessThan(60);
});

test('an archive of unchanged files looks up neither their contents nor the chunks of large ones', async () => {
  const tree = {
    'infospace.yaml': 'slug: large\n',
    'output/small.md': 'text',
    'output/large.bin': noise(8_000_000, 1),
  };
  const root = writeTree(join(temporaryFolder(), 'space'), tree);
  // Else the files are read again, since they have just changed.
  await sleep(2100);
  await archiveInfospace(root);
  const lookups = (await statementsOf(() => archiveInfospace(root))).filter((text) =>
    text.includes('with recursive list'),
  );
  expect(lookups).toEqual([]);
});

test('a first archive makes few views of its digests, which are what fills the memory with many files', async () => {
  const root = writeTree(join(temporaryFolder(), 'space'), manyTexts());
  const { subarray } = Buffer.prototype;
  let views = 0;
  Buffer.prototype.subarray = function (this: Buffer, ...range: [number?, number?]) {
    views++;
    return subarray.apply(this, range);
  };
  try {
    await archiveInfospace(root);
  } finally {
    Buffer.prototype.subarray = subarray;
  }
  process.stderr.write(`${JSON.stringify({ views: views / FILES })}\n`);
  expect(views / FILES).toBeLessThan(1.5);
});
