import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { damagePacks, sampleInfospace, treeOf } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

test('verify finds sound packages sound', async () => {
  const root = sampleInfospace();
  const first = (await archiveInfospace(root)).record.package_id;
  writeFileSync(join(root, 'output/more.txt'), 'more');
  const second = (await archiveInfospace(root)).record.package_id;
  const one = await runProcess(['verify', first, '--from', root]);
  expect(one).toEqual({ code: 0, stdout: `${first}: ok, 9 entries, 84 B\n`, stderr: '' });
  const all = await runProcess(['verify', '--all'], {}, root);
  expect(all).toEqual({
    code: 0,
    stdout: `${first}: ok, 9 entries, 84 B\n${second}: ok, 10 entries, 88 B\n`,
    stderr: '',
  });
  expect(await runProcess(['verify', 'latest', '--from', root, '--quiet'])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  expect(await runJson(['verify', 'latest', '--from', root])).toEqual([
    { package_id: second, file_count: 10, total_bytes: 88, ok: true, damage: [] },
  ]);
});

test('verify names every damaged file, and exits with 4', async () => {
  const root = sampleInfospace();
  const sound = (await archiveInfospace(root, { include: ['reports'] })).record.package_id;
  const damaged = (await archiveInfospace(root)).record.package_id;
  damagePacks(root);
  const output = await runProcess(['verify', '--all', '--from', root]);
  expect(output).toMatchObject({ code: 4, stderr: expect.stringContaining('archive the files again') });
  expect(output.stdout).toContain(`${sound}: ok`);
  for (const path of ['infospace.yaml', 'output/result.json', 'workflows/run.sh']) {
    expect(output.stdout).toMatch(new RegExp(`^${damaged}: .*"${path}"`, 'm'));
  }
  const json = await runProcess(['verify', damaged, '--from', root, '--json']);
  expect(json.code).toBe(4);
  expect(JSON.parse(json.stdout)).toEqual([
    expect.objectContaining({
      ok: false,
      damage: expect.arrayContaining([
        { path: 'output/result.json', message: expect.stringContaining('output/result.json') },
      ]),
    }),
  ]);
  expect((await runProcess(['verify', '--all', '--from', root, '--quiet'])).stdout).toContain(damaged);
});

/** Seen to fail for all but --all: the new package was damaged too. */
test.each([
  ['of all', ['--all']],
  ['of one package', ['latest']],
  ['of a sample', ['latest', '--sample', '99.9%']],
])('a verify %s marks damage, and the next archive heals it', async (_, scope) => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  damagePacks(root);
  expect((await run(['verify', ...scope, '--from', root])).code).toBe(4);
  const [verified, ...damaged] = (await eventTypes(root)).slice(4);
  expect(verified).toBe('v1.storage.verified');
  expect(new Set(damaged)).toEqual(new Set(['v1.content.damaged']));
  await archiveInfospace(root);
  expect((await run(['verify', '--all', '--from', root])).code).toBe(0);
});

test('a verify of one sound package adds nothing to the event log', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  expect((await run(['verify', 'latest', '--from', root])).code).toBe(0);
  expect(await eventTypes(root)).toHaveLength(4);
});

test('verify --sample reads a sample of the contents, and reports its size', async () => {
  const root = sampleInfospace();
  const { package_id } = (await archiveInfospace(root)).record;
  const output = await run(['verify', '--all', '--from', root, '--sample', '50%']);
  expect(output).toMatchObject({ code: 0, stderr: '' });
  expect(output.stdout).toMatch(new RegExp(`^${package_id}: ok, 9 entries, 84 B; read \\d files?, \\d+ B\n$`));
  expect(await runJson(['verify', 'latest', '--from', root, '--sample', '0.001%'])).toEqual([
    expect.objectContaining({ ok: true, read_files: 1, read_bytes: expect.any(Number) }),
  ]);
  for (const share of ['0%', '101%', 'half', '-1']) {
    expect((await run(['verify', '--all', '--from', root, `--sample=${share}`])).code).toBe(2);
  }
});

test('verify --all creates no store where there is none', async () => {
  const root = sampleInfospace();
  expect(await run(['verify', '--all', '--from', root])).toEqual(failure(5, 'no store'));
  expect(treeOf(root)).not.toHaveProperty('output/archives/');
});

async function eventTypes(root: string): Promise<string[]> {
  const registry = await openRegistry(root, {}, 'read');
  const types: string[] = [];
  for await (const { event_type } of registry.tailEvents()) types.push(event_type);
  await registry.close();
  return types;
}

test('verify finds a missing manifest', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  rmSync(join(root, 'output/archives/.store/storage/manifests'), { recursive: true });
  const { code, stdout } = await run(['verify', '--all', '--from', root, '--json']);
  expect(code).toBe(4);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ ok: false, damage: [{ path: null, message: expect.stringContaining('manifest') }] }),
  ]);
});

test('verify needs either a package or --all', async () => {
  const place = ['--from', sampleInfospace()];
  expect(await run(['verify', ...place])).toEqual(failure(2, '--all'));
  expect(await run(['verify', 'latest', '--all', ...place])).toEqual(failure(2, '--all'));
  expect(await run(['verify', 'latest', '--from', '/nowhere'])).toEqual(failure(5, '/nowhere'));
});
