import type { SerializedBundle, SerializedEnvelope } from '@sigstore/bundle';
import { ArchiveError } from '../../artifact-store/errors.ts';
import { readOutsideText } from '../../artifact-store/outside-file.ts';

/** A statement, and what it came in. */
export interface Attestation {
  statement: unknown;
  /** The signed envelope (DSSE); undefined for a bare statement, which nobody signed. */
  envelope: SerializedEnvelope | undefined;
  /** What proves who signed (Sigstore); undefined for a bare envelope. */
  bundle: SerializedBundle | undefined;
}

/** Payload of an envelope that is a statement. https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Attestations are kilobytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads statements, envelopes or Sigstore bundles: a JSON document, or one a line as `gh attestation download` writes
 * them.
 *
 * @throws ArchiveError `NOT_FOUND` without the file; `ATTESTATION_REFUSED` when it holds something else.
 */
export async function readAttestations(file: string): Promise<Attestation[]> {
  const documents = parseDocuments(readText(file));
  if (documents.length === 0) throw noAttestation(file, 'holds no JSON');
  return documents.map((document) => attestationIn(document, file));
}

/** The documents of a text of JSON or JSON lines; none when it is neither. */
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
  if (typeof document !== 'object' || document === null) throw noAttestation(file, 'holds JSON that is no object');
  if ('_type' in document) return { statement: document, envelope: undefined, bundle: undefined };
  const bundle = 'verificationMaterial' in document ? (document as SerializedBundle) : undefined;
  const envelope = bundle ? bundle.dsseEnvelope : (document as SerializedEnvelope);
  if (envelope?.payloadType !== PAYLOAD_TYPE || typeof envelope.payload !== 'string') {
    throw noAttestation(file, 'holds neither an in-toto statement nor one that is signed');
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
