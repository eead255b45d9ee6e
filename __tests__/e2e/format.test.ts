import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { STORE_FORMAT } from '../../src/artifact-store/commit/store-file.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { changeRecipients } from '../../src/artifact-store/store-key.ts';
import { archiveInfospace, openRegistry, storeOf } from '../../src/index.ts';
import { contentOf, noise, repository, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { execute } from './fixtures.ts';

/**
 * A reader in another language, written from docs/format.md alone, reads the files of this software. Seen to fail
 * when the trailer's lists are swapped, and when an event's digest leaves a field out.
 */

const reader = join(repository, '__tests__/golden/read_store.py');
const golden = join(repository, '__tests__/golden/stores');
const PACKAGES = ['blake3==1.0.11', 'zstandard==0.25.0', 'cryptography==48.0.0'];
const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
const environment = join(cache, 'infospace-archive/format-reader-2');
const python = join(environment, 'bin/python');

/** Whether there is a Python with the reader's dependencies; missing ones are installed beside the project's other tools. */
function hasPython(): boolean {
  if (existsSync(python)) return true;
  const steps = [
    ['python3', '-m', 'venv', environment],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES],
  ];
  const isReady = steps.every(([command, ...args]) => spawnSync(command!, args, { stdio: 'ignore' }).status === 0);
  // A half-finished installation would be taken for a complete one.
  if (!isReady) rmSync(environment, { recursive: true, force: true });
  return isReady;
}

const isReady = hasPython();
if (!isReady) process.stdout.write('skipped: the reader needs python3 with venv, and PyPI\n');
const withPython = isReady ? test : test.skip;

interface Found {
  format: number;
  packages: { id: string; manifest_digest: string; content_digest: string; file_count: number; total_bytes: number }[];
  disposed: string[];
  retired: string[];
  removed: string[];
  events: number;
  head: string;
}

async function read(...args: string[]): Promise<unknown> {
  return JSON.parse(await execute(python, [reader, ...args]));
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Sets the clock forward and disposes of expired packages. */
async function collectGarbage(root: string, afterMs: number): Promise<void> {
  const now = () => new Date(Date.now() + afterMs);
  const registry = await openStore(storeOf(root, {}), { access: 'write', now, storageNow: now });
  try {
    await registry.collectGarbage({ includeLast: true, graceMs: HOUR_MS });
  } finally {
    await registry.close();
  }
}

withPython(
  'reads a newly written store, and restores it byte for byte',
  async () => {
    const root = sampleInfospace({
      'output/noise.bin': noise(3_000_000),
      'output/large.txt': 'large '.repeat(500_000),
      'output/copy.txt': 'large '.repeat(500_000),
      'artifacts/many/0.md': 'text',
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`artifacts/many/${i}.md`, `# ${i}\n`.repeat(i)])),
    });
    const short = { retentionClass: 'transient' };
    // Most of its packs is needed by nothing else; contents shared with the next packages are copied when it is removed.
    const disposed = await archiveInfospace(root, short);
    rmSync(join(root, 'output/noise.bin'));
    for (let i = 20; i < 500; i++) rmSync(join(root, `artifacts/many/${i}.md`));
    const first = await archiveInfospace(root, { note: 'first' });
    const before = contentOf(root);
    rmSync(join(root, 'output/large.txt'));
    const second = await archiveInfospace(root);
    await collectGarbage(root, 8 * DAY_MS);
    await collectGarbage(root, 8 * DAY_MS + 2 * HOUR_MS);
    writeFileSync(join(root, 'output/noise.bin'), noise(2_000_000));
    const later = await archiveInfospace(root, short);
    await collectGarbage(root, 16 * DAY_MS);
    const registry = await openRegistry(root, {}, 'change');
    await registry.applyHold(first.record.package_id, 'a reason', new Date('2040-01-01'));
    await registry.extendRetention(second.record.package_id, null, 'for ever');
    await registry.addLabel(first.record.package_id, 'v1');
    await registry.moveLabel(second.record.package_id, 'v1', 'a mistake');
    await registry.addLabel(second.record.package_id, 'v2');
    await registry.removeLabel('guide', 'v2');
    await registry.amendNote(second.record.package_id, 'amended');
    const head = await registry.eventHead();
    await registry.close();
    const storage = join(root, 'output/archives/.store/storage');
    const target = temporaryFolder();
    const found = (await read('check', storage, join(target, 'all'))) as Found;
    expect(found).toMatchObject({ format: STORE_FORMAT, events: head.sequence, head: head.digest });
    const keys = ({ manifest_digest, content_digest, file_count, total_bytes }: Found['packages'][number]) => ({
      manifest_digest,
      content_digest,
      file_count,
      total_bytes,
    });
    expect(found.packages.map(keys)).toEqual(
      [first.record, second.record].map((record) => expect.objectContaining(keys({ id: '', ...record }))),
    );
    expect(found.disposed).toEqual([disposed.record.package_id, later.record.package_id]);
    expect(found.retired).toHaveLength(1);
    expect(found.removed.map((key) => key.split('/')[0]).toSorted()).toEqual(['manifests', 'packs']);
    expect(treeOf(join(target, 'all/1'))).toEqual(before);
    expect(await read('list', storage)).toMatchObject([
      { id: first.record.package_id, retention_class: 'release-evidence', held: true, labels: [], note: 'first' },
      { id: second.record.package_id, expires_at: null, held: false, labels: ['v1'], note: 'amended' },
    ]);
    rmSync(join(root, 'output/noise.bin'));
    await read('restore', storage, second.record.package_id, join(target, 'one'));
    expect(treeOf(join(target, 'one'))).toEqual(contentOf(root));
  },
  120_000,
);

const encryptedReader = join(repository, '__tests__/golden/read_encrypted.py');

withPython(
  'reads a newly written encrypted store, and restores it byte for byte',
  async () => {
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`artifacts/many/${i}.md`, `# ${i}\n`]));
    const root = sampleInfospace({ ...many, 'output/large.bin': noise(3_000_000), 'output/empty': '' });
    const folder = temporaryFolder();
    // The default hybrid recipients are tested by age itself.
    const identity = await generateX25519Identity();
    const recipients = [await identityToRecipient(identity)];
    const identityFile = join(folder, 'identity.txt');
    writeFileSync(identityFile, `${identity}\n`);
    const storeRoot = join(folder, 'store');
    const env = { ...process.env, ARTIFACTSTORE_IDENTITY: identity };
    await initStore(storeOf(root, { storeRoot, env }), { recipients });
    const first = await archiveInfospace(root, { storeRoot, env, note: 'first' });
    const before = contentOf(root);
    writeFileSync(join(root, 'output/large.bin'), Buffer.concat([noise(3_000_000), noise(1000, 'end')]));
    const second = await archiveInfospace(root, { storeRoot, env });
    const manifests = readdirSync(join(storeRoot, 'storage/manifests'), { recursive: true, encoding: 'utf8' });
    // The second one builds on the first.
    expect(
      manifests
        .map((name) => name.replace(/.*\./, '.'))
        .filter((name) => /^\.\w+$/.test(name))
        .toSorted(),
    ).toEqual(['.copy', '.names', '.names']);
    await changeRecipients(storeOf(root, { storeRoot, env }), (all) => all);
    const target = join(folder, 'restored');
    const found = JSON.parse(
      await execute(python, [encryptedReader, join(storeRoot, 'storage'), identityFile, target]),
    );
    expect(found).toMatchObject([
      { id: first.record.package_id, manifest_digest: first.record.manifest_digest, note: 'first' },
      { id: second.record.package_id, manifest_digest: second.record.manifest_digest, note: null },
    ]);
    expect(treeOf(join(target, '1'))).toEqual(before);
    expect(treeOf(join(target, '2'))).toEqual(contentOf(root));
  },
  120_000,
);

withPython.each(['encrypted', 'encrypted-2'])('reads the golden store %s', async (name) => {
  const folder = join(golden, name);
  const args = [join(folder, 'store/storage'), join(folder, 'identity.txt'), temporaryFolder()];
  const found = JSON.parse(await execute(python, [encryptedReader, ...args]));
  expect(found).toEqual(JSON.parse(readFileSync(join(folder, 'packages.json'), 'utf8')));
});

withPython.each(readdirSync(golden).filter((name) => /^v\d/.test(name)))(
  'reads the golden store %s',
  async (version) => {
    const folder = join(golden, version);
    const { packages } = (await read('check', join(folder, 'store/storage'))) as Found;
    const index = readFileSync(join(folder, 'index.yaml'), 'utf8');
    expect(packages.map((made) => made.manifest_digest)).toEqual(
      [...index.matchAll(/\bmanifest_digest"?: *"?(blake3:[0-9a-f]{64})/g)].map(([, digest]) => digest),
    );
    expect(await read('bag', join(folder, 'package.bag.tar.zst'))).toEqual(packages[1]);
  },
);

withPython('reads the golden stat cache', async () => {
  const files = (await read('stat-cache', join(golden, 'v2/stat-cache'))) as { path: string; size: number }[];
  expect(files.map(({ path, size }) => [path, size])).toEqual([
    ['infospace.yaml', 12],
    ['output/report.md', 9],
    ['output/黄土.md', 7],
  ]);
});
