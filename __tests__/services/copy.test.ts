import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { runJson, runProcess } from '../cli/fixtures.ts';
import { contentOf, noise, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

type Json = { requests: Record<string, number> } & Record<string, never>;

withS3('a package is copied from a laptop to PostgreSQL and S3 and back, each content once', async () => {
  const env = await newSharedStore(s3Urls[0]!);
  expect((await runProcess(['store', 'init'], env)).code).toBe(0);
  const file = join(temporaryFolder(), 'shared.env');
  writeFileSync(
    file,
    Object.entries(env)
      .filter(([name]) => name.startsWith('ARTIFACTSTORE_'))
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  const root = sampleInfospace({ 'output/big.bin': noise(9_000_000), 'output/text.md': 'a line\n'.repeat(300_000) });
  const { record } = await archiveInfospace(root);
  const content = contentOf(root);
  const sent = (await runJson(['copy', 'latest', '--from', root, '--to-store', file])) as Json;
  expect(sent).toMatchObject({ package_id: record.package_id, changed: true });
  expect(sent['stored_bytes']).toBeGreaterThan(9_000_000);
  const again = (await runJson(['copy', 'latest', '--from', root, '--to-store', file])) as Json;
  expect(again).toMatchObject({ changed: false, stored_bytes: 0, requests: { put: 0, get: 2, delete: 0 } });
  writeTree(root, { 'output/new.md': 'new\n' });
  await archiveInfospace(root);
  const next = (await runJson(['copy', 'latest', '--from', root, '--to-store', file])) as Json;
  // A pack, the manifest and the events. The list of the large file is read, since its chunks may be in several packs.
  expect(next.requests).toMatchObject({ put: 3, get: 3, delete: 0 });
  expect(next['stored_bytes']).toBeLessThan(5_000);
  expect((await runProcess(['verify', '--all'], env, temporaryFolder())).code).toBe(0);
  expect((await runProcess(['store', 'check', '--deep'], env)).stdout).not.toContain('failed');

  const laptop = join(temporaryFolder(), 'store');
  const back = ['copy', record.package_id, '--to-store', laptop];
  expect(await runJson(back, env)).toMatchObject({ changed: true, manifest_digest: record.manifest_digest });
  const target = join(temporaryFolder(), 'back');
  const restored = await runProcess([
    'restore',
    record.package_id,
    '--store-root',
    laptop,
    '--target',
    target,
    '--quiet',
  ]);
  expect(restored).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(treeOf(target)).toEqual(content);
  const { stdout } = await runProcess(['audit', 'log', '--store-root', laptop, '--type', 'v1.package.imported']);
  expect(stdout).toContain('postgresql://');
  const url = new URL(env['ARTIFACTSTORE_DATABASE_URL']!);
  for (const secret of [url.password, env['ARTIFACTSTORE_S3_SECRET_ACCESS_KEY']!]) {
    if (secret !== '') expect(stdout).not.toContain(secret);
  }
});

withS3('a bag is imported into a shared store, and a package of it exported as a bag', async () => {
  const env = await newSharedStore(s3Urls[0]!);
  await runProcess(['store', 'init'], env);
  const root = sampleInfospace({ 'output/big.bin': noise(9_000_000) });
  const { record } = await archiveInfospace(root);
  const place = temporaryFolder();
  const [first, second] = [join(place, 'first.tar.zst'), join(place, 'second.tar.zst')];
  expect((await runProcess(['export', 'latest', '--from', root, '--to', first])).code).toBe(0);
  expect(await runJson(['import', first], env)).toMatchObject({ package_id: record.package_id, index: null });
  expect((await runProcess(['export', record.package_id, '--to', second], env)).code).toBe(0);
  expect((await runProcess(['import', second, '--store-root', join(place, 'store')])).stdout).toContain(
    record.manifest_digest,
  );
});
