import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { blake3 } from '@napi-rs/blake-hash';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { localTime } from '../../src/terminal/local-time.ts';
import { cliFile, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { failure, run, runProcess } from './fixtures.ts';

test('show summarizes a package', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveInfospace(root, { note: 'a note', provenance: { commit: 'abc123' } });
  const { code, stdout, stderr } = await runProcess(['show', record.manifest_digest, '--from', root]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Package ${record.package_id}\n`));
  for (const message of [
    record.content_digest,
    'guide',
    'a note',
    'abc123',
    localTime(expiresAt!),
    '9 entries, 84 B',
  ]) {
    expect(stdout).toContain(message);
  }
  expect(stdout).toMatch(/^ +artifacts\/ +3 entries, 19 B$/m);
});

test('show --json and --cbor print the canonical manifest', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const file = join(temporaryFolder(), 'manifest.cbor');
  const { code, stdout } = await run(['show', 'latest', '--from', root, '--json', '--cbor', file]);
  expect(code).toBe(0);
  expect(`blake3:${Buffer.from(blake3(readFileSync(file))).toString('hex')}`).toBe(record.manifest_digest);
  const registry = await openRegistry(root, {}, 'read');
  const json = Buffer.from(await registry.getManifestBytes(record.package_id, 'json')).toString();
  await registry.close();
  expect(stdout).toBe(`${json}\n`);
  const manifest = JSON.parse(stdout) as { files: { path: string; sha256?: string }[] };
  const result = manifest.files.find(({ path }) => path === 'output/result.json');
  expect(result?.sha256).toContain(createHash('sha256').update('{"ok":true}\n').digest('hex'));
});

test('show --cbor does not overwrite a file', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const file = join(root, 'infospace.yaml');
  const before = readFileSync(file, 'utf8');
  expect(await run(['show', 'latest', '--from', root, '--cbor', file])).toEqual(failure(3, file, 'already'));
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('a reader that closes the pipe early is not a failure', async () => {
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`output/${i}.txt`, '']));
  const root = sampleInfospace(many);
  await archiveInfospace(root);
  for (const args of ['show latest --json --from', 'archive --dry-run', 'archive --dry-run --json']) {
    const script = `{ "$@"; echo "exit $?" >&2; } | head -c 10`;
    const command = [process.execPath, cliFile, ...args.split(' '), root];
    const child = spawn('sh', ['-c', script, 'sh', ...command]);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stdout).toHaveLength(10);
    expect(stderr).toBe('exit 0\n');
  }
});
