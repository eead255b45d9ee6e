import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openRegistry } from '../../src/index.ts';
import { failure, runJson, runProcess } from '../cli/fixtures.ts';
import { contentOf, noise, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { newDatabase, s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? describe : describe.skip;
const [s3Url = ''] = s3Urls;

type Json = Record<string, never>;

withS3('the command line on PostgreSQL and S3', () => {
  let env: Record<string, string>;
  beforeEach(async () => {
    env = await newSharedStore(s3Url);
  });

  test('requires an initialised store, and may initialise it twice', async () => {
    const root = sampleInfospace();
    const before = treeOf(root);
    expect(await runProcess(['archive', root], env)).toEqual(failure(5, 'store init'));
    expect(treeOf(root)).toEqual(before);
    const initialised = await Promise.all([1, 2, 3].map(() => runProcess(['store', 'init'], env)));
    for (const { code, stderr } of initialised) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await runProcess(['store', 'migrate'], env)).code).toBe(0);
    expect((await runProcess(['archive', root, '--quiet'], env)).code).toBe(0);
    expect(treeOf(root)).not.toHaveProperty(['output/archives/.store/']);
  });

  test('archives, and restores elsewhere the contents shared by two infospaces', async () => {
    await runProcess(['store', 'init'], env);
    const shared = { 'output/shared.bin': noise(3_000_000), 'output/text.md': 'shared text\n' };
    const first = sampleInfospace(shared);
    const second = sampleInfospace({ ...shared, 'output/own.md': 'own\n' }, 'second');
    const made = (await runJson(['archive', first], env)) as Json;
    const again = (await runJson(['archive', second, '--subject', 'second'], env)) as Json;
    expect(made['stored_bytes']).toBeGreaterThan(3_000_000);
    expect(again['stored_bytes']).toBeLessThan(5_000);
    const content = contentOf(first);
    rmSync(first, { recursive: true });
    const elsewhere = temporaryFolder();
    const target = join(elsewhere, 'restored');
    const args = ['restore', 'latest', '--subject', 'guide', '--target', target];
    const restored = (await runJson(args, env)) as Json;
    expect(restored['content_digest']).toBe(made['content_digest']);
    expect(treeOf(target)).toEqual(content);
    expect((await runProcess(['verify', '--all', '--from', elsewhere], env)).code).toBe(0);
    const registry = await openRegistry(elsewhere, { env }, 'read');
    // Eight for two archives of one pack each, and one for each verified package.
    expect(await registry.verifyEvents()).toBe(10);
    await registry.close();
  });

  test('makes requests in proportion to bytes, not to files', async () => {
    await runProcess(['store', 'init'], env);
    const files = Array.from({ length: 2000 }, (_, i) => [`output/${i}.md`, noise(8000, `${i}`)] as const);
    const root = sampleInfospace(Object.fromEntries(files));
    const { requests, ...made } = (await runJson(['archive', root], env)) as Json;
    // 16 MB of incompressible data fill one pack; then come the manifest and the segment. The store file, its log and its
    // checkpoints are read.
    expect(requests).toEqual({ put: 3, get: 1, head: 0, list: 2, delete: 0 });
    const unchanged = (await runJson(['archive', root], env)) as Json;
    // The newest segment is read, and the previous manifest, which is stored once more.
    expect(unchanged['requests']).toEqual({ put: 3, get: 3, head: 0, list: 1, delete: 0 });
    const args = ['restore', made['package_id']!, '--target', join(temporaryFolder(), 'r')];
    const restored = (await runJson(args, env)) as { requests: Record<string, number> };
    expect(restored.requests['get']).toBeLessThanOrEqual(7);
    expect(restored.requests).toMatchObject({ put: 0, head: 0, list: 1, delete: 0 });
  });

  test('checks a store, line by line, and leaves nothing in it', async () => {
    const early = await runProcess(['store', 'check'], env);
    expect(early.code).toBe(1);
    expect(early.stdout).toMatch(/^failed +registry +.*store init/m);
    await runProcess(['store', 'init'], env);
    const { code, stdout, stderr } = await runProcess(['store', 'check'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual(
      [
        'database',
        'registry',
        'registry lock',
        'storage write',
        'storage read',
        'storage list',
        'clock',
        'conditional writes',
        'storage delete',
        'log',
      ].map((what) => ['ok', what]),
    );
    expect(lines[0]).toMatch(/PostgreSQL \d+/);
    expect(((await runJson(['store', 'check'], env)) as unknown[]).length).toBe(lines.length);
    expect(await runJson(['store', 'stats'], env)).toMatchObject({ packages: 0, stored_bytes: 0, dedup_ratio: null });
  });

  test('counts what a store contains, by subject and class', async () => {
    await runProcess(['store', 'init'], env);
    const root = sampleInfospace({ 'output/big.bin': noise(2_000_000) });
    await runProcess(['archive', root], env);
    await runProcess(['archive', root, '--retention-class', 'transient'], env);
    const stats = (await runJson(['store', 'stats'], env)) as Json;
    expect(stats).toMatchObject({
      packages: 2,
      logical_bytes: 2 * 2_000_084,
      dedup_ratio: 2,
      by_subject_and_class: [
        { subject: 'guide', retention_class: 'release-evidence', packages: 1, logical_bytes: 2_000_084 },
        { subject: 'guide', retention_class: 'transient', packages: 1, logical_bytes: 2_000_084 },
      ],
    });
    const { stdout } = await runProcess(['store', 'stats'], env);
    expect(stdout).toMatch(/2 packages, 4.0 MB/);
    expect(stdout).toMatch(/^guide +transient +1 +2.0 MB$/m);
  });

  test('archives with a role that may only select, insert and update', async () => {
    await runProcess(['store', 'init'], env);
    const url = new URL(env['ARTIFACTSTORE_DATABASE_URL']!);
    const role = `limited_${url.pathname.slice(1)}`;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    await admin.query(`create role ${role} login password 'limited'`);
    await admin.query(`grant select, insert, update on all tables in schema public to ${role}`);
    await admin.query(`grant usage on sequence packs_id_seq to ${role}`);
    await admin.end();
    url.username = role;
    url.password = 'limited';
    const limited = { ...env, ARTIFACTSTORE_DATABASE_URL: url.href };
    expect(await runProcess(['archive', sampleInfospace(), '--quiet'], limited)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect((await runProcess(['store', 'check'], limited)).code).toBe(0);
  });

  test('keeps a store in a schema of its own', async () => {
    const url = await newDatabase();
    const one = { ...env, ARTIFACTSTORE_DATABASE_URL: `${url}?schema=one` };
    const other = { ...(await newSharedStore(s3Url, url)), ARTIFACTSTORE_DATABASE_URL: `${url}?schema=other` };
    await runProcess(['store', 'init'], one);
    const root = sampleInfospace();
    expect((await runProcess(['archive', root, '--quiet'], one)).code).toBe(0);
    expect(await runProcess(['show', 'latest', '--from', root], other)).toEqual(failure(5, 'store init'));
    await runProcess(['store', 'init'], other);
    expect(await runJson(['store', 'stats'], other)).toMatchObject({ packages: 0 });
    expect(await runJson(['store', 'stats'], one)).toMatchObject({ packages: 1 });
  });

  test('works with a registry in SQLite', async () => {
    const mixed = { ...env, ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(temporaryFolder(), 'registry.sqlite3')}` };
    const root = sampleInfospace();
    expect((await runProcess(['archive', root, '--quiet'], mixed)).code).toBe(0);
    const target = join(temporaryFolder(), 'restored');
    expect((await runProcess(['restore', 'latest', '--from', root, '--target', target], mixed)).code).toBe(0);
    expect(treeOf(target)).toEqual(contentOf(root));
  });
});
