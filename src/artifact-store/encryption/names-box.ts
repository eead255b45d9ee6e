import { randomBytes } from 'node:crypto';
import { encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { ArchiveError } from '../errors.ts';
import { openBytes, type Sealing, sealBytes } from './aead.ts';
import { deriveKey, SALT_BYTES, storeSalt } from './derive.ts';
import type { IdKey } from './id-key.ts';

const VERSION = 1;
const HEADER_BYTES = MAGIC_BYTES + SALT_BYTES;

/**
 * Seals the entry names of a manifest. All writers can open them.
 *
 * @param manifest the name of its digest. It binds the entry names to this manifest.
 */
export function sealNames(idKey: IdKey, manifest: Uint8Array, plain: Uint8Array): Buffer {
  const header = Buffer.concat([encodeMagic('ASEN', VERSION), randomBytes(SALT_BYTES)]);
  return Buffer.concat([header, sealBytes(sealingOf(idKey, manifest, header), plain)]);
}

/** @throws ArchiveError `INTEGRITY` when the box is damaged, forged or of another manifest; `FORMAT_UNSUPPORTED`. */
export function openNames(idKey: IdKey, manifest: Uint8Array, box: Uint8Array, where: string): Buffer {
  readMagic(box, 'ASEN', VERSION, where);
  const header = box.subarray(0, HEADER_BYTES);
  const plain = openBytes(sealingOf(idKey, manifest, header), box.subarray(HEADER_BYTES));
  if (plain) return plain;
  throw new ArchiveError(
    'INTEGRITY',
    `${where} cannot be decrypted; it is damaged or forged, or belongs to another manifest.`,
  );
}

function sealingOf({ bytes, storeId }: IdKey, manifest: Uint8Array, header: Uint8Array): Sealing {
  const salt = Buffer.concat([storeSalt(storeId), header.subarray(MAGIC_BYTES)]);
  const about = Buffer.concat([header, encodeCbor([storeId, Buffer.from(manifest)])]);
  return { key: deriveKey(bytes, salt, 'names'), number: 0, about };
}
