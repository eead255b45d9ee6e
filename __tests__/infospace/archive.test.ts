import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ArchiveError,
  archiveInfospace,
  exportPackage,
  importBag,
  listArchives,
  openRegistry,
  planArchive,
} from '../../src/index.ts';
import {
  contentOf,
  indexFile,
  refusal,
  SAMPLE,
  sampleInfospace,
  storedContents,
  temporaryFolder,
  treeOf,
  writeTree,
} from './fixtures.ts';

test('an archive returns a complete record, and the index contains the same', async () => {
  const root = sampleInfospace();
  const { record, changed, expiresAt, warnings } = await archiveInfospace(root, {
    retentionClass: 'summary-evidence',
    note: 'after the review',
  });
  expect(record).toEqual({
    log: { store: expect.any(String), segment: 1, digest: expect.stringMatching(/^blake3:/) },
    embedded: true,
    package_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    manifest_digest: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
    content_digest: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
    retention_class: 'summary-evidence',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    included_paths: ['infospace.yaml', 'artifacts', 'workflows', 'output', 'reports', 'exports'],
    file_count: Object.keys(SAMPLE).length,
    total_bytes: Object.values(SAMPLE).reduce((sum, content) => {
      if (content === null || content instanceof Uint8Array) return sum;
      if (typeof content === 'string') return sum + Buffer.byteLength(content);
      return 'script' in content ? sum + content.script.length : sum;
    }, 0),
    note: 'after the review',
    producer: 'infospace-bench',
    subject: 'guide',
  });
  expect(await listArchives(root)).toEqual([record]);
  expect(changed).toBe(true);
  expect(warnings).toEqual([]);
  expect(Date.parse(expiresAt!) - Date.parse(record.created_at)).toBe(365 * 86_400_000);
});

test('the options are recorded', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root, { producer: 'ci', subject: 'other', include: ['reports'] });
  expect(record).toMatchObject({ producer: 'ci', subject: 'other', retention_class: 'release-evidence', note: null });
  expect(record).toMatchObject({ included_paths: ['reports'], file_count: 1, total_bytes: 0 });
});

test('the same content again is a new package, and stores no new content bytes', async () => {
  const root = sampleInfospace({ 'output/large.bin': Buffer.alloc(3_000_000, 'large') });
  const first = await archiveInfospace(root);
  const stored = storedContents(root);
  expect(Object.keys(stored).length).toBeGreaterThan(0);
  const second = await archiveInfospace(root, { statCache: false });
  expect(storedContents(root)).toEqual(stored);
  expect(second.record.package_id).not.toBe(first.record.package_id);
  expect(second.record.content_digest).toBe(first.record.content_digest);
  expect(second.reusedBytes).toBe(second.record.total_bytes);
  expect(second.storedBytes).toBeLessThan(first.storedBytes);
  expect(await listArchives(root)).toEqual([first.record, second.record]);
});

test('only changed content is stored after a change', async () => {
  const big = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 2_654_435_761) & 0xff));
  const root = sampleInfospace({ 'output/big.bin': big });
  const first = await archiveInfospace(root);
  writeFileSync(join(root, 'artifacts/overview.md'), '# Another overview\n');
  const second = await archiveInfospace(root);
  expect(second.record.content_digest).not.toBe(first.record.content_digest);
  expect(second.reusedBytes).toBe(second.record.total_bytes - '# Another overview\n'.length);
});

test('archiving does not change the infospace itself', async () => {
  const root = sampleInfospace();
  const before = treeOf(root);
  await archiveInfospace(root);
  expect(contentOf(root)).toEqual(before);
});

test('the embedded store excludes itself from git', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect(readFileSync(join(root, 'output/archives/.store/.gitignore'), 'utf8')).toBe('*\n');
});

describe('skipUnchanged', () => {
  test('makes no package when content and class are the same, and returns the existing record', async () => {
    const root = sampleInfospace();
    const first = await archiveInfospace(root, { note: 'first' });
    const before = treeOf(join(root, 'output/archives/.store'), (path) => path === 'stat-cache');
    const index = readFileSync(indexFile(root), 'utf8');
    const second = await archiveInfospace(root, { skipUnchanged: true, note: 'second' });
    expect(second).toMatchObject({ changed: false, record: first.record, storedBytes: 0 });
    expect(second.expiresAt).toBe(first.expiresAt);
    expect(treeOf(join(root, 'output/archives/.store'), (path) => path === 'stat-cache')).toEqual(before);
    expect(readFileSync(indexFile(root), 'utf8')).toBe(index);
  });

  test.each([
    ['there is no package yet', { retentionClass: 'transient' }, (root: string) => rmSync(indexFile(root))],
    ['the class differs', { retentionClass: 'permanent-record' }, () => undefined],
    ['the subject differs', { subject: 'other' }, () => undefined],
    ['the content differs', {}, (root: string) => writeFileSync(join(root, 'output/new.txt'), '')],
  ])('makes a package when %s', async (_, options, change) => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    change(root);
    expect(await archiveInfospace(root, { skipUnchanged: true, ...options })).toMatchObject({ changed: true });
  });

  test('compares with the newest package, not with an older one', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    writeFileSync(join(root, 'output/result.json'), '{}');
    await archiveInfospace(root);
    writeTree(root, { 'output/result.json': SAMPLE['output/result.json']! });
    expect(await archiveInfospace(root, { skipUnchanged: true })).toMatchObject({ changed: true });
  });
});

test('a plan lists the files of an archive, and changes nothing', async () => {
  const root = sampleInfospace({ 'output/debug.log': 'x', 'notes.txt': 'x' });
  const before = treeOf(root);
  const plan = await planArchive(root, { exclude: ['*.log'] });
  expect(treeOf(root)).toEqual(before);
  expect(existsSync(join(root, 'output/archives'))).toBe(false);
  const { record, leftOut } = await archiveInfospace(root, { exclude: ['*.log'] });
  expect(plan).toMatchObject({
    subject: 'guide',
    includedPaths: record.included_paths,
    totalBytes: record.total_bytes,
  });
  expect(plan.paths.toSorted()).toEqual(
    Object.keys(SAMPLE)
      .map((path) => path.replace(/\/$/, ''))
      .toSorted(),
  );
  expect(plan.leftOut).toEqual(leftOut);
});

describe('refuses before anything is stored:', () => {
  const classes = ['transient', 'raw-evidence', 'summary-evidence', 'release-evidence', 'permanent-record'];
  test.each([
    [
      'an unknown retention class, with a list of all',
      { retentionClass: 'for-ever' },
      'USAGE',
      ['for-ever', ...classes],
    ],
    ['an empty subject', { subject: ' ' }, 'USAGE', ['subject']],
    ['an empty producer', { producer: '' }, 'USAGE', ['producer']],
    ['an empty include set', { include: [] }, 'USAGE', ['include']],
    [
      'two places for the store',
      { storeRoot: '/x', env: configuredStore('pw-of-db') },
      'CONFIG_INVALID',
      ['--store-root'],
    ],
  ] as const)('%s', async (_, options, code, expected) => {
    const root = sampleInfospace();
    const before = treeOf(root);
    await expect(archiveInfospace(root, options)).rejects.toEqual(refusal(code, ...expected));
    await expect(planArchive(root, options)).rejects.toEqual(refusal(code, ...expected));
    expect(treeOf(root)).toEqual(before);
  });

  test('an unknown retention class, and leaves index and store of earlier archives unchanged', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const before = treeOf(root);
    await expect(archiveInfospace(root, { retentionClass: 'for-ever' })).rejects.toEqual(refusal('USAGE'));
    expect(treeOf(root)).toEqual(before);
  });

  test.each(['note', 'subject', 'producer'] as const)(
    'a configured secret in the %s, which is not quoted',
    async (key) => {
      const root = sampleInfospace();
      const options = { env: configuredStore('hunter-2-hunter'), [key]: 'password is hunter-2-hunter' };
      const error = await archiveInfospace(root, options).catch((caught: Error) => caught);
      expect(error).toEqual(refusal('USAGE', key, 'secret'));
      expect(String((error as Error).stack)).not.toContain('hunter-2-hunter');
    },
  );

  test('a root that is missing, is a file, or cannot be opened', async () => {
    const root = sampleInfospace();
    await expect(archiveInfospace(join(root, 'gone'))).rejects.toEqual(refusal('NOT_FOUND', join(root, 'gone')));
    await expect(archiveInfospace(join(root, 'infospace.yaml'))).rejects.toEqual(refusal('NOT_FOUND', 'not a folder'));
    symlinkSync('loop', join(root, 'loop'));
    await expect(archiveInfospace(join(root, 'loop'))).rejects.toEqual(refusal('FILE_UNREADABLE', 'loop', 'ELOOP'));
    expect(existsSync(join(root, 'gone'))).toBe(false);
  });

  test('an empty infospace', async () => {
    const root = temporaryFolder();
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('NOTHING_TO_ARCHIVE', root));
    expect(treeOf(root)).toEqual({});
  });
});

test('an open registry is used, and stays open', async () => {
  const [root, store] = [sampleInfospace(), temporaryFolder()];
  const registry = await openRegistry(root, { storeRoot: store }, 'write');
  try {
    const { record } = await archiveInfospace(root, { registry });
    expect(await registry.listPackages()).toEqual([
      expect.objectContaining({ id: record.package_id, subject: 'guide' }),
    ]);
    expect(existsSync(join(root, 'output/archives/.store'))).toBe(false);
  } finally {
    await registry.close();
  }
});

test('progress counts up to all files and bytes', async () => {
  const root = sampleInfospace();
  const seen: { files: number; bytes: number }[] = [];
  const { record } = await archiveInfospace(root, { onProgress: (progress) => void seen.push({ ...progress }) });
  const files = Object.values(contentOf(root)).filter((what) => /^(file|script)/.test(what));
  expect(seen.at(-1)).toMatchObject({ files: files.length, bytes: record.total_bytes });
  expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
});

function configuredStore(password: string): Record<string, string> {
  return {
    ARTIFACTSTORE_DATABASE_URL: `postgresql://me:${password}@db.example/registry`,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/nowhere',
  };
}

test('an error after a package was made or imported names the package', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const bag = join(root, '../bag');
  await exportPackage('latest', { from: root, to: bag });
  const other = sampleInfospace();
  await archiveInfospace(other);
  await using registry = await openRegistry(other, {}, 'change');
  const gone = new Proxy(registry, {
    get(target, key) {
      if (key === 'logHead') return () => Promise.reject(new ArchiveError('STORE_UNAVAILABLE', 'The store is gone.'));
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  writeTree(other, { 'output/new.txt': 'new' });
  const archived = await archiveInfospace(other, { registry: gone }).catch((error: unknown) => error);
  const imported = await importBag(bag, { from: other, registry: gone }).catch((error: unknown) => error);
  const ids = (await registry.listPackages()).map(({ id }) => id);
  for (const [i, error] of [archived, imported].entries()) {
    const packageId = ids[i + 1]!;
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', packageId, message: expect.stringContaining(packageId) });
  }
});
