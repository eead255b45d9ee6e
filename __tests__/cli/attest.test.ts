import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake3 } from '@napi-rs/blake-hash';
import { archiveInfospace, type Statement } from '../../src/index.ts';
import { damagePacks, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { newKey, newSigstore, signEnvelope } from '../infospace/sigstore.ts';
import { failure, run, runJson, runProcess } from './fixtures.ts';

async function archived(): Promise<{ root: string; id: string; folder: string }> {
  const root = sampleInfospace();
  return { root, id: (await archiveInfospace(root)).record.package_id, folder: temporaryFolder() };
}

test('attest prints a statement whose subject is the stored manifest', async () => {
  const { root, id, folder } = await archived();
  const manifest = join(folder, 'manifest.cbor');
  const file = join(folder, 'statement.json');
  await runProcess(['show', 'latest', '--from', root, '--cbor', manifest]);
  const { code, stdout, stderr } = await runProcess(['attest', id, '--from', root]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const bytes = readFileSync(manifest);
  expect((JSON.parse(stdout) as Statement).subject).toEqual([
    {
      name: `${id}.cbor`,
      digest: {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        blake3: Buffer.from(blake3(bytes)).toString('hex'),
      },
    },
  ]);
  expect(await runProcess(['attest', 'latest', '--from', root, '--to', file])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  expect(readFileSync(file, 'utf8')).toBe(stdout);
  expect(await runProcess(['attest', 'latest', '--from', root, '--to', file])).toEqual(failure(3, file, 'already'));
  const predicate = await runProcess(['attest', 'latest', '--from', root, '--predicate']);
  expect(JSON.parse(predicate.stdout)).toEqual((JSON.parse(stdout) as Statement).predicate);
});

test('attest refuses a package that does not exist', async () => {
  const { root } = await archived();
  expect(await run(['attest', crypto.randomUUID(), '--from', root])).toEqual(failure(5, 'no package'));
});

test('verify --attestation accepts an unsigned statement only for a comparison', async () => {
  const { root, id, folder } = await archived();
  const file = join(folder, 'statement.json');
  await run(['attest', 'latest', '--from', root, '--to', file]);
  const args = ['verify', 'latest', '--from', root, '--attestation', file];
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}: ok, 9 entries, 84 B\n` });
  expect(stderr).toMatch(/^warning: Nobody signed .*proves nothing\.\n$/);
  const output = await run([...args, '--json']);
  expect(JSON.parse(output.stdout)).toEqual([
    expect.objectContaining({ ok: true, attestation: { file, signed_by: null } }),
  ]);
});

test('verify --attestation shows the signer, and refuses another subject or signer', async () => {
  const { root, folder } = await archived();
  const { stdout: statement } = await run(['attest', 'latest', '--from', root]);
  const sigstore = await newSigstore();
  const signer = {
    identity: 'https://github.example/org/guide/a.yml@refs/heads/main',
    issuer: 'https://token.example',
  };
  const [bundle, trustedRoot] = [join(folder, 'bundle.json'), join(folder, 'root.json')];
  writeFileSync(bundle, JSON.stringify(await sigstore.sign(statement, signer)));
  writeFileSync(trustedRoot, sigstore.trustedRoot);
  const verify = (identity: string, ...more: string[]) => [
    ...['verify', 'latest', '--from', root, '--attestation', bundle, '--trusted-root', trustedRoot],
    ...['--certificate-identity', identity, '--certificate-oidc-issuer', signer.issuer, ...more],
  ];
  const { code, stdout, stderr } = await run(verify(signer.identity));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /: ok, 9 entries, 84 B\nattested, signed by https:\/\/github\.example.*\(https:\/\/token\.example\)\n$/,
  );
  expect(await runJson(verify(signer.identity))).toEqual([
    expect.objectContaining({ ok: true, attestation: { file: bundle, signed_by: signer } }),
  ]);
  expect(await run(verify('https://github.example/mine'))).toEqual(failure(4, 'signed by'));
  await archiveInfospace(root);
  expect(await run(verify(signer.identity))).toEqual(failure(4, 'does not match this package', 'subject'));
});

test('verify --attestation also reads the package', async () => {
  const { root, folder } = await archived();
  const { publicKey, privateKey } = newKey();
  const [envelope, key] = [join(folder, 'envelope.json'), join(folder, 'key.pem')];
  const { stdout: statement } = await run(['attest', 'latest', '--from', root]);
  writeFileSync(envelope, JSON.stringify(signEnvelope(statement, privateKey)));
  writeFileSync(key, publicKey.export({ format: 'pem', type: 'spki' }));
  const args = ['verify', 'latest', '--from', root, '--attestation', envelope, '--key', key];
  expect((await run(args)).stdout).toContain(`attested, signed with the key in ${key}\n`);
  damagePacks(root);
  const { code, stdout } = await run(args);
  expect(code).toBe(4);
  expect(stdout).toContain('artifacts/overview.md');
});

test('verify refuses options with invalid values', async () => {
  const { root, folder } = await archived();
  const from = ['--from', root];
  expect(await run(['verify', 'latest', ...from, '--key', 'k'])).toEqual(failure(2, '--attestation'));
  expect(await run(['verify', '--all', ...from, '--attestation', 'a'])).toEqual(failure(2, 'one package'));
  const missing = join(folder, 'missing.json');
  expect(await run(['verify', 'latest', ...from, '--attestation', missing])).toEqual(failure(5, missing));
});
