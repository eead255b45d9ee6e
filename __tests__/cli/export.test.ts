import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace, importBag } from '../../src/index.ts';
import { cliFile, noise, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { failure, run, runJson, runProcess, runRefused } from './fixtures.ts';

test('a package is exported to a folder, a file and the standard output', async () => {
  const root = sampleInfospace({ 'output/big.bin': noise(3_000_000) });
  const { record } = await archiveInfospace(root);
  const place = temporaryFolder();
  const [folder, file] = [join(place, 'bag'), join(place, 'bag.tar.zst')];
  const output = await run(['export', 'latest', '--from', root, '--to', folder]);
  expect(output).toEqual({
    code: 0,
    stdout: `Exported guide (${record.package_id}) to ${folder}: 10 entries, 3.0 MB, all checked.\n`,
    stderr: '',
  });
  execFileSync('sha256sum', ['--check', '--quiet', 'manifest-sha256.txt', 'tagmanifest-sha256.txt'], { cwd: folder });
  expect(await runJson(['export', record.manifest_digest, '--from', root, '--to', file])).toEqual({
    package_id: record.package_id,
    manifest_digest: record.manifest_digest,
    content_digest: record.content_digest,
    to: file,
    file_count: 10,
    total_bytes: record.total_bytes,
  });
  const piped = spawnSync(process.execPath, [cliFile, 'export', 'latest', '--from', root, '--to', '-'], {
    maxBuffer: 2 ** 26,
  });
  expect([piped.status, piped.stderr.toString()]).toEqual([0, '']);
  expect(piped.stdout.equals(readFileSync(file))).toBe(true);
  expect(await run(['export', 'latest', '--from', root, '--to', join(place, 'q'), '--quiet'])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('an export that is impossible says why, and leaves nothing', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const place = temporaryFolder();
  const refused = (...args: string[]) => runRefused(['export', ...args, '--from', root], place);
  expect(await refused('latest', '--to', join(place, 'x.zip'))).toEqual(failure(2, '.tar.zst'));
  expect(await refused('latest', '--to', '-', '--json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('so --json cannot'),
  });
  expect(await refused('latest', '--to', root)).toEqual(failure(3, root));
  expect(await refused('0192f0c1-0000-7000-8000-000000000000', '--to', 'bag')).toEqual(failure(5, '0192f0c1'));
  expect((await refused('latest')).code).toBe(2);
});

test('an export to a pipe needs no disk: it works with a file size limit of a few blocks', async () => {
  const root = sampleInfospace({ 'output/big.bin': noise(20_000_000), 'output/text.md': 'a line\n'.repeat(300_000) });
  await archiveInfospace(root);
  const script = 'ulimit -f 16; exec "$0" "$@"';
  const args = ['-c', script, process.execPath, cliFile, 'export', 'latest', '--from', root, '--to', '-'];
  const env = { ...process.env, NODE_COMPILE_CACHE: '' };
  const { status, stdout, stderr } = spawnSync('sh', args, { env, maxBuffer: 2 ** 26 });
  expect([status, stderr.toString(), stdout.length > 20_000_000]).toEqual([0, '', true]);
});

test('a reader that closes the pipe is not a failure, and a stopped export leaves nothing', async () => {
  const root = sampleInfospace({ 'output/big.bin': noise(20_000_000) });
  await archiveInfospace(root);
  const piped = spawnSync(
    'sh',
    ['-c', `"$0" "$@" --from "${root}" --to - | head -c 10`, process.execPath, cliFile, 'export', 'latest'],
    {
      encoding: 'utf8',
    },
  );
  expect([piped.status, piped.stderr]).toEqual([0, '']);
  expect(existsSync(join(root, '-'))).toBe(false);
  expect(Object.keys(treeOf(root)).filter((path) => path.includes('bag'))).toEqual([]);
});

test('names and a note that other software refuses are reported, and are imported unchanged', async () => {
  const names = ['100%.txt', 'back\\slash', 'end ', 'two\u2028lines', 'next\u0085line', 'form\ffeed'];
  const root = sampleInfospace(Object.fromEntries(names.map((name) => [`output/${name}`, name])));
  const { record } = await archiveInfospace(root, { note: 'one\u2029two' });
  const file = join(temporaryFolder(), 'guide.tar.zst');
  const { code, stderr } = await runProcess(['export', 'latest', '--from', root, '--to', file]);
  expect(code).toBe(0);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^warning: .*"output\/100%\.txt": .*bdbag/),
    expect.stringMatching(/^warning: .*"output\/back\\\\slash": .*sha256sum/),
    expect.stringMatching(/^warning: .* and 1 more: .*bagit\.py/),
    expect.stringMatching(/^warning: .*note/),
  ]);
  const { package: made } = await importBag(file, { storeRoot: join(temporaryFolder(), 'store') });
  expect(made.contentDigest).toBe(record.content_digest);
});
