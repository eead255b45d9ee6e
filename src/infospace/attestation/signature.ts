import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Bundle, SerializedBundle, SerializedEnvelope } from '@sigstore/bundle';
import type { Signer } from '@sigstore/verify';
import { ArchiveError } from '../../artifact-store/errors.ts';
import { parseDocuments, readText } from './read-attestations.ts';

/** Whose signature is trusted. */
export interface TrustOptions {
  /** The identity in a Fulcio certificate: the address of a workflow, or an e-mail address. */
  certificateIdentity?: string | undefined;
  /** The issuer that vouched for the identity, such as `https://token.actions.githubusercontent.com`. */
  certificateOidcIssuer?: string | undefined;
  /** A file with Sigstore's trusted keys and certificates, to verify without a network. */
  trustedRoot?: string | undefined;
  /** A file with a public key (PEM), for attestations signed with a key pair. */
  key?: string | undefined;
}

/** Who signed, as far as it was proven. */
export type SignedBy = { identity: string; issuer: string } | { key: string };

/**
 * Verifies that the envelope was signed with a key. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 * @throws ArchiveError `ATTESTATION_REFUSED`; `NOT_FOUND` without the file; `USAGE` when it contains no key.
 */
export async function verifyWithKey(envelope: SerializedEnvelope, file: string): Promise<SignedBy> {
  const key = publicKeyIn(readText(file), file);
  const payload = Buffer.from(envelope.payload, 'base64');
  const { payloadType } = envelope;
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `),
    payload,
  ]);
  // Ed25519 includes its own hash.
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signatures = Array.isArray(envelope.signatures) ? envelope.signatures : [];
  if (signatures.some(({ sig }) => verify(algorithm, signed, key, Buffer.from(sig, 'base64')))) return { key: file };
  throw refused(`it was not signed with the key in ${file}`);
}

function publicKeyIn(pem: string, file: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new ArchiveError('USAGE', `The file ${file} contains no public key in PEM; give one.`, error, { path: file });
  }
}

/**
 * Verifies a keyless Sigstore bundle: the signature, the certificate and its chain, the transparency log, the identity.
 * @param trustedRoot the file with the trusted root; fetched (TUF) when missing.
 * @throws ArchiveError `ATTESTATION_REFUSED`; `NOT_FOUND` without the file of the trusted root; `USAGE` when that file is not a trusted
 * root; `STORE_UNAVAILABLE` when it cannot be fetched.
 */
export async function verifyBundle(
  serialized: SerializedBundle,
  identity: string,
  issuer: string,
  trustedRoot: string | undefined,
): Promise<SignedBy> {
  const bundle = await parseBundle(serialized);
  const { toSignedEntity, toTrustMaterial, Verifier } = await import('@sigstore/verify');
  const reasons = new Set<string>();
  for (const root of await trustedRoots(trustedRoot)) {
    // Private Sigstore instances have no logs but a timestamp authority; the root lists what exists.
    const thresholds = { tlogThreshold: root.tlogs.length > 0 ? 1 : 0, ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0 };
    let signer: Signer;
    try {
      signer = new Verifier(toTrustMaterial(root), thresholds).verify(toSignedEntity(bundle));
    } catch (error) {
      reasons.add(error instanceof Error ? error.message : String(error));
      continue;
    }
    // Compared here: the library treats an identity as a regular expression, which would also match longer identities.
    const { subjectAlternativeName, extensions } = signer.identity ?? {};
    if (subjectAlternativeName !== identity) {
      throw refused(`it was signed by ${JSON.stringify(subjectAlternativeName)}, not by ${JSON.stringify(identity)}`);
    }
    if (extensions?.issuer !== issuer) {
      throw refused(`its issuer is ${JSON.stringify(extensions?.issuer)}, not ${JSON.stringify(issuer)}`);
    }
    return { identity, issuer };
  }
  throw refused([...reasons].join('; '));
}

async function parseBundle(serialized: SerializedBundle): Promise<Bundle> {
  const { bundleFromJSON, isBundleWithDsseEnvelope } = await import('@sigstore/bundle');
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(serialized);
  } catch (error) {
    throw refused(`its bundle cannot be read (${(error as Error).message})`);
  }
  // With two payloads, one could be verified and the other believed.
  if (isBundleWithDsseEnvelope(bundle)) return bundle;
  throw refused('its bundle signs something else as well');
}

type TrustedRoot = Parameters<typeof import('@sigstore/verify').toTrustMaterial>[0];

async function trustedRoots(file: string | undefined): Promise<TrustedRoot[]> {
  if (file === undefined) return [await fetchTrustedRoot()];
  const { TrustedRoot } = await import('@sigstore/protobuf-specs');
  const documents = parseDocuments(readText(file));
  try {
    const roots = documents.map((document) => TrustedRoot.fromJSON(document));
    if (roots.some(({ certificateAuthorities }) => certificateAuthorities.length > 0)) return roots;
  } catch (error) {
    throw noTrustedRoot(file, error);
  }
  throw noTrustedRoot(file);
}

async function fetchTrustedRoot(): Promise<TrustedRoot> {
  const { getTrustedRoot } = await import('@sigstore/tuf');
  try {
    return await getTrustedRoot();
  } catch (error) {
    throw new ArchiveError(
      'STORE_UNAVAILABLE',
      `The trusted root of Sigstore could not be fetched (${(error as Error).message}); give it with --trusted-root.`,
      error,
    );
  }
}

function noTrustedRoot(file: string, cause?: unknown): ArchiveError {
  const sentence = `The file ${file} is not a trusted root of Sigstore; "gh attestation trusted-root" prints one.`;
  return new ArchiveError('USAGE', sentence, cause);
}

function refused(why: string): ArchiveError {
  return new ArchiveError(
    'ATTESTATION_REFUSED',
    `The signature of the attestation is not trusted: ${why}; get it again from its producer.`,
  );
}
