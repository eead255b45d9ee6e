/**
 * Replays the disk calls of a command, with a power cut at any moment. Broken versions of the code that this was
 * seen to find:
 * - packs, manifests or segments are renamed before their bytes are synced; their folder is not synced; nor those above;
 * - the folder of the store is not synced;
 * - SQLite runs with synchronous=OFF; with FULL, which loses a commit and keeps what came after it;
 * - index.yaml is renamed before its bytes are synced; its folder is not synced; it is written in place;
 * - garbage collection deletes an object before the registry forgets it;
 * - a rotation of keys removes the old key of a package before the new one is durable; the next one leaves a copy of an old key.
 */
import { createHash, randomInt } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { changeRecipients, generateIdentity } from '../../src/artifact-store/store-key.ts';
import { archiveInfospace, listArchives, openRegistry, restoreArchive } from '../../src/index.ts';
import { storeOf } from '../../src/infospace/infospace-store.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { archiveExpired } from '../cli/fixtures.ts';
import {
  contentOf,
  indexFile,
  noise,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';
import { digestOf, RECORDED, RECORDING, RecordedDisk, type Survivors, writeOut } from './recorded-disk.ts';
import { canTrace, traced } from './strace.ts';

const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
/** At one moment in this many, the surviving effects are also chosen at random. A nightly run sets 1. */
const CHOICE_EVERY = Number(process.env['TEST_CHOICE_EVERY'] ?? 8);
/** In one of this many resulting folders, the work is continued. */
const USE_EVERY = 10;

/** A number from 0 to 1, the same for the same seed. */
function chance(...what: (string | number)[]): number {
  const text = [seed, ...what].join(' ');
  return createHash('sha256').update(text).digest().readUInt32LE() / 2 ** 32;
}

const all = () => true;
const none = () => false;

/** A rename before its bytes leaves names without bytes; a commit before its journal leaves bytes without names. */
function survivorsAt(moment: number): Survivors[] {
  const extremes = [
    { name: none, write: none },
    { name: all, write: none },
  ];
  if (moment % CHOICE_EVERY > 0) return extremes;
  const some: Survivors = {
    name: (path) => chance('name', moment, path) < 0.5,
    write: (path, index) => chance('write', moment, path, index) < 0.5,
  };
  return [...extremes, { name: none, write: all }, some];
}

interface Prepared {
  root: string;
  args: string[];
  /** Packages that must always exist. */
  lasting: string[];
  /** Completes the work. */
  finish?: (root: string) => Promise<void>;
}

/** An infospace with two expired packages; one shares a pack with a package that stays. */
async function usedInfospace(): Promise<{ root: string; lasting: string[] }> {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`output/${i}.bin`, noise(9000, `${i}`)]));
  const root = sampleInfospace(files);
  await archiveExpired(root);
  for (let i = 2; i < 8; i++) rmSync(join(root, `output/${i}.bin`));
  const { record } = await archiveInfospace(root);
  writeTree(root, { 'output/large.bin': noise(1_100_000) });
  await archiveExpired(root);
  rmSync(join(root, 'output/large.bin'));
  return { root, lasting: [record.package_id] };
}

/** An infospace with an encrypted store that has one package. */
async function encryptedInfospace(): Promise<{ root: string; lasting: string[] }> {
  const root = sampleInfospace();
  const { identity, recipient } = await generateIdentity();
  await initStore(storeOf(root, {}), { recipients: [recipient] });
  process.env[IDENTITY] = identity;
  const { record } = await archiveInfospace(root);
  return { root, lasting: [record.package_id] };
}

/** Whatever an earlier rotation left, the next one leaves nothing for earlier recipients. */
async function rotated(root: string): Promise<void> {
  await changeRecipients(storeOf(root, {}), (recipients) => recipients);
  const findings = await collect(checkStore(storeOf(root, {}), { deep: true }));
  expect(findings.filter(({ what }) => what === 'keys')).toMatchObject([{ status: 'ok' }]);
}

const IDENTITY = 'ARTIFACTSTORE_IDENTITY';
afterEach(() => {
  Reflect.deleteProperty(process.env, IDENTITY);
});

const RUNS: [string, () => Promise<Prepared>][] = [
  [
    'the first archive',
    async () => {
      const root = sampleInfospace({ 'output/large.bin': noise(1_100_000) });
      return { root, args: ['archive', root, '--quiet'], lasting: [] };
    },
  ],
  [
    'an archive',
    async () => {
      const { root, lasting } = await usedInfospace();
      writeTree(root, { 'output/new.txt': 'new', 'output/new.bin': noise(1_200_000) });
      return { root, args: ['archive', root, '--quiet'], lasting };
    },
  ],
  [
    'a garbage collection',
    async () => {
      const { root, lasting } = await usedInfospace();
      return { root, args: ['gc', '--include-last', '--grace', '0', '--from', root], lasting };
    },
  ],
  [
    'a rebuild',
    async () => {
      const { root, lasting } = await usedInfospace();
      rmSync(join(root, 'output/archives/.store/registry.sqlite3'));
      return { root, args: ['store', 'rebuild', '--from', root], lasting };
    },
  ],
  [
    'an archive into an encrypted store',
    async () => {
      const { root, lasting } = await encryptedInfospace();
      writeTree(root, { 'output/new.txt': 'new' });
      return { root, args: ['archive', root, '--quiet'], lasting };
    },
  ],
  [
    'a rotation of keys',
    async () => {
      const { root, lasting } = await encryptedInfospace();
      return { root, args: ['store', 'key', 'rotate', '--from', root], lasting, finish: rotated };
    },
  ],
];

const traceable = canTrace() ? test : test.skip;

traceable.each(RUNS)(
  '%s keeps its promises when the power fails at any moment',
  async (name, prepare) => {
    const { root, args, lasting, finish } = await prepare();
    const disk = new RecordedDisk(root);
    const seen = new Set<string>();
    let moment = 0;
    const indexes = [readIndexFile(root)];
    const trace = traced(RECORDED, args, RECORDING);
    indexes.push(readIndexFile(root));
    for (const line of trace) {
      if (!disk.apply(line)) continue;
      moment++;
      expect(indexes).toContainEqual(disk.after({ name: all, write: all }).get(INDEX)?.toString());
      for (const left of survivorsAt(moment).map((survivors) => disk.after(survivors))) {
        const digest = digestOf(left);
        if (seen.has(digest)) continue;
        seen.add(digest);
        await withFolder(left, async (folder) => {
          await expectSound(folder, lasting);
          await finish?.(folder);
          if (seen.size % USE_EVERY === 0) await expectUsable(folder);
        });
      }
    }
    process.stderr.write(`${name}: ${moment} moments, ${seen.size} different folders (TEST_SEED=${seed})\n`);
    expect(moment).toBeGreaterThan(10);
    // Everything durable at the end of the command stays.
    await withFolder(disk.after({ name: none, write: none }), async (folder) => {
      expect(await packagesOf(folder)).toEqual(await packagesOf(root));
      expect(await listArchives(folder)).toEqual(await listArchives(root));
    });
  },
  600_000,
);

const INDEX = 'output/archives/index.yaml';

function readIndexFile(root: string): string | undefined {
  return existsSync(indexFile(root)) ? readFileSync(indexFile(root), 'utf8') : undefined;
}

async function withFolder(left: ReadonlyMap<string, Buffer | null>, action: (folder: string) => Promise<void>) {
  const folder = join(temporaryFolder(), 'space');
  writeOut(left, folder);
  await action(folder);
  rmSync(folder, { recursive: true });
}

/** Ids of the packages; none without a registry, or in an unfinished one. */
async function packagesOf(root: string): Promise<string[]> {
  try {
    const registry = await openRegistry(root, {}, 'read');
    try {
      return (await registry.listPackages()).map(({ id }) => id);
    } finally {
      await registry.close();
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    return [];
  }
}

/**
 * The index names only existing packages. The store opens and agrees with itself, packages are complete, and those that
 * nothing removes exist.
 */
async function expectSound(root: string, lasting: readonly string[]): Promise<void> {
  const records = await listArchives(root);
  expect(parse(readIndexFile(root) ?? '') ?? []).toEqual(records);
  const ids = await packagesOf(root);
  if (ids.length === 0 && records.length === 0) return;
  const findings = await collect(checkStore(storeOf(root, {}), { deep: true }));
  expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
  const registry = await openRegistry(root, {}, 'read');
  try {
    const there = (await registry.listPackages()).map(({ id }) => id);
    expect(there).toEqual(expect.arrayContaining([...lasting]));
    for await (const { damage } of registry.verifyPackages(there)) expect(damage).toEqual([]);
    const known = new Set([...there, ...(await registry.listTombstones()).map(({ id }) => id)]);
    expect(records.filter(({ package_id }) => !known.has(package_id))).toEqual([]);
  } finally {
    await registry.close();
  }
}

/** The next archive restores correctly, whatever the stat cache contains. */
async function expectUsable(root: string): Promise<void> {
  await archiveInfospace(root);
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
}
