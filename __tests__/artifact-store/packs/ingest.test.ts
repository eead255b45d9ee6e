import { once } from 'node:events';
import { appendFile, chmod, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { embeddedStore } from '../../../src/artifact-store/config.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import type { FinalizedPackage, Registry } from '../../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import type { SourceEntry } from '../../../src/artifact-store/source.ts';
import { collect, listTree, noise, readTree, type Tree, useTempDirs, writeTree } from '../fixtures.ts';

const makeTempDir = useTempDirs();
const MiB = 1024 * 1024;
const ABOUT = { producer: 'bench', subject: 'atlas', retentionClass: 'transient' };
let registry: Registry;

beforeEach(async () => {
  const config = embeddedStore(await makeTempDir(), { retentionClasses: loadRetentionClasses(undefined) });
  registry = await openStore(config, { access: 'write' });
});
afterEach(() => registry.close());

async function archive(base: string, entries?: SourceEntry[], statCache = false): Promise<FinalizedPackage> {
  const id = await registry.createPackage(ABOUT);
  await registry.ingestFiles(id, base, entries ?? (await listTree(base)), { statCache });
  return registry.finalizePackage(id);
}

async function extracted(packageId: string): Promise<Record<string, Buffer>> {
  const directory = await makeTempDir();
  const files = (await registry.getManifest(packageId)).files.filter(isContentEntry);
  const folders = files
    .filter(({ path }) => path.includes('/'))
    .map(({ path }) => path.slice(0, path.lastIndexOf('/')));
  await writeTree(directory, Object.fromEntries(folders.map((folder) => [folder, null])));
  await registry.extractFiles(files, directory);
  return readTree(directory);
}

async function expectRoundTrip(tree: Record<string, Uint8Array>): Promise<void> {
  const base = await makeTempDir();
  await writeTree(base, tree);
  const { id } = await archive(base);
  const files = await extracted(id);
  expect(Object.keys(files).sort()).toEqual(Object.keys(tree).sort());
  for (const [path, content] of Object.entries(tree)) expect(files[path]!.equals(content)).toBe(true);
}

describe('any files are returned byte for byte', () => {
  test('when they are small, empty or equal', async () => {
    const name = fc.constantFrom('a', 'b', 'c', '\u00e9', '\u{1f600}', ' ', '-');
    const path = fc
      .tuple(
        fc.array(
          name.map((folder) => `${folder}.d`),
          { maxLength: 2 },
        ),
        name,
      )
      .map((names) => names.flat().join('/'));
    const content = fc.oneof(
      fc.constantFrom(Buffer.alloc(0), Buffer.from('same'), Buffer.alloc(5000, 'text ')),
      fc.uint8Array({ maxLength: 3000 }),
    );
    await fc.assert(fc.asyncProperty(fc.dictionary(path, content, { noNullPrototype: true }), expectRoundTrip), {
      numRuns: 25,
    });
  });

  test('when they are at the limits of frames, objects and batches', async () => {
    await expectRoundTrip({
      'frame-1': noise(MiB / 2 - 1, 1),
      'frame-2': noise(MiB / 2, 2),
      'frame-3': noise(MiB / 2 + 1, 3),
      'object-1': noise(MiB - 1, 4),
      'object-2': noise(MiB, 5),
      'object-3': noise(4 * MiB, 6),
      'object-4': noise(9 * MiB + 1, 7),
      'object-5': Buffer.alloc(9 * MiB + 1, 'compressible '),
      'object-6': Buffer.concat([noise(4 * MiB, 8), Buffer.alloc(4 * MiB)]),
      'object-7': Buffer.concat([Buffer.alloc(4 * MiB), noise(4 * MiB, 9)]),
      ...Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`many/${i}`, Buffer.from(`${i % 300}`)])),
    });
  });

  test('when they fill more than one pack', async () => {
    const tree = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}`, noise(MiB / 2 + i, i)]));
    await expectRoundTrip(tree);
    const sealed = (await collect(registry.tailEvents())).filter(({ event_type }) => event_type === 'v1.pack.sealed');
    expect(sealed).toHaveLength(2);
  });
});

test('text takes less space in the store than on disk', async () => {
  const base = await makeTempDir();
  await writeTree(base, { small: 'a line of text\n'.repeat(1000), large: 'a line of text\n'.repeat(100_000) });
  const { totalBytes, storedBytes } = await archive(base);
  expect(storedBytes).toBeLessThan(totalBytes / 50);
});

test('progress is reported file by file up to the total', async () => {
  const base = await makeTempDir();
  await writeTree(base, { a: 'one', b: 'three', c: null });
  const id = await registry.createPackage(ABOUT);
  const lines: [number, number][] = [];
  await registry.ingestFiles(id, base, await listTree(base), {
    onProgress: ({ files, bytes }) => lines.push([files, bytes]),
  });
  expect(lines).toEqual([
    [1, 3],
    [2, 8],
  ]);
});

describe('the stat cache', () => {
  async function oldTree(tree: Tree): Promise<string> {
    const base = await makeTempDir();
    await writeTree(base, tree);
    return base;
  }
  /** Status times cannot be set back, so the clock is set forward. */
  async function openLater(): Promise<void> {
    await registry.close();
    const config = embeddedStore(await makeTempDir(), { retentionClasses: loadRetentionClasses(undefined) });
    registry = await openStore(config, { access: 'write', now: () => new Date(Date.now() + 3_600_000) });
  }

  test('avoids reading unchanged files, and only these', async () => {
    await openLater();
    const base = await oldTree({ a: 'one', b: 'two', c: '', d: noise(MiB, 1) });
    expect(await archive(base, undefined, true)).toMatchObject({ unreadFiles: 0 });
    await writeFile(join(base, 'b'), 'TWO');
    const again = await archive(base, undefined, true);
    expect(again).toMatchObject({ unreadFiles: 3, reusedFiles: 3, reusedBytes: MiB + 3 });
    expect((await extracted(again.id))['b']!.toString()).toBe('TWO');
    expect(await archive(base)).toMatchObject({ unreadFiles: 0, contentDigest: again.contentDigest });
  });

  test('is not trusted where the store lacks the content', async () => {
    await openLater();
    const base = await oldTree({ a: 'one' });
    const id = await registry.createPackage(ABOUT);
    await registry.ingestFiles(id, base, await listTree(base));
    await registry.abandonPackage(id);
    const { id: second, unreadFiles } = await archive(base, undefined, true);
    expect(unreadFiles).toBe(0);
    expect((await extracted(second))['a']!.toString()).toBe('one');
  });

  test('keeps no file that changed just before it was read', async () => {
    const base = await oldTree({ a: 'one' });
    await archive(base, undefined, true);
    expect(await archive(base, undefined, true)).toMatchObject({ unreadFiles: 0 });
  });
});

const SIZES: [what: string, content: Buffer][] = [
  ['small', Buffer.from('content as it was listed')],
  ['large', noise(5 * MiB, 1)],
];

describe.each(SIZES)('a %s file that changed since it was listed', (_, content) => {
  let base: string;
  let file: string;
  let listed: SourceEntry[];

  beforeEach(async () => {
    base = await makeTempDir();
    file = join(base, 'f.txt');
    await writeTree(base, { 'a.txt': 'first', 'f.txt': content, 'z.txt': 'last' });
    listed = await listTree(base);
  });

  test.each<[what: string, change: () => Promise<unknown>, expected: Buffer]>([
    ['grew', () => appendFile(file, 'more'), Buffer.concat([content, Buffer.from('more')])],
    ['shrank', () => truncate(file, 5), content.subarray(0, 5)],
    ['was emptied', () => truncate(file, 0), Buffer.alloc(0)],
    ['grew large', () => writeFile(file, noise(2 * MiB, 9)), noise(2 * MiB, 9)],
    ['was written in place', () => writeFile(file, Buffer.from(content).fill('x')), Buffer.from(content).fill('x')],
    [
      'was replaced',
      async () => {
        await writeFile(`${file}.new`, 'new');
        await rename(`${file}.new`, file);
      },
      Buffer.from('new'),
    ],
    ['was touched', () => utimes(file, 1, 1), content],
  ])('and %s is archived as it is now', async (_, change, expected) => {
    await change();
    const { id, totalBytes } = await archive(base, listed);
    expect(totalBytes).toBe(expected.length + 'firstlast'.length);
    const files = await extracted(id);
    expect(files['f.txt']!.equals(expected)).toBe(true);
    expect(files['z.txt']!.toString()).toBe('last');
  });

  test.each<[what: string, change: () => Promise<unknown>]>([
    ['vanished', () => rm(file)],
    [
      'became a link',
      async () => {
        await rename(file, join(base, 'elsewhere'));
        await symlink('elsewhere', file);
      },
    ],
    [
      'became a folder',
      async () => {
        await rm(file);
        await writeTree(base, { 'f.txt/inside': 'x' });
      },
    ],
  ])('and %s is refused by name', async (_, change) => {
    await change();
    const id = await registry.createPackage(ABOUT);
    await expect(registry.ingestFiles(id, base, listed)).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      message: expect.stringContaining('"f.txt"'),
    });
    await registry.abandonPackage(id);
    expect(await registry.listPackages()).toEqual([]);
  });

  test('and has become executable is archived as executable', async () => {
    await chmod(file, 0o700);
    const { id } = await archive(base, listed);
    expect((await registry.getManifest(id)).files.filter((entry) => isContentEntry(entry) && entry.executable)).toEqual(
      [expect.objectContaining({ path: 'f.txt' })],
    );
  });
});

test('a file that never stops changing is refused by name', async () => {
  const base = await makeTempDir();
  const file = join(base, 'f.txt');
  await writeFile(file, '');
  await truncate(file, 64 * MiB);
  const touching = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { utimesSync } = require('node:fs');
     for (let time = 1; ; time++) {
       utimesSync(workerData, time, time);
       if (time === 1) parentPort.postMessage('started');
     }`,
    { eval: true, workerData: file },
  );
  try {
    await once(touching, 'message');
    const id = await registry.createPackage(ABOUT);
    await expect(registry.ingestFiles(id, base, await listTree(base))).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      message: expect.stringContaining('"f.txt"'),
    });
  } finally {
    await touching.terminate();
  }
});
