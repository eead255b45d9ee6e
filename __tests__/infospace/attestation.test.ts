import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  archiveInfospace,
  attestationStatement,
  encodeAttestation,
  openRegistry,
  type Registry,
  type Statement,
  type TrustOptions,
  type VerifiedAttestation,
  verifyAttestation,
} from '../../src/index.ts';
import { refusal, sampleInfospace, temporaryFolder } from './fixtures.ts';
import { newKey, newSigstore, type Sigstore, signEnvelope, type TestBundle } from './sigstore.ts';

/**
 * Seen to fail with the identity taken for a pattern, without comparing the issuer or the predicate, without verifying the
 * key's signature, and with an unsigned statement accepted although a signer is given.
 */

const COMMIT = 'a'.repeat(40);
const PROVENANCE = {
  server_url: 'https://github.example',
  repository: 'org/guide',
  ref: 'refs/heads/main',
  commit: COMMIT,
  workflow: 'Generate',
  run_id: '7',
  run_attempt: '2',
  runner_os: 'Linux',
};
const SIGNER = {
  identity: 'https://github.example/org/guide/.github/workflows/generate.yml@refs/heads/main',
  issuer: 'https://token.example',
};
const TRUST: TrustOptions = { certificateIdentity: SIGNER.identity, certificateOidcIssuer: SIGNER.issuer };

const folder = temporaryFolder();
let files = 0;
let registry: Registry;
let packageId: string;
let otherId: string;
let sigstore: Sigstore;
let statement: Statement;
let signed: TestBundle;

beforeAll(async () => {
  const root = sampleInfospace();
  otherId = (await archiveInfospace(root)).record.package_id;
  packageId = (await archiveInfospace(root, { provenance: PROVENANCE, note: 'release' })).record.package_id;
  registry = await openRegistry(root, {}, 'read');
  sigstore = await newSigstore();
  statement = await attestationStatement(packageId, registry);
  signed = await sigstore.sign(encodeAttestation(statement), SIGNER);
});

afterAll(() => registry.close());

function write(text: string): string {
  const file = join(folder, String(files++));
  writeFileSync(file, text);
  return file;
}

/** Verifies a file with these documents, one a line. */
async function verify(documents: object | object[], trust: TrustOptions): Promise<VerifiedAttestation['signedBy']> {
  const file = write(
    [documents]
      .flat()
      .map((document) => JSON.stringify(document))
      .join('\n'),
  );
  return (await verifyAttestation(packageId, file, registry, trust)).signedBy;
}

function verifySigned(documents: object | object[], trust: TrustOptions = {}, root = sigstore.trustedRoot) {
  return verify(documents, { ...TRUST, trustedRoot: write(root), ...trust });
}

function changed<T extends object>(document: T, change: (copy: T) => void): T {
  const copy = structuredClone(document);
  change(copy);
  return copy;
}

const refused = (...message: string[]) => refusal('ATTESTATION_REFUSED', ...message);

describe('the statement of a package', () => {
  test('repeats the facts of the manifest, and is always the same', async () => {
    const again = encodeAttestation(await attestationStatement(packageId, registry));
    expect(again).toBe(encodeAttestation(statement));
    const { contentDigest } = await registry.getPackage(packageId);
    expect(JSON.parse(again)).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: {
            producer: 'infospace-bench',
            subject: 'guide',
            retention_class: 'release-evidence',
            metadata: { note: 'release' },
            workflow: { repository: 'https://github.example/org/guide', ref: 'refs/heads/main', name: 'Generate' },
          },
          internalParameters: { commit: COMMIT, run_id: '7', run_attempt: '2', runner_os: 'Linux' },
          resolvedDependencies: [
            { uri: 'git+https://github.example/org/guide@refs/heads/main', digest: { gitCommit: COMMIT } },
          ],
        },
        runDetails: {
          builder: { id: 'https://github.com/actions/runner' },
          metadata: { invocationId: 'https://github.example/org/guide/actions/runs/7/attempts/2' },
          byproducts: [{ digest: { blake3: contentDigest.slice('blake3:'.length) } }],
        },
      },
    });
  });

  test('invents nothing for facts that the manifest lacks', async () => {
    const { predicate } = await attestationStatement(otherId, registry);
    expect(Object.keys(predicate.buildDefinition)).toEqual(['buildType', 'externalParameters']);
    expect(predicate.buildDefinition.externalParameters).not.toHaveProperty('workflow');
    expect(predicate.runDetails.metadata.invocationId).toBe(otherId);
  });
});

describe('a Sigstore bundle', () => {
  test('is accepted with the expected identity', async () => {
    expect(await verifySigned(signed)).toEqual(SIGNER);
  });

  test('of an instance with a timestamp authority instead of logs is accepted', async () => {
    const privately = await newSigstore({ isPrivate: true });
    const bundle = await privately.sign(encodeAttestation(statement), SIGNER);
    expect(await verifySigned(bundle, {}, privately.trustedRoot)).toEqual(SIGNER);
    // In the output format of "gh attestation trusted-root".
    const roots = `${sigstore.trustedRoot}\n${privately.trustedRoot}\n`;
    expect(await verifySigned(bundle, {}, roots)).toEqual(SIGNER);
    const { timestampVerificationData: _, ...rest } = bundle.verificationMaterial;
    const untimed = { ...bundle, verificationMaterial: rest };
    await expect(verifySigned(untimed, {}, roots)).rejects.toEqual(refused('timestamps'));
  });

  test.each<[string, TrustOptions]>([
    ['of another workflow', { certificateIdentity: SIGNER.identity.replace('main', 'mine') }],
    ['that only contains the expected one', { certificateIdentity: SIGNER.identity.slice(0, -1) }],
    ['that a pattern would match', { certificateIdentity: SIGNER.identity.replace('generate', '.*') }],
    ['confirmed by another issuer', { certificateOidcIssuer: 'https://token.example.org' }],
  ])('with an identity %s is refused', async (_, trust) => {
    await expect(verifySigned(signed, trust)).rejects.toEqual(refused(Object.values(trust)[0] as string));
  });

  test('is refused without an expected identity', async () => {
    for (const missing of [{ certificateIdentity: undefined }, { certificateOidcIssuer: undefined }]) {
      await expect(verifySigned(signed, missing)).rejects.toEqual(refusal('USAGE', '--certificate-identity'));
    }
  });

  test('of another instance is refused', async () => {
    const other = await newSigstore();
    await expect(verifySigned(signed, {}, other.trustedRoot)).rejects.toEqual(refused('is not trusted'));
  });

  test.each<[string, (bundle: TestBundle) => void | Promise<void>]>([
    // Looks the same to a reader, so that only the signature differs.
    [
      'a reformatted payload',
      ({ dsseEnvelope }) => {
        const text = Buffer.from(dsseEnvelope.payload, 'base64').toString();
        dsseEnvelope.payload = Buffer.from(JSON.stringify(JSON.parse(text), null, 1)).toString('base64');
      },
    ],
    [
      'a signature by another key',
      (bundle) => {
        const { privateKey } = newKey();
        bundle.dsseEnvelope.signatures = signEnvelope(encodeAttestation(statement), privateKey).signatures;
      },
    ],
    [
      'the log entry of another one',
      async (bundle) => {
        const other = await sigstore.sign(encodeAttestation(statement), SIGNER);
        bundle.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
      },
    ],
    ['no log entry', (bundle) => void bundle.verificationMaterial.tlogEntries.splice(0)],
    [
      'the certificate of another one',
      async (bundle) => {
        const other = await sigstore.sign(encodeAttestation(statement), SIGNER);
        bundle.verificationMaterial.certificate = other.verificationMaterial.certificate!;
      },
    ],
    [
      'a signature of something else as well',
      (bundle) => {
        const digest = { algorithm: 'SHA2_256', digest: Buffer.alloc(32).toString('base64') };
        bundle.messageSignature = { messageDigest: digest, signature: bundle.dsseEnvelope.signatures[0]!.sig };
      },
    ],
    ['no certificate', (bundle) => void delete bundle.verificationMaterial.certificate],
  ])('with %s is refused', async (_, change) => {
    const bundle = structuredClone(signed);
    await change(bundle);
    await expect(verifySigned(bundle)).rejects.toEqual(refused('is not trusted'));
  });

  test('is found among others, if one is of the package and valid', async () => {
    const ofOther = await sigstore.sign(encodeAttestation(await attestationStatement(otherId, registry)), SIGNER);
    const tampered = changed(signed, (bundle) => void bundle.verificationMaterial.tlogEntries.splice(0));
    expect(await verifySigned([ofOther, tampered, signed])).toEqual(SIGNER);
    await expect(verifySigned([ofOther])).rejects.toEqual(refused('subject'));
    await expect(verifySigned([ofOther, tampered])).rejects.toEqual(refused('timestamps'));
  });

  test('needs a valid trusted root', async () => {
    for (const text of ['{}', '[]', 'no JSON', '', encodeAttestation(statement)]) {
      await expect(verifySigned(signed, {}, text)).rejects.toEqual(refusal('USAGE', 'not a trusted root'));
    }
    const missing = join(folder, 'missing');
    await expect(verify(signed, { ...TRUST, trustedRoot: missing })).rejects.toEqual(refusal('NOT_FOUND', missing));
  });
});

describe('a signature with one’s own key', () => {
  const pem = (key: KeyObject) => write(key.export({ format: 'pem', type: 'spki' }).toString());

  test.each([
    ['ECDSA', () => newKey()],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('by %s is accepted with that key alone, bare or in a bundle', async (_, make) => {
    const { publicKey, privateKey } = make();
    const key = pem(publicKey);
    const envelope = signEnvelope(encodeAttestation(statement), privateKey);
    const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const material = { publicKey: { hint: 'mine' }, tlogEntries: [] };
    const bundle: TestBundle = { mediaType, verificationMaterial: material, dsseEnvelope: envelope };
    for (const document of [envelope, bundle]) {
      expect(await verify(document, { key })).toEqual({ key });
      await expect(verify(document, { key: pem(newKey().publicKey) })).rejects.toEqual(
        refused('not signed with the key'),
      );
      await expect(verify(document, {})).rejects.toEqual(refusal('USAGE', '--key'));
      await expect(verify(document, TRUST)).rejects.toEqual(refusal('USAGE', '--key'));
    }
    const other = signEnvelope(encodeAttestation(statement), newKey().privateKey);
    await expect(verify({ ...envelope, payload: `${envelope.payload.slice(0, -4)}` }, { key })).rejects.toEqual(
      refused(),
    );
    await expect(verify({ ...envelope, signatures: other.signatures }, { key })).rejects.toEqual(
      refused('not signed with the key'),
    );
    await expect(verify({ ...envelope, signatures: [] }, { key })).rejects.toEqual(refused('not signed with the key'));
  });

  test('is refused together with an identity', async () => {
    await expect(verify(statement, { ...TRUST, key: 'any' })).rejects.toEqual(refusal('USAGE', 'either'));
  });

  test('needs a file with a key', async () => {
    const envelope = signEnvelope(encodeAttestation(statement), newKey().privateKey);
    await expect(verify(envelope, { key: write('no key') })).rejects.toEqual(refusal('USAGE', 'no public key'));
  });
});

describe('a statement', () => {
  test('without a signature is only compared', async () => {
    expect(await verify(statement, {})).toBeUndefined();
    for (const trust of [TRUST, { key: 'any' }, { trustedRoot: 'any' }]) {
      await expect(verify(statement, trust)).rejects.toEqual(refused('is not signed'));
    }
  });

  test.each<[string, (statement: Statement) => void]>([
    ['_type', (it) => Object.assign(it, { _type: 'https://in-toto.io/Statement/v0.1' })],
    ['subject', (it) => Object.assign(it, { subject: [] })],
    [
      'subject.digest.blake3',
      (it) => {
        it.subject[0].digest.blake3 = '0'.repeat(64);
      },
    ],
    [
      'subject.digest.sha256',
      (it) => {
        it.subject[0].digest.sha256 = '0'.repeat(64);
      },
    ],
    ['predicateType', (it) => Object.assign(it, { predicateType: 'https://slsa.dev/provenance/v0.2' })],
    [
      'predicate.buildDefinition.externalParameters.metadata.note',
      ({ predicate }) => {
        predicate.buildDefinition.externalParameters.metadata['note'] = 'another';
      },
    ],
    [
      'predicate.buildDefinition.externalParameters.more',
      ({ predicate }) => {
        Object.assign(predicate.buildDefinition.externalParameters, { more: 1 });
      },
    ],
    [
      'predicate.buildDefinition.internalParameters',
      ({ predicate }) => {
        delete predicate.buildDefinition.internalParameters;
      },
    ],
    [
      'predicate.buildDefinition.resolvedDependencies.0.digest.gitCommit',
      ({ predicate }) => {
        predicate.buildDefinition.resolvedDependencies![0].digest.gitCommit = 'b'.repeat(40);
      },
    ],
    [
      'predicate.runDetails.metadata.startedOn',
      ({ predicate }) => {
        predicate.runDetails.metadata.startedOn = '2020-01-01T00:00:00.000Z';
      },
    ],
    [
      'predicate.runDetails.builder.id',
      ({ predicate }) => {
        predicate.runDetails.builder.id = 'https://me';
      },
    ],
  ])('with another %s is refused', async (field, change) => {
    await expect(verify(changed(statement, change), {})).rejects.toEqual(refused(`its ${field} is `));
  });

  test.each([
    ['an empty file', ''],
    ['invalid JSON', '{"_type":'],
    ['a list', '[]'],
    ['another document', '{"files":[]}'],
    ['a number', '1'],
    ['null', 'null'],
    ['a payload that is not JSON', JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload: 'AAAA' })],
    ['another payload', JSON.stringify({ payloadType: 'text/plain', payload: 'e30=', signatures: [] })],
    ['a bundle without a statement', JSON.stringify({ verificationMaterial: {}, messageSignature: {} })],
  ])('is not found in %s', async (_, text) => {
    await expect(verifyAttestation(packageId, write(text), registry)).rejects.toEqual(refused());
  });

  test('is not found without a file', async () => {
    const missing = join(folder, 'missing');
    await expect(verifyAttestation(packageId, missing, registry)).rejects.toEqual(refusal('NOT_FOUND', missing));
  });
});

describe('provenance in the format of actions/attest', () => {
  const repository = 'https://github.example/org/guide';
  const ofGithub = (change: (predicate: ReturnType<typeof predicateOf>) => void) => {
    const predicate = predicateOf();
    change(predicate);
    return {
      ...statement,
      subject: [{ name: 'm', digest: { sha256: statement.subject[0].digest.sha256 } }],
      predicate,
    };
  };
  const predicateOf = () => ({
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/heads/main', repository, path: '.github/workflows/a.yml' } },
      internalParameters: { github: { event_name: 'push', runner_environment: 'github-hosted' } },
      resolvedDependencies: [{ uri: `git+${repository}@refs/heads/main`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: {
      builder: { id: `${repository}/.github/workflows/a.yml@refs/heads/main` },
      metadata: { invocationId: `${repository}/actions/runs/7/attempts/2` },
    },
  });

  test('is accepted with the same commit and run', async () => {
    expect(
      await verify(
        ofGithub(() => undefined),
        {},
      ),
    ).toBeUndefined();
    const bundle = await sigstore.sign(JSON.stringify(ofGithub(() => undefined)), SIGNER);
    expect(await verifySigned(bundle)).toEqual(SIGNER);
  });

  test.each<[string, Parameters<typeof ofGithub>[0]]>([
    [
      'gitCommit',
      ({ buildDefinition }) => {
        buildDefinition.resolvedDependencies[0]!.digest.gitCommit = 'b';
      },
    ],
    [
      'workflow.repository',
      ({ buildDefinition }) => {
        buildDefinition.externalParameters.workflow.repository = 'https://github.example/other/guide';
      },
    ],
    [
      'workflow.ref',
      ({ buildDefinition }) => {
        buildDefinition.externalParameters.workflow.ref = 'refs/heads/x';
      },
    ],
    [
      'invocationId',
      ({ runDetails }) => {
        runDetails.metadata.invocationId += '3';
      },
    ],
  ])('is refused with another %s', async (field, change) => {
    await expect(verify(ofGithub(change), {})).rejects.toEqual(refused(`its ${field} is `));
  });
});
