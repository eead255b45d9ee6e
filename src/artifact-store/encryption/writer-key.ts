import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { readBytes, readCount, readList, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { KEY_BYTES } from './derive.ts';
import { IdKey } from './id-key.ts';

/** The key with which a writer archives into an encrypted store. It cannot read what is archived. */
export interface WriterKey {
  idKey: IdKey;
  /** Version of the recipients: starts at 1, and each change adds 1. */
  generation: number;
  /** The recipients to encrypt for. They are part of the key, since a list in the store could be forged. */
  recipients: readonly string[];
}

const PREFIX = 'ASWK1-';
const CHECKSUM_BYTES = 4;

/** Formats the key as one line of text. */
export function formatWriterKey({ idKey, generation, recipients }: WriterKey): string {
  const bytes = encodeCbor({
    store_id: idKey.storeId,
    id_key: Buffer.from(idKey.bytes),
    generation,
    recipients: [...recipients],
  });
  return PREFIX + Buffer.concat([bytes, checksumOf(bytes)]).toString('base64url');
}

/** @throws ArchiveError `CONFIG_INVALID`, whose message quotes nothing from the key. */
export function parseWriterKey(text: string): WriterKey {
  try {
    if (!text.startsWith(PREFIX)) throw new Error('not a writer key');
    const whole = Buffer.from(text.slice(PREFIX.length), 'base64url');
    const bytes = whole.subarray(0, -CHECKSUM_BYTES);
    if (!sameBytes(checksumOf(bytes), whole.subarray(-CHECKSUM_BYTES))) throw new Error('cut or mistyped');
    const where = 'The writer key';
    const map = readMap(decodeCbor(bytes), where, ['store_id', 'id_key', 'generation', 'recipients']);
    const key = readBytes(map.id_key, where);
    if (key.byteLength !== KEY_BYTES) throw new Error('a key of another length');
    const recipients = readList(map.recipients, where).map((recipient) => readText(recipient, where));
    if (recipients.length === 0) throw new Error('no recipients');
    return {
      idKey: new IdKey(Buffer.from(key), readText(map.store_id, where)),
      generation: readCount(map.generation, where),
      recipients,
    };
  } catch (error) {
    const sentence = `ARTIFACTSTORE_WRITER_KEY does not contain a complete writer key; print the key with "store key writer".`;
    throw new ArchiveError('CONFIG_INVALID', sentence, error);
  }
}

function checksumOf(bytes: Uint8Array): Buffer {
  return blake3.hash(bytes).subarray(0, CHECKSUM_BYTES);
}
