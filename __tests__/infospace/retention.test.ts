import { join } from 'node:path';
import { embeddedStore } from '../../src/artifact-store/config.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { annotateRetention, archiveInfospace, listArchives, type Registry } from '../../src/index.ts';
import { sampleInfospace, temporaryFolder, writeTree } from './fixtures.ts';

const DAY_MS = 86_400_000;

async function registryIn<T>(days: number, store: string, action: (registry: Registry) => Promise<T>): Promise<T> {
  const config = embeddedStore(store, { retentionClasses: loadRetentionClasses(undefined) });
  const now = () => new Date(Date.now() + days * DAY_MS);
  const registry = await openStore(config, { access: 'write', now });
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}

test('retention comes from the registry: expiry, holds, eligibility', async () => {
  const [root, storeRoot] = [sampleInfospace(), temporaryFolder()];
  await archiveInfospace(root, { storeRoot, retentionClass: 'transient', note: 'expires' });
  const held = await archiveInfospace(root, { storeRoot, retentionClass: 'transient', note: 'held' });
  const extended = await archiveInfospace(root, { storeRoot, retentionClass: 'transient', note: 'extended' });
  await archiveInfospace(root, { storeRoot, retentionClass: 'permanent-record', note: 'permanent' });
  await registryIn(0, storeRoot, async (registry) => {
    await registry.applyHold(held.record.package_id, 'an audit');
    await registry.extendRetention(extended.record.package_id, new Date(Date.now() + 30 * DAY_MS), 'needed');
  });
  const seen = async (days: number) =>
    (await registryIn(days, storeRoot, async (registry) => annotateRetention(await listArchives(root), registry))).map(
      ({ note, retention }) => [note, retention?.eligible, retention?.holds.map(({ reason }) => reason)],
    );
  expect(await seen(6)).toEqual([
    ['expires', false, []],
    ['held', false, ['an audit']],
    ['extended', false, []],
    ['permanent', false, []],
  ]);
  expect(await seen(8)).toEqual([
    ['expires', true, []],
    ['held', false, ['an audit']],
    ['extended', false, []],
    ['permanent', false, []],
  ]);
  expect((await seen(31)).map(([, eligible]) => eligible)).toEqual([true, false, true, false]);
});

test('the record does not change and gets the expiry from the registry', async () => {
  const [root, storeRoot] = [sampleInfospace(), temporaryFolder()];
  const { record, expiresAt } = await archiveInfospace(root, { storeRoot });
  const annotated = await registryIn(0, storeRoot, (registry) => annotateRetention([record], registry));
  expect(annotated).toEqual([
    { ...record, retention: { expiresAt, expiredAt: null, holds: [], eligible: false }, disposal: null },
  ]);
});

test('a package unknown to the registry has no retention', async () => {
  const [root, storeRoot, otherStore] = [sampleInfospace(), temporaryFolder(), temporaryFolder()];
  const { record } = await archiveInfospace(root, { storeRoot });
  const foreign = { ...record, package_id: 'bench-7' };
  const annotated = await registryIn(0, otherStore, (registry) => annotateRetention([record, foreign], registry));
  expect(annotated.map(({ retention }) => retention)).toEqual([null, null]);
});

test('an expired package is archived again even when nothing changed', async () => {
  const root = sampleInfospace();
  const store = join(root, 'output/archives/.store');
  await archiveInfospace(root, { retentionClass: 'transient' });
  const later = await registryIn(8, store, (registry) =>
    archiveInfospace(root, { registry, retentionClass: 'transient', skipUnchanged: true }),
  );
  expect(later.changed).toBe(true);
});

test('the operator’s classes are used, and listed for an unknown class', async () => {
  const root = sampleInfospace();
  const file = join(
    writeTree(temporaryFolder(), {
      'classes.toml': '[classes.team-evidence]\ndays = 730\n[classes.transient]\ndays = 3\n',
    }),
    'classes.toml',
  );
  const env = { ARTIFACTSTORE_RETENTION_CONFIG_PATH: file };
  const made = await archiveInfospace(root, { env, retentionClass: 'team-evidence' });
  expect(Date.parse(made.expiresAt!) - Date.parse(made.record.created_at)).toBe(730 * DAY_MS);
  const short = await archiveInfospace(root, { env, retentionClass: 'transient' });
  expect(Date.parse(short.expiresAt!) - Date.parse(short.record.created_at)).toBe(3 * DAY_MS);
  await expect(archiveInfospace(root, { env, retentionClass: 'x' })).rejects.toThrow('team-evidence');
});
