import { join } from 'node:path';
import {
  archiveInfospace,
  compareArchives,
  copyPackage,
  exportPackage,
  importBag,
  type OnProgress,
  openRegistry,
  type Progress,
  reportInfospace,
  restoreArchive,
} from '../../src/index.ts';
import { progressText } from '../../src/terminal/progress.ts';
import { noise, sampleInfospace, temporaryFolder } from './fixtures.ts';

const BIG_BYTES = 5_000_000;
const root = sampleInfospace({ 'output/big.bin': noise(BIG_BYTES) });
const folder = temporaryFolder();
const bag = join(folder, 'bag');

/** The progress reported during the action. */
async function outputOf(work: (onProgress: OnProgress) => Promise<unknown>): Promise<Progress[]> {
  const seen: Progress[] = [];
  await work((progress) => seen.push({ ...progress }));
  return seen;
}

async function verifyAll(onProgress: OnProgress): Promise<void> {
  await using registry = await openRegistry(root, {}, 'read');
  const ids = (await registry.listPackages()).map(({ id }) => id);
  for await (const { damage } of registry.verifyPackages(ids, onProgress)) expect(damage).toEqual([]);
}

test.each([
  ['an archive', (onProgress) => archiveInfospace(root, { onProgress }), true],
  [
    'a restore',
    (onProgress) => restoreArchive('latest', { from: root, target: join(folder, 'back'), onProgress }),
    true,
  ],
  ['an export', (onProgress) => exportPackage('latest', { from: root, to: bag, onProgress }), true],
  ['a copy', (onProgress) => copyPackage('latest', { from: root, toStore: join(folder, 'copy'), onProgress }), true],
  ['a comparison', (onProgress) => compareArchives('latest', root, { statCache: false, onProgress }), false],
  ['a report', (onProgress) => reportInfospace(root, { onProgress }), false],
  ['a verification', verifyAll, true],
] as [string, (onProgress: OnProgress) => Promise<unknown>, boolean][])(
  'the progress of %s reaches its totals, and includes parts of large files',
  async (_, work, reportsFiles) => {
    const seen = await outputOf(work);
    const last = seen.at(-1)!;
    expect(last.totalBytes).toBeGreaterThan(BIG_BYTES);
    expect(last.bytes).toBe(last.totalBytes);
    expect(new Set(seen.map(({ totalBytes }) => totalBytes))).toEqual(new Set([last.totalBytes]));
    if (last.totalFiles !== undefined) expect(last.files).toBe(last.totalFiles);
    expect(last.file).toBeUndefined();
    for (const [i, { bytes }] of seen.entries()) expect(bytes).toBeGreaterThanOrEqual(seen[i - 1]?.bytes ?? 0);
    const parts = seen.flatMap(({ file }) => (file ? [file] : []));
    if (reportsFiles) expect(parts.some(({ bytes }) => bytes > 0 && bytes < BIG_BYTES)).toBe(true);
    for (const part of parts) expect(part).toMatchObject({ path: 'output/big.bin', totalBytes: BIG_BYTES });
  },
);

test('an import reports what it checks and stores', async () => {
  const seen = await outputOf((onProgress) => importBag(bag, { storeRoot: join(folder, 'imported'), onProgress }));
  expect(seen.at(-1)).toMatchObject({ totalBytes: expect.any(Number) });
});

test('the line has percent, counts, rate, time left and the large file, and never wraps', () => {
  const progress = { files: 1500, bytes: 4e9, totalFiles: 3000, totalBytes: 10e9 };
  expect(progressText('archiving', progress, 40_000, 80)).toBe(
    'archiving 40%, 1,500/3,000 files, 4.0 GB/10.0 GB, 100 MB/s, 1 min 0 s left',
  );
  const file = { path: 'output/a\nb.bin', bytes: 2e9, totalBytes: 3e9 };
  expect(progressText('archiving', { ...progress, file }, 40_000, 200)).toMatch(
    /, 2\.0 GB\/3\.0 GB of output\/a\\nb\.bin$/,
  );
  expect(progressText('archiving', { ...progress, file }, 40_000, 60)).toHaveLength(59);
  expect(progressText('reading', { files: 1, bytes: 10 }, 500, 80)).toBe('reading 1 file, 10 B, 20 B/s');
  expect(progressText('reading', { ...progress, bytes: 0, totalBytes: 0 }, 5000, 80)).not.toContain('%');
});
