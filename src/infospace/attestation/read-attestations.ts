import type { SerializedBundle, SerializedEnvelope } from '@sigstore/bundle';
import { ArchiveError } from '../../artifact-store/errors.ts';
import { readOutsideText } from '../../artifact-store/outside-file.ts';

/** A statement, and its envelope and bundle. */
export interface Attestation {
  statement: unknown;
  /** The signed envelope (DSSE); undefined for a bare statement, which is unsigned. */
  envelope: SerializedEnvelope | undefined;
  /** The Sigstore bundle, which proves who signed; undefined for a bare envelope. */
  bundle: SerializedBundle | undefined;
}

/** Payload type of an envelope that contains a statement. https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Far above real attestations, which are kilobytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads statements, envelopes or Sigstore bundles: one JSON document, or one per line as `gh attestation download` writes them.
 * @throws ArchiveError `NOT_FOUND` without the file; `ATTESTATION_REFUSED` when it contains something else.
 */
export async function readAttestations(file: string): Promise<Attestation[]> {
  const documents = parseDocuments(readText(file));
  if (documents.length === 0) throw noAttestation(file, 'contains no JSON');
  return documents.map((document) => attestationIn(document, file));
}

/** The documents of a JSON or JSON Lines text; none when it is neither. */
export function parseDocuments(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return [];
    }
  }
}

/** @throws ArchiveError `NOT_FOUND`. */
export function readText(file: string): string {
  const text = readOutsideText(file, MAX_FILE_BYTES);
  if (text !== undefined) return text;
  throw new ArchiveError('NOT_FOUND', `There is no file ${file}; check the path.`, undefined, { path: file });
}

function attestationIn(document: unknown, file: string): Attestation {
  if (typeof document !== 'object' || document === null)
    throw noAttestation(file, 'contains JSON that is not an object');
  if ('_type' in document) return { statement: document, envelope: undefined, bundle: undefined };
  const bundle = 'verificationMaterial' in document ? (document as SerializedBundle) : undefined;
  const envelope = bundle ? bundle.dsseEnvelope : (document as SerializedEnvelope);
  if (envelope?.payloadType !== PAYLOAD_TYPE || typeof envelope.payload !== 'string') {
    throw noAttestation(file, 'contains neither an in-toto statement nor a signed one');
  }
  try {
    const statement: unknown = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
    return { statement, envelope, bundle };
  } catch (error) {
    throw noAttestation(file, 'has a payload that is not JSON', error);
  }
}

function noAttestation(file: string, what: string, cause?: unknown): ArchiveError {
  const sentence = `The file ${file} ${what}; give an in-toto statement, a DSSE envelope or a Sigstore bundle.`;
  return new ArchiveError('ATTESTATION_REFUSED', sentence, cause);
}
