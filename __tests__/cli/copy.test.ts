import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { contentOf, noise, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess, runRefused } from './fixtures.ts';

type Json = Record<string, never>;

/** A file with the variables of a store in a folder. */
function described(extra: Record<string, string> = {}): { file: string; env: Record<string, string> } {
  const folder = temporaryFolder();
  const env = {
    ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(folder, 'registry.sqlite3')}`,
    ARTIFACTSTORE_STORAGE_BACKEND: 'local',
    ARTIFACTSTORE_STORAGE_LOCAL_ROOT: join(folder, 'storage'),
    ...extra,
  };
  const file = join(folder, 'store.env');
  writeFileSync(
    file,
    `# the other store\n${Object.entries(env)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join('')}`,
  );
  return { file, env };
}

test('a package is copied to a folder and to a store described by a file, and restored from there', async () => {
  const root = sampleInfospace({ 'output/big.bin': noise(3_000_000) });
  const { record } = await archiveInfospace(root);
  const { file, env } = described();
  const folder = join(temporaryFolder(), 'store');
  for (const to of [folder, file]) {
    const copied = (await runJson(['copy', 'latest', '--from', root, '--to-store', to])) as Json;
    expect(copied).toMatchObject({
      package_id: record.package_id,
      changed: true,
      manifest_digest: record.manifest_digest,
    });
    expect(copied['stored_bytes']).toBeGreaterThan(3_000_000);
    const again = await run(['copy', 'latest', '--from', root, '--to-store', to]);
    expect(again.stdout).toMatch(/^The store already has guide; nothing was added\n/);
  }
  writeTree(root, { 'output/more.txt': 'more' });
  await archiveInfospace(root);
  const next = (await runJson(['copy', 'latest', '--from', root, '--to-store', folder])) as Json;
  expect(next['stored_bytes']).toBeLessThan(5_000);
  for (const [args, variables] of [
    [['--store-root', folder], {}],
    [[], env],
  ] as const) {
    const target = join(temporaryFolder(), 'back');
    const restored = await run(['restore', record.package_id, ...args, '--target', target, '--quiet'], variables);
    expect(restored).toEqual({ code: 0, stdout: '', stderr: '' });
    expect({ ...treeOf(target), 'output/more.txt': expect.anything() }).toEqual(contentOf(root));
  }
  const log = await run(['audit', 'log', '--store-root', folder, '--type', 'v1.package.imported']);
  expect(log.stdout).toContain(join(root, 'output/archives/.store'));
});

test('holds are listed and not copied; an extension is copied', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root, { retentionClass: 'transient' });
  const registry = await openRegistry(root, {}, 'change');
  const hold = await registry.applyHold(record.package_id, 'a lawsuit');
  await registry.extendRetention(record.package_id, null, 'a treasure');
  await registry.close();
  const store = join(temporaryFolder(), 'store');
  const { code, stdout, stderr } = await runProcess(['copy', 'latest', '--from', root, '--to-store', store, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ expires_at: null, holds_left: [hold] });
  expect(stderr).toMatch(new RegExp(`^warning: 1 hold .*${hold} \\(a lawsuit\\).*\n$`));
  const other = await openRegistry(root, { storeRoot: store }, 'read');
  expect(await other.getRetentionState(record.package_id)).toMatchObject({
    expiresAt: null,
    holds: [],
    eligible: false,
  });
  await other.close();
});

test('an invalid store is refused, and nothing is made', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const place = temporaryFolder();
  const refused = (to: string) => runRefused(['copy', 'latest', '--from', root, '--to-store', to], place);
  expect(await refused('postgresql://db/archive')).toEqual(failure(2, 'file'));
  expect(await refused(root)).toEqual(failure(2, root));
  expect(await refused(described({ ARTIFACTSTORE_S3_BUCKET: 'x' }).file)).toEqual(
    failure(2, 'ARTIFACTSTORE_S3_BUCKET'),
  );
  expect(await refused(described({ AWS_REGION: 'x' }).file)).toEqual(failure(2, 'AWS_REGION'));
  const empty = writeTree(temporaryFolder(), { 'empty.env': '' });
  expect(await refused(join(empty, 'empty.env'))).toEqual(failure(2, 'describes no store'));
  for (const name of ['typo.env', '.env.prod', 'registry.sqlite3', 'store.yaml']) {
    expect(await refused(join(place, name))).toEqual(failure(2, name, 'looks like a file name'));
    const archived = ['archive', root, '--store-root', join(place, name)];
    expect(await runRefused(archived, place)).toEqual(failure(2, name, 'looks like a file name'));
  }
  expect((await run(['copy', 'nothing', '--from', root, '--to-store', join(place, 'new')])).code).toBe(5);
  expect(treeOf(place)).toEqual({});
});
