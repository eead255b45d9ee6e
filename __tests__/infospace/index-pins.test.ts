import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  archiveInfospace,
  copyPackage,
  exportPackage,
  importBag,
  listArchives,
  openRegistry,
  rebuildIndex,
} from '../../src/index.ts';
import { failure, run, runJson } from '../cli/fixtures.ts';
import { indexFile, refusal, sampleInfospace, temporaryFolder, treeOf } from './fixtures.ts';

const STORE = 'output/archives/.store';

async function headOf(root: string, storeRoot?: string) {
  const registry = await openRegistry(root, { storeRoot }, 'read');
  try {
    return await registry.logHead();
  } finally {
    await registry.close();
  }
}

/** An infospace whose store was reset to the state before its last archive, and the record of that archive. */
async function setBack(storeRoot?: string) {
  const root = sampleInfospace();
  const store = storeRoot ?? join(root, STORE);
  await archiveInfospace(root, { storeRoot });
  const copy = join(temporaryFolder(), 'copy');
  cpSync(store, copy, { recursive: true });
  const lost = await archiveInfospace(root, { storeRoot, note: 'lost' });
  rmSync(store, { recursive: true });
  cpSync(copy, store, { recursive: true });
  return { root, lost: lost.record };
}

test('a record contains the store’s id and the head of its log', async () => {
  const root = sampleInfospace();
  const first = await archiveInfospace(root);
  expect(first.record.log).toEqual(await headOf(root));
  const second = await archiveInfospace(root);
  expect(second.record.log).toEqual(await headOf(root));
  expect(second.record.log!.segment).toBe(first.record.log!.segment + 1);
  const storeRoot = temporaryFolder();
  const elsewhere = await archiveInfospace(root, { storeRoot });
  expect(elsewhere.record.log).toEqual(await headOf(root, storeRoot));
  expect([first, second, elsewhere].map(({ record }) => record.embedded)).toEqual([true, true, undefined]);
  const bag = join(temporaryFolder(), 'bag.tar.zst');
  await exportPackage(elsewhere.record.package_id, { from: root, storeRoot, to: bag });
  await importBag(bag, { from: root });
});

describe('a store that was reset to an older state', () => {
  test.each([
    ['archive', (root: string) => ['archive', root]],
    ['restore', (root: string) => ['restore', 'latest', '--from', root, '--target', join(root, 'never')]],
    ['hold apply', (root: string) => ['hold', 'apply', 'latest', '--reason', 'why', '--from', root]],
    ['gc', (root: string) => ['gc', '--include-last', '--from', root]],
    ['list', (root: string) => ['list', root]],
  ])('is refused by %s, with both heads and the remedy, and nothing changes', async (_, args) => {
    const { root, lost } = await setBack();
    const before = treeOf(root);
    const message = [
      `segment ${lost.log!.segment}`,
      `segment ${lost.log!.segment - 1}`,
      lost.log!.digest,
      'index rebuild',
    ];
    expect(await run(args(root))).toEqual(failure(4, indexFile(root), ...message));
    expect(treeOf(root)).toEqual(before);
  });

  test('is also refused when it has continued differently', async () => {
    const { root, lost } = await setBack();
    const index = readFileSync(indexFile(root));
    writeFileSync(indexFile(root), '');
    await archiveInfospace(root, { note: 'another' });
    writeFileSync(indexFile(root), index);
    const message = [`Segment ${lost.log!.segment} `, lost.log!.digest];
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('INTEGRITY', ...message));
  });

  test('does not concern infospaces with packages in other stores', async () => {
    const { root } = await setBack(temporaryFolder());
    expect(await archiveInfospace(root)).toMatchObject({ changed: true });
    expect((await run(['list', root])).code).toBe(0);
  });

  test('is accepted by rebuilding the index, which lists the lost packages', async () => {
    const { root, lost } = await setBack();
    const { code, stderr } = await run(['index', 'rebuild', root]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(`^warning: .*${lost.package_id}\n$`) });
    await archiveInfospace(root);
    expect(await listArchives(root)).toHaveLength(2);
  });

  test('is no false alarm for a process that opened it before the newest archive', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const registry = await openRegistry(root, {}, 'write');
    try {
      const { record } = await archiveInfospace(root);
      await registry.requireLog(record.log!);
      await archiveInfospace(root, { registry });
      const unknown = { ...record.log!, segment: record.log!.segment + 7 };
      await expect(registry.requireLog(unknown)).rejects.toEqual(refusal('INTEGRITY', unknown.digest));
      await registry.requireLog({ ...unknown, store: 'another' });
    } finally {
      await registry.close();
    }
  });

  test.each([
    ['a text', 'x'],
    ['a pin without a digest', { store: 'a', segment: 1 }],
    ['a pin before everything', { store: 'a', segment: -1, digest: `blake3:${'0'.repeat(64)}` }],
  ])('is not reported because of %s in an index that somebody else wrote', async (_, log) => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    writeFileSync(indexFile(root), `- ${JSON.stringify({ ...record, log })}\n`);
    expect((await archiveInfospace(root)).changed).toBe(true);
  });
});

describe('index rebuild', () => {
  test('writes the same index again when nothing was wrong', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root, { include: ['reports', 'artifacts/*.md'], note: 'some' });
    await archiveInfospace(root, { subject: 'other' });
    const before = await listArchives(root);
    const { records, added } = await rebuildIndex(root);
    const log = await headOf(root);
    expect(records).toEqual(before.map((record) => ({ ...record, log })));
    expect(await listArchives(root)).toEqual(records);
    expect(added).toEqual([]);
  });

  test('adds missing records to a damaged index, from the manifests', async () => {
    const root = sampleInfospace();
    const first = await archiveInfospace(root, { note: 'the first' });
    const second = await archiveInfospace(root);
    const [line] = readFileSync(indexFile(root), 'utf8').split('\n');
    for (const text of ['', 'broken: [', `${line}\n- {"package_id": \n- a: [\n`]) {
      writeFileSync(indexFile(root), text);
      await rebuildIndex(root);
      expect(await listArchives(root)).toMatchObject([
        { package_id: first.record.package_id, note: 'the first', included_paths: expect.arrayContaining(['output']) },
        { package_id: second.record.package_id, note: null, manifest_digest: second.record.manifest_digest },
      ]);
    }
  });

  test('leaves the record of a copied package with its original store', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    const storeRoot = join(temporaryFolder(), 'store');
    await copyPackage('latest', { from: root, toStore: storeRoot });
    const { records, elsewhere } = await rebuildIndex(root, { storeRoot });
    expect({ records, elsewhere }).toEqual({ records: [record], elsewhere: [] });
  });

  test('keeps records of packages in another store, and counts unreadable ones', async () => {
    const root = sampleInfospace();
    const storeRoot = temporaryFolder();
    const elsewhere = await archiveInfospace(root, { storeRoot, note: 'elsewhere' });
    const own = await archiveInfospace(root);
    writeFileSync(indexFile(root), `${readFileSync(indexFile(root), 'utf8')}- a: [\n`);
    expect(await run(['list', root])).toEqual(failure(2, indexFile(root), 'index rebuild'));
    const { code, stdout } = await run(['index', 'rebuild', root, '--json']);
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 0,
      records: 2,
      added: [],
      elsewhere: [elsewhere.record.package_id],
      disposed: [],
      lost: [],
      unreadable: 1,
    });
    expect(await listArchives(root)).toMatchObject([elsewhere.record, { package_id: own.record.package_id }]);
    expect(await runJson(['list', root])).toHaveLength(2);
  });
});
