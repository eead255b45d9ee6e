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
 * The statement to attest for a package: an in-toto statement with SLSA provenance, made from the manifest.
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

/** A statement or its predicate as canonical JSON (RFC 8785): the same bytes for the same package. */
export function encodeAttestation(document: Statement | Statement['predicate']): string {
  return canonicalize(document)!;
}

/** What an attestation proved about a package. */
export interface VerifiedAttestation {
  file: string;
  /** Undefined for an unsigned statement: it matches the package, but proves nothing. */
  signedBy: SignedBy | undefined;
}

/**
 * Checks that a file contains an attestation of the package that matches its manifest and is signed by the trusted signer. If the file
 * contains several, one must pass. The package's files are not read.
 * @throws ArchiveError `ATTESTATION_REFUSED` for an attestation of something else, or with an untrusted signature; `USAGE` when no signer
 * is named; `NOT_FOUND` without a file.
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
    'A signer is either the owner of a key or a certificate identity; give --key, or --certificate-identity and --certificate-oidc-issuer.';
  throw new ArchiveError('USAGE', sentence);
}

/** Whether the bundle was signed with a key instead of a certificate. */
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
      `The statement in ${file} is not signed; give a signed one.`,
      undefined,
      { path: file },
    );
  }
  if (key !== undefined) return verifyWithKey(envelope, key);
  if (bundle === undefined || isKeyed(bundle)) {
    throw new ArchiveError(
      'USAGE',
      `The attestation in ${file} is signed with a key; give the public key with --key.`,
      undefined,
      { path: file },
    );
  }
  if (certificateIdentity === undefined || certificateOidcIssuer === undefined) {
    throw new ArchiveError(
      'USAGE',
      `Anyone can sign an attestation; name the trusted signer of ${file} with --certificate-identity and --certificate-oidc-issuer.`,
      undefined,
      { path: file },
    );
  }
  return verifyBundle(bundle, certificateIdentity, certificateOidcIssuer, trustedRoot);
}
