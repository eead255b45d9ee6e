import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { contentOf, noise, repository, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { execute } from './fixtures.ts';

/**
 * A reader that was written from docs/format.md alone, in another language, reads what this software writes. Seen to fail
 * when the trailer's lists are swapped, and when an event's digest leaves a field out.
 */

const reader = join(repository, '__tests__/golden/read_store.py');
const golden = join(repository, '__tests__/golden/stores');
const PACKAGES = ['blake3==1.0.11', 'zstandard==0.25.0'];
const environment = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'infospace-archive/format-reader');
const python = join(environment, 'bin/python');

/** Whether there is a Python with what the reader needs; what is missing is installed beside the project's other tools. */
function hasPython(): boolean {
  if (existsSync(python)) return true;
  const steps = [
    ['python3', '-m', 'venv', environment],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES],
  ];
  const isReady = steps.every(([command, ...args]) => spawnSync(command!, args, { stdio: 'ignore' }).status === 0);
  // Half of it would be taken for all of it.
  if (!isReady) rmSync(environment, { recursive: true, force: true });
  return isReady;
}

const isReady = hasPython();
if (!isReady) process.stdout.write('skipped: the reader needs python3 with venv, and PyPI\n');
const withPython = isReady ? test : test.skip;

interface Found {
  packages: { id: string; manifest_digest: string; content_digest: string; file_count: number; total_bytes: number }[];
  events: number;
  head: string;
}

async function read(...args: string[]): Promise<unknown> {
  return JSON.parse(await execute(python, [reader, ...args]));
}

withPython(
  'reads a store that is written now, and restores it byte for byte',
  async () => {
    const root = sampleInfospace({
      'output/noise.bin': noise(3_000_000),
      'output/large.txt': 'large '.repeat(500_000),
      'output/copy.txt': 'large '.repeat(500_000),
      'artifacts/many/0.md': 'text',
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`artifacts/many/${i}.md`, `# ${i}\n`.repeat(i)])),
    });
    const first = await archiveInfospace(root, { note: 'first' });
    const before = contentOf(root);
    rmSync(join(root, 'output/noise.bin'));
    const second = await archiveInfospace(root);
    const registry = await openRegistry(root, {}, 'change');
    await registry.applyHold(first.record.package_id, 'a reason', new Date('2040-01-01'));
    await registry.extendRetention(second.record.package_id, null, 'for ever');
    const head = await registry.eventHead();
    await registry.close();
    const target = temporaryFolder();
    const found = (await read('store', join(root, 'output/archives/.store'), target)) as Found;
    expect(found).toMatchObject({ events: head.sequence, head: head.digest });
    const keys = ({ manifest_digest, content_digest, file_count, total_bytes }: Found['packages'][number]) => ({
      manifest_digest,
      content_digest,
      file_count,
      total_bytes,
    });
    expect(found.packages.map(keys)).toEqual(
      [first.record, second.record].map((record) => expect.objectContaining(keys({ id: '', ...record }))),
    );
    expect(treeOf(join(target, '1'))).toEqual(before);
    expect(treeOf(join(target, '2'))).toEqual(contentOf(root));
  },
  120_000,
);

withPython.each(readdirSync(golden).filter((name) => /^v\d+$/.test(name)))(
  'reads the golden store %s',
  async (version) => {
    const folder = join(golden, version);
    const store = join(temporaryFolder(), 'store');
    // SQLite wants to write beside what it reads.
    cpSync(join(folder, 'store'), store, { recursive: true });
    const { packages } = (await read('store', store)) as Found;
    const index = readFileSync(join(folder, 'index.yaml'), 'utf8');
    expect(packages.map((made) => made.manifest_digest)).toEqual(
      [...index.matchAll(/manifest_digest: (\S+)/g)].map(([, digest]) => digest),
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
