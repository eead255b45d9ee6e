import type { SerializedBundle } from '@sigstore/bundle';
import canonicalize from 'canonicalize';
import { type Abortable, untilAborted } from '../../artifact-store/abort.ts';
import { ArchiveError } from '../../artifact-store/errors.ts';
import type { Registry } from '../../artifact-store/registry.ts';
import { isOfSubject, requireAgreement } from './agreement.ts';
import { type Attestation, readAttestations } from './read-attestations.ts';
import { type SignedBy, type TrustOptions, verifyBundle, verifyWithKey } from './signature.ts';
import { type Statement, statementOf } from './statement.ts';

export type { SignedBy, TrustOptions };

/**
 * What can be attested of a package: an in-toto statement with SLSA provenance, from what its manifest tells.
 *
 * @throws ArchiveError `NOT_FOUND`, `INTEGRITY`, `STORE_UNAVAILABLE`.
 */
export async function attestationStatement(
  packageId: string,
  registry: Registry,
  { signal }: Abortable = {},
): Promise<Statement> {
  signal?.throwIfAborted();
  const manifest = await untilAborted(signal, registry.getManifest(packageId));
  return statementOf(
    await registry.getPackage(packageId),
    manifest,
    await registry.getManifestBytes(packageId, 'cbor'),
  );
}

/** The JSON of a statement or its predicate, canonical by RFC 8785: the same bytes for the same package. */
export function encodeAttestation(document: Statement | Statement['predicate']): string {
  return canonicalize(document)!;
}

/** What an attestation proved of a package. */
export interface VerifiedAttestation {
  file: string;
  /** Undefined for a statement that nobody signed: it agrees with the package, and proves nothing. */
  signedBy: SignedBy | undefined;
}

/**
 * Checks that an attestation in a file is of the package, says of it what its manifest says, and is signed by whom it
 * should be. Of several, one must. The package's files are not read.
 *
 * @throws ArchiveError `ATTESTATION_REFUSED` for an attestation of something else, or whose signature is not to be
 * trusted; `USAGE` when it is not said whose is; `NOT_FOUND` without a file.
 */
export async function verifyAttestation(
  packageId: string,
  file: string,
  registry: Registry,
  trust: TrustOptions = {},
  { signal }: Abortable = {},
): Promise<VerifiedAttestation> {
  requireOneSigner(trust);
  signal?.throwIfAborted();
  const attestations = await untilAborted(signal, readAttestations(file));
  const expected = JSON.parse(
    encodeAttestation(await attestationStatement(packageId, registry, { signal })),
  ) as Statement;
  const manifest = await registry.getManifest(packageId);
  const ofPackage = attestations.filter(({ statement }) => isOfSubject(statement, expected));
  let refusal: unknown;
  for (const attestation of ofPackage.length > 0 ? ofPackage : attestations.slice(0, 1)) {
    try {
      requireAgreement(attestation.statement, expected, manifest);
      return { file, signedBy: await untilAborted(signal, signerOf(attestation, file, trust)) };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function requireOneSigner({ key, certificateIdentity, certificateOidcIssuer, trustedRoot }: TrustOptions): void {
  if (key === undefined || (certificateIdentity ?? certificateOidcIssuer ?? trustedRoot) === undefined) return;
  const sentence =
    'Either the owner of a key signed, or an identity that a certificate names; give --key or the others.';
  throw new ArchiveError('USAGE', sentence);
}

/** Whether it names a key instead of a certificate. */
function isKeyed({ verificationMaterial }: SerializedBundle): boolean {
  return typeof verificationMaterial?.publicKey === 'object' && verificationMaterial.publicKey !== null;
}

async function signerOf(
  { envelope, bundle }: Attestation,
  file: string,
  { certificateIdentity, certificateOidcIssuer, trustedRoot, key }: TrustOptions,
): Promise<SignedBy | undefined> {
  const isSignerAsked = [certificateIdentity, certificateOidcIssuer, trustedRoot, key].some((one) => one !== undefined);
  if (envelope === undefined) {
    if (!isSignerAsked) return undefined;
    throw new ArchiveError(
      'ATTESTATION_REFUSED',
      `Nobody signed the statement in ${file}; give the signed one.`,
      undefined,
      { path: file },
    );
  }
  if (key !== undefined) return verifyWithKey(envelope, key);
  if (bundle === undefined || isKeyed(bundle)) {
    throw new ArchiveError(
      'USAGE',
      `The attestation in ${file} is signed with a key; give the public one with --key.`,
      undefined,
      { path: file },
    );
  }
  if (certificateIdentity === undefined || certificateOidcIssuer === undefined) {
    throw new ArchiveError(
      'USAGE',
      `Anybody can sign as themselves; say who should have signed ${file} with --certificate-identity and --certificate-oidc-issuer.`,
      undefined,
      { path: file },
    );
  }
  return verifyBundle(bundle, certificateIdentity, certificateOidcIssuer, trustedRoot);
}
