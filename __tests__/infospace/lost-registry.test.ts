import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { archiveInfospace, copyPackage, openRegistry, restoreArchive, storeOf } from '../../src/index.ts';
import { contentOf, refusal, sampleInfospace, temporaryFolder, treeOf } from './fixtures.ts';

/** The registry of an embedded store is a cache: everything works without it. Seen to fail when `change` needs the file. */

const STORE = 'output/archives/.store';

async function withoutRegistry(): Promise<{ root: string; id: string }> {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  rmSync(join(root, STORE, 'registry.sqlite3'));
  return { root, id: record.package_id };
}

test('a package is restored, and no file is created', async () => {
  const { root } = await withoutRegistry();
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
  expect(existsSync(join(root, STORE, 'registry.sqlite3'))).toBe(false);
});

test('a hold is recorded after the existing events', async () => {
  const { root, id } = await withoutRegistry();
  const registry = await openRegistry(root, {}, 'change');
  await registry.applyHold(id, 'a reason');
  expect((await registry.getRetentionState(id)).holds).toHaveLength(1);
  await registry.verifyEvents();
  await registry.close();
});

test('packages are copied out of it, and into it', async () => {
  const { root, id } = await withoutRegistry();
  const toStore = join(temporaryFolder(), 'store');
  await copyPackage(id, { from: root, toStore });
  rmSync(join(toStore, 'registry.sqlite3'));
  expect(await copyPackage(id, { from: root, toStore })).toMatchObject({ package: { isNew: false } });
});

test('the check of the store warns, and continues', async () => {
  const { root } = await withoutRegistry();
  const findings = [];
  for await (const finding of checkStore(storeOf(root, {}), { deep: true })) findings.push(finding);
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([
    { what: 'database', status: 'warning', detail: expect.stringContaining('rebuilds it') },
  ]);
  expect(findings.map(({ what }) => what)).toContain('objects');
});

test('without any store, nothing is created', async () => {
  const root = sampleInfospace();
  await expect(openRegistry(root, {}, 'change')).rejects.toMatchObject(
    refusal('NOT_FOUND', 'no store at', 'name another one'),
  );
  expect(existsSync(join(root, STORE))).toBe(false);
});
