/** Seen to fail when threads do not check the signal. */
import { getEventListeners } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeHeader } from '../../src/artifact-store/bag/tar.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import {
  annotateRetention,
  archiveInfospace,
  attestationStatement,
  checkStore,
  compareArchives,
  copyPackage,
  countedChanges,
  exportPackage,
  importBag,
  listArchives,
  openRegistry,
  planArchive,
  reportInfospace,
  restoreArchive,
  storeOf,
  verifyAttestation,
} from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { filesOf, sampleInfospace, temporaryFolder, treeOf, writeSparse, writeTree } from './fixtures.ts';

/** So large that no test could wait for its end. */
const TEBIBYTE = 2 ** 40;

function writeLarge(root: string): void {
  writeTree(root, { 'output/large': '' });
  truncateSync(join(root, 'output/large'), TEBIBYTE);
}

async function verify(root: string, signal: AbortSignal): Promise<unknown> {
  const registry = await openRegistry(root, {}, 'read');
  try {
    const packages = await registry.listPackages();
    return await collect(
      registry.verifyPackages(
        packages.map(({ id }) => id),
        undefined,
        { signal },
      ),
    );
  } finally {
    await registry.close();
  }
}

const WORK: [string, (root: string, place: string, signal: AbortSignal) => Promise<unknown>][] = [
  ['archiveInfospace', (root, _, signal) => archiveInfospace(root, { signal })],
  ['planArchive', (root, _, signal) => planArchive(root, { signal })],
  ['restoreArchive', (root, place, signal) => restoreArchive('latest', { from: root, target: place, signal })],
  ['exportPackage', (root, place, signal) => exportPackage('latest', { from: root, to: place, signal })],
  ['copyPackage', (root, place, signal) => copyPackage('latest', { from: root, toStore: place, signal })],
  ['compareArchives', (root, _, signal) => compareArchives('latest', root, { statCache: false, signal })],
  ['reportInfospace', (root, _, signal) => reportInfospace(root, { signal })],
  ['verifyPackages', (root, _, signal) => verify(root, signal)],
  ['checkStore', (root, _, signal) => collect(checkStore(storeOf(root, {}), { deep: true, signal }))],
];

test.each(WORK)('%s begins nothing when its signal is already aborted', async (_, work) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const folder = temporaryFolder();
  const before = treeOf(root);
  await expect(work(root, join(folder, 'place'), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  const reason = new Error('enough');
  await expect(work(root, join(folder, 'place'), AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(treeOf(root)).toEqual(before);
  expect(readdirSync(folder)).toEqual([]);
});

test('operations that read records or attest begin nothing either', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const registry = await openRegistry(root, {}, 'read');
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  const { package_id: id } = record;
  for (const work of [
    listArchives(root, { signal }),
    annotateRetention([record], registry, { signal }),
    countedChanges([record], registry, { signal }),
    attestationStatement(id, registry, { signal }),
    verifyAttestation(id, join(root, 'none.json'), registry, {}, { signal }),
  ]) {
    await expect(work).rejects.toBe(reason);
  }
  await registry.close();
});

test.each([
  ['archiveInfospace', (root: string, signal: AbortSignal) => archiveInfospace(root, { signal })],
  ['compareArchives', (root: string, signal: AbortSignal) => compareArchives('latest', root, { signal })],
])('%s stops within a file, and everything is unchanged', async (_, work) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const before = treeOf(join(root, 'output/archives'));
  writeLarge(root);
  const reason = new Error('enough');
  const controller = new AbortController();
  const working = work(root, controller.signal);
  working.catch(() => undefined);
  await sleep(50);
  controller.abort(reason);
  await expect(working).rejects.toBe(reason);
  expect(treeOf(join(root, 'output/archives'))).toEqual(before);
});

test('a bag of other software is not read past its first file, and no store is created', async () => {
  const folder = temporaryFolder();
  const file = { executable: false, target: '', type: 'file' } as const;
  const bag = join(folder, 'bag.tar');
  writeFileSync(bag, encodeHeader({ ...file, path: 'bag/data/large', size: TEBIBYTE }, new Date(0)));
  truncateSync(bag, TEBIBYTE + 10_000);
  const controller = new AbortController();
  const importing = importBag(bag, { storeRoot: join(folder, 'store'), signal: controller.signal });
  importing.catch(() => undefined);
  await sleep(50);
  controller.abort();
  await expect(importing).rejects.toMatchObject({ name: 'AbortError' });
  expect(readdirSync(folder)).toEqual(['bag.tar']);
});

test('a restore stops within a file, and leaves no target and nothing beside it', async () => {
  const root = sampleInfospace();
  writeTree(root, { 'output/large': '' });
  const bytes = 160_000_000;
  truncateSync(join(root, 'output/large'), bytes);
  await archiveInfospace(root);
  const folder = temporaryFolder();
  const controller = new AbortController();
  let restored = false;
  const restoring = restoreArchive('latest', { from: root, target: join(folder, 'target'), signal: controller.signal });
  restoring
    .catch(() => undefined)
    .finally(() => {
      restored = true;
    });
  let written = 0;
  while (!restored) {
    for (const name of readdirSync(folder)) {
      const large = join(folder, name, 'files/output/large');
      written = Math.max(written, existsSync(large) ? (statSync(large, { throwIfNoEntry: false })?.size ?? 0) : 0);
    }
    if (written > 0) controller.abort();
    await sleep(1);
  }
  await expect(restoring).rejects.toMatchObject({ name: 'AbortError' });
  expect(written).toBeLessThan(bytes);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['a file', 'bag.tar.zst'],
  ['a folder', 'bag'],
])('an export into %s that is aborted after its first file leaves nothing', async (_, name) => {
  const root = sampleInfospace();
  writeSparse(root, 2);
  await archiveInfospace(root);
  const folder = temporaryFolder();
  const controller = new AbortController();
  const options = { from: root, to: join(folder, name), signal: controller.signal };
  const exporting = exportPackage('latest', { ...options, onProgress: () => controller.abort() });
  await expect(exporting).rejects.toMatchObject({ name: 'AbortError' });
  expect(readdirSync(folder)).toEqual([]);
});

test('a copy that is aborted after its first file leaves no object and no package', async () => {
  const root = sampleInfospace();
  writeSparse(root, 2);
  await archiveInfospace(root);
  const toStore = join(temporaryFolder(), 'copy');
  const controller = new AbortController();
  const options = { from: root, toStore, signal: controller.signal };
  const copying = copyPackage('latest', { ...options, onProgress: () => controller.abort() });
  await expect(copying).rejects.toMatchObject({ name: 'AbortError' });
  expect(Object.keys(filesOf(toStore))).toEqual(['registry.sqlite3', 'storage/store.json']);
  expect((await copyPackage('latest', { from: root, toStore })).package.isNew).toBe(true);
});

test('an archive aborted at any time is either undone or recorded', async () => {
  const root = sampleInfospace();
  mkdirSync(join(root, 'output/archives'), { recursive: true });
  await archiveInfospace(root);
  const outcomes: string[] = [];
  for (let moment = 1; outcomes.at(-1) !== 'too late'; moment++) {
    const controller = new AbortController();
    let moments = 0;
    const now = () => {
      if (++moments === moment) controller.abort();
      return new Date();
    };
    writeTree(root, { 'output/result.json': String(moment) });
    const registry = await openStore(storeOf(root, {}), { access: 'write', now });
    const before = filesOf(join(root, 'output/archives'));
    try {
      const { record } = await archiveInfospace(root, { registry, signal: controller.signal });
      expect((await listArchives(root)).at(-1)).toEqual(record);
      expect((await registry.listPackages()).at(-1)!.id).toBe(record.package_id);
      outcomes.push(controller.signal.aborted ? 'recorded' : 'too late');
    } catch (error) {
      expect(error).toBe(controller.signal.reason);
      expect(filesOf(join(root, 'output/archives'))).toEqual(before);
      outcomes.push('taken back');
    } finally {
      await registry.close();
    }
  }
  expect([...new Set(outcomes)]).toEqual(['taken back', 'recorded', 'too late']);
});

test('a signal that is never aborted keeps one listener, whatever uses it', async () => {
  const root = sampleInfospace();
  writeSparse(root, 2);
  const { signal } = new AbortController();
  const registry = await openRegistry(root, {}, 'write');
  for (let i = 0; i < 3; i++) await archiveInfospace(root, { registry, statCache: false, signal });
  await restoreArchive('latest', { registry, from: root, target: join(temporaryFolder(), 'target'), signal });
  await registry.close();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
});
