import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Environment } from './bench.ts';
import { manyFiles, nested, randomFile, sparseFile } from './corpora.ts';
import { lifeCycle } from './life-cycle.ts';

/** More than a call can have arguments: spreading a list of this length into a call fails. */
const MORE_THAN_ARGUMENTS = 130_000;
const FOLDER_FILES = 1000;
const GB = 1e9;

const inFolders = (i: number) => `${Math.floor(i / FOLDER_FILES)}/${i}`;

/** Environments with data of unusual size or shape. */
export const SIZES: readonly Environment[] = [
  {
    name: 'empty files',
    count: 1_000_000,
    least: MORE_THAN_ARGUMENTS,
    grows: true,
    maxMebibytes: 3000,
    run: (bench, count) =>
      lifeCycle(bench, count, manyFiles({ pathOf: inFolders, contentOf: () => '', changedOf: 10 })),
  },
  {
    name: 'tiny files',
    count: 500_000,
    grows: true,
    maxMebibytes: 3000,
    run: (bench, count) => lifeCycle(bench, count, manyFiles({ pathOf: inFolders, contentOf: String, changedOf: 2 })),
  },
  {
    name: 'files in one folder',
    count: 200_000,
    maxMebibytes: 2000,
    run: (bench, count) =>
      lifeCycle(bench, count, manyFiles({ pathOf: (i) => `all/${i}.json`, contentOf: String, changedOf: 2 })),
  },
  {
    name: 'folders deep',
    count: 300,
    least: 300,
    maxMebibytes: 400,
    run: (bench, depth) =>
      lifeCycle(bench, 3 * depth, manyFiles({ pathOf: nested(depth), contentOf: String, changedOf: 2 })),
  },
  {
    name: 'bytes of a sparse file',
    count: 6 * GB,
    maxMebibytes: 400,
    // The restored file, and beside it the one that replaces it.
    missing: (bytes) => lackingRoom(2 * bytes),
    run: (bench, bytes) => lifeCycle(bench, bytes, sparseFile),
  },
  {
    name: 'bytes of a random file',
    count: 5 * GB,
    maxMebibytes: 400,
    // The file, both its states in the store, the restored file, and beside it the one that replaces it.
    missing: (bytes) => lackingRoom(5 * bytes),
    run: (bench, bytes) => lifeCycle(bench, bytes, randomFile),
  },
  { name: 'records in the index', count: 400_000, maxMebibytes: 1200, run: listLongIndex },
  { name: 'retention classes', count: 300_000, maxMebibytes: 1500, run: useManyClasses },
];

function lackingRoom(bytes: number): string | undefined {
  const { bavail, bsize } = statfsSync(tmpdir());
  return bavail * bsize > bytes ? undefined : `${tmpdir()} has less than ${Math.ceil(bytes / GB)} GB free`;
}

/** Records of other machines' packages, which are in no store here. */
async function listLongIndex(bench: Bench, count: number): Promise<void> {
  const root = join(bench.folder, 'space');
  mkdirSync(join(root, 'output/archives'), { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), 'slug: scale\n');
  writeFileSync(join(root, 'output/archives/index.yaml'), indexOf(count));
  await bench.step('list', ['list', root]);
  await bench.step('list --json', ['list', root, '--json']);
}

function indexOf(count: number): string {
  const start = Date.UTC(2001, 0);
  const records = Array.from({ length: count }, (_, i) => {
    const hex = i.toString(16).padStart(12, '0');
    return `- package_id: 00000000-0000-7000-8000-${hex}
  manifest_digest: blake3:${hex.padStart(64, 'a')}
  content_digest: blake3:${hex.padStart(64, 'b')}
  retention_class: release-evidence
  created_at: '${new Date(start + i * 1000).toISOString()}'
  included_paths: [output]
  file_count: ${i % 1000}
  total_bytes: ${i}
  note: null
  producer: scale
  subject: scale
`;
  });
  return records.join('');
}

async function useManyClasses(bench: Bench, count: number): Promise<void> {
  const [root, classes] = [join(bench.folder, 'space'), join(bench.folder, 'classes.toml')];
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), 'slug: scale\n');
  const tables = Array.from({ length: count }, (_, i) => `[classes.of-${i}]\ndays = ${1 + (i % 3650)}\n`);
  writeFileSync(classes, tables.join(''));
  const place = { env: { ARTIFACTSTORE_RETENTION_CONFIG_PATH: classes } };
  await bench.step('retention classes', ['retention', 'classes', '--from', root], place);
  await bench.step('archive', ['archive', root, '--retention-class', `of-${count - 1}`, '--quiet'], place);
}
