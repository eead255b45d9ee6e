import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { damagePacks, sampleInfospace } from '../infospace/fixtures.ts';
import { failure, run, runJson } from './fixtures.ts';

test('verify finds sound packages sound', async () => {
  const root = sampleInfospace();
  const first = (await archiveInfospace(root)).record.package_id;
  writeFileSync(join(root, 'output/more.txt'), 'more');
  const second = (await archiveInfospace(root)).record.package_id;
  const one = await run(['verify', first, '--from', root]);
  expect(one).toEqual({ code: 0, stdout: `${first}: ok, 9 entries, 84 B\n`, stderr: '' });
  const all = await run(['verify', '--all'], {}, root);
  expect(all).toEqual({
    code: 0,
    stdout: `${first}: ok, 9 entries, 84 B\n${second}: ok, 10 entries, 88 B\n`,
    stderr: '',
  });
  expect(await run(['verify', 'latest', '--from', root, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await runJson(['verify', 'latest', '--from', root])).toEqual([
    { package_id: second, file_count: 10, total_bytes: 88, ok: true, damage: [] },
  ]);
});

test('verify names every damaged file, and exits with 4', async () => {
  const root = sampleInfospace();
  const sound = (await archiveInfospace(root, { include: ['reports'] })).record.package_id;
  const damaged = (await archiveInfospace(root)).record.package_id;
  damagePacks(root);
  const told = await run(['verify', '--all', '--from', root]);
  expect(told).toMatchObject({ code: 4, stderr: '' });
  expect(told.stdout).toContain(`${sound}: ok`);
  for (const path of ['infospace.yaml', 'output/result.json', 'workflows/run.sh']) {
    expect(told.stdout).toMatch(new RegExp(`^${damaged}: .*"${path}"`, 'm'));
  }
  const json = await run(['verify', damaged, '--from', root, '--json']);
  expect(json.code).toBe(4);
  expect(JSON.parse(json.stdout)).toEqual([
    expect.objectContaining({
      ok: false,
      damage: expect.arrayContaining([
        { path: 'output/result.json', message: expect.stringContaining('output/result.json') },
      ]),
    }),
  ]);
  expect((await run(['verify', '--all', '--from', root, '--quiet'])).stdout).toContain(damaged);
});

test('verify finds out a manifest that is gone', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  rmSync(join(root, 'output/archives/.store/storage/manifests'), { recursive: true });
  const { code, stdout } = await run(['verify', '--all', '--from', root, '--json']);
  expect(code).toBe(4);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ ok: false, damage: [{ path: null, message: expect.stringContaining('manifest') }] }),
  ]);
});

test('verify wants a package or --all, one of them', async () => {
  expect(await run(['verify'])).toEqual(failure(2, '--all'));
  expect(await run(['verify', 'latest', '--all'])).toEqual(failure(2, '--all'));
  expect(await run(['verify', 'latest', '--from', '/nowhere'])).toEqual(failure(5, '/nowhere'));
});
