import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SerializedEnvelope } from '@sigstore/bundle';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';

/** A bundle as stored in a file, with the fields that tests change. */
export interface TestBundle {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    publicKey?: { hint: string };
    tlogEntries: object[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope: SerializedEnvelope;
  messageSignature?: object;
}

/**
 * A separate instance of Sigstore in this process: a certificate authority, and either both logs or, like the private
 * instances of GitHub, a timestamp authority instead.
 */
export interface Sigstore {
  /** The trusted root that verifiers need, as text. */
  trustedRoot: string;
  /** Signs with a new key as the identity confirmed by the issuer, and adds the entry to the log. */
  sign(statement: string, signer: { identity: string; issuer: string }): Promise<TestBundle>;
}

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Fulcio's extension for the issuer. https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const ISSUER_OID = '1.3.6.1.4.1.57264.1.8';

export function signEnvelope(payload: string, key: KeyObject): SerializedEnvelope {
  const signed = Buffer.from(`DSSEv1 28 ${PAYLOAD_TYPE} ${Buffer.byteLength(payload)} ${payload}`);
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    payload: Buffer.from(payload).toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ sig: sign(algorithm, signed, key).toString('base64'), keyid: '' }],
  };
}

export async function newSigstore({ isPrivate = false } = {}): Promise<Sigstore> {
  const ctlog = isPrivate ? undefined : await initializeCTLog(newKey());
  const authority = await initializeCA(newKey(), ctlog);
  const rekor = isPrivate ? undefined : await initializeTLog('https://rekor.example', newKey());
  // In whole seconds: not every reader accepts the authority's form of fractions.
  const soon = new Date((Math.floor(Date.now() / 1000) + 60) * 1000);
  const timestamps = isPrivate ? await initializeTSA(newKey(), soon) : undefined;
  const root = TrustedRoot.toJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: rekor ? [logOf('https://rekor.example', logIdOf(rekor), rekor.publicKey)] : [],
    ctlogs: ctlog ? [logOf('https://ct.example', bytesOf(ctlog.logID), ctlog.publicKey)] : [],
    certificateAuthorities: [authorityOf(authority.rootCertificate)],
    timestampAuthorities: timestamps ? [authorityOf(timestamps.intCertificate, timestamps.rootCertificate)] : [],
  });
  return {
    trustedRoot: JSON.stringify(root),
    async sign(statement, { identity, issuer }) {
      const { publicKey, privateKey } = newKey();
      const certificate = bytesOf(
        await authority.issueCertificate({
          publicKey: publicKey.export({ format: 'der', type: 'spki' }),
          subjectAltName: identity,
          extensions: [{ oid: ISSUER_OID, value: issuer }],
        }),
      );
      const envelope = signEnvelope(statement, privateKey);
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          certificate: { rawBytes: certificate.toString('base64') },
          tlogEntries: rekor ? [await entryOf(rekor, envelope, certificate)] : [],
          ...(timestamps && { timestampVerificationData: await timestampOf(timestamps, envelope) }),
        },
        dsseEnvelope: envelope,
      };
    },
  };
}

type Log = Awaited<ReturnType<typeof initializeTLog>>;

async function entryOf(rekor: Log, envelope: SerializedEnvelope, certificate: Buffer): Promise<object> {
  const body = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: sha256(JSON.stringify(envelope)),
      payloadHash: sha256(Buffer.from(envelope.payload, 'base64')),
      signatures: [{ signature: envelope.signatures[0]!.sig, verifier: certificate.toString('base64') }],
    },
  };
  const [entry] = Object.values((await rekor.log(body)) as unknown as Record<string, LoggedEntry>);
  const { logIndex, rootHash, treeSize, checkpoint } = entry!.verification.inclusionProof;
  return {
    logIndex: String(entry!.logIndex),
    logId: { keyId: logIdOf(rekor).toString('base64') },
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    integratedTime: String(entry!.integratedTime),
    inclusionPromise: { signedEntryTimestamp: entry!.verification.signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(logIndex),
      rootHash: Buffer.from(rootHash, 'hex').toString('base64'),
      treeSize: String(treeSize),
      hashes: [],
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: entry!.body,
  };
}

async function timestampOf(authority: Awaited<ReturnType<typeof initializeTSA>>, { signatures }: SerializedEnvelope) {
  const artifactHash = createHash('sha256').update(Buffer.from(signatures[0]!.sig, 'base64')).digest();
  const signed = await authority.timestamp({
    artifactHash,
    hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
    nonce: 1,
    policyOID: '1.3.6.1.4.1.57264.2',
  });
  return { rfc3161Timestamps: [{ signedTimestamp: bytesOf(signed).toString('base64') }] };
}

interface LoggedEntry {
  body: string;
  integratedTime: number;
  logIndex: number;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { logIndex: number; rootHash: string; treeSize: number; checkpoint: string };
  };
}

export function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function logIdOf({ publicKey }: Log): Buffer {
  return createHash('sha256').update(publicKey).digest();
}

function logOf(baseUrl: string, keyId: Buffer, rawBytes: Buffer) {
  const keyDetails = PublicKeyDetails.PKIX_ECDSA_P256_SHA_256;
  return {
    baseUrl,
    logId: { keyId },
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: { rawBytes, keyDetails, validFor: { start: new Date(0) } },
    checkpointKeyId: undefined,
    operator: '',
  };
}

function authorityOf(...chain: ArrayBufferView[]) {
  return {
    subject: { commonName: 'sigstore', organization: 'sigstore.mock' },
    uri: 'https://authority.example',
    certChain: { certificates: chain.map((certificate) => ({ rawBytes: bytesOf(certificate) })) },
    validFor: { start: new Date(0) },
    operator: '',
  };
}

function sha256(text: string | Buffer): { algorithm: string; value: string } {
  return { algorithm: 'sha256', value: createHash('sha256').update(text).digest('hex') };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
