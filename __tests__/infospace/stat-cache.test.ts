import { readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedStore, readEnvironment, type StoreConfig } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { type ArchiveOptions, type ArchiveResult, archiveInfospace } from '../../src/index.ts';
import { contentOf, sampleInfospace, temporaryFolder } from './fixtures.ts';

const store = 'output/archives/.store';

function archiveLater(root: string, seconds: number, options?: ArchiveOptions): Promise<ArchiveResult> {
  const config = embeddedStore(join(root, store), { retentionClasses: loadRetentionClasses(undefined) });
  return archiveInto(config, root, seconds, options);
}

/** Archives with a clock that many seconds after the files were written. */
async function archiveInto(
  config: StoreConfig,
  root: string,
  seconds: number,
  options: ArchiveOptions = {},
): Promise<ArchiveResult> {
  const now = () => new Date(Date.now() + seconds * 1000);
  const registry = await openStore(config, { access: 'write', now });
  try {
    return await archiveInfospace(root, { ...options, registry });
  } finally {
    await registry.close();
  }
}

function fileCount(root: string): number {
  return Object.values(contentOf(root)).filter((what) => /^(file|script)/.test(what)).length;
}

test('files older than two seconds are not read again', async () => {
  const root = sampleInfospace();
  const first = await archiveLater(root, 60);
  const second = await archiveLater(root, 60);
  expect(first.unreadFiles).toBe(0);
  expect(second.unreadFiles).toBe(fileCount(root));
  expect(second.record.content_digest).toBe(first.record.content_digest);
  expect(second.reusedFiles).toBeGreaterThanOrEqual(second.unreadFiles);
});

test('files that changed just before they were read are read again', async () => {
  const root = sampleInfospace();
  await archiveLater(root, 0);
  expect((await archiveLater(root, 60)).unreadFiles).toBe(0);
});

test('a change that keeps size and mtime is found', async () => {
  const root = sampleInfospace();
  const file = join(root, 'output/result.json');
  const first = await archiveLater(root, 60);
  const { atime, mtime, size } = statSync(file);
  writeFileSync(file, '{"ok":null}\n');
  utimesSync(file, atime, mtime);
  expect(statSync(file)).toMatchObject({ mtime, size });
  const second = await archiveLater(root, 60);
  expect(second.unreadFiles).toBe(fileCount(root) - 1);
  expect(second.record.content_digest).not.toBe(first.record.content_digest);
});

test('every file is read when the cache is disabled', async () => {
  const root = sampleInfospace();
  await archiveLater(root, 60);
  expect((await archiveLater(root, 60, { statCache: false })).unreadFiles).toBe(0);
});

test.each<[string, (file: string) => void]>([
  ['damaged', (file) => writeFileSync(file, 'nonsense that is no cache at all')],
  ['cut off', (file) => truncateSync(file, statSync(file).size - 1)],
  ['empty', (file) => truncateSync(file)],
])('a cache that is %s only costs time', async (_, harm) => {
  const root = sampleInfospace();
  const first = await archiveLater(root, 60);
  const cache = join(root, store, 'stat-cache');
  for (const name of readdirSync(cache)) harm(join(cache, name));
  const second = await archiveLater(root, 60);
  expect(second.unreadFiles).toBe(0);
  expect(second.record.content_digest).toBe(first.record.content_digest);
  expect((await archiveLater(root, 60)).unreadFiles).toBe(fileCount(root));
});

test('an archive of a part keeps the rest in the cache', async () => {
  const root = sampleInfospace();
  await archiveLater(root, 60);
  await archiveLater(root, 60, { include: ['reports', 'output'] });
  expect((await archiveLater(root, 60)).unreadFiles).toBe(fileCount(root));
});

test('a shared folder without a database keeps it in the cache folder of the user', async () => {
  const root = sampleInfospace();
  const env = {
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(temporaryFolder(), 'shared'),
    XDG_CACHE_HOME: temporaryFolder(),
  };
  const config = readEnvironment(env).store!;
  await initStore(config);
  const first = await archiveInto(config, root, 60);
  const second = await archiveInto(config, root, 60);
  expect([first.unreadFiles, second.unreadFiles]).toEqual([0, fileCount(root)]);
  expect(second.record.content_digest).toBe(first.record.content_digest);
});
