import { createHash } from 'node:crypto';
import { formatContentAddress, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { contentDigest } from '../manifest/codec.ts';
import { encodeManifestJson } from '../manifest/json.ts';
import type { ContentEntry, Manifest } from '../manifest/model.ts';
import { BAG_INFO_TXT, BAGIT_TXT, encodeBagPath, MANIFEST_CBOR, MANIFEST_JSON, PAYLOAD_FOLDER } from './layout.ts';
import { oxumOf } from './payload.ts';

const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** All files of a bag but its payload, in the order of the archive: what tells most about it comes first. */
export function tagFiles(
  manifest: Manifest,
  cbor: Uint8Array,
  payload: ReadonlyMap<string, ContentEntry>,
): [path: string, content: Buffer][] {
  const sums = [...payload].map(([path, { sha256 }]) => `${toHex(sha256)}  ${encodeBagPath(PAYLOAD_FOLDER + path)}\n`);
  const files: [string, Buffer][] = [
    [BAGIT_TXT, Buffer.from(DECLARATION)],
    [BAG_INFO_TXT, Buffer.from(bagInfo(manifest, cbor, payload))],
    [MANIFEST_CBOR, Buffer.from(cbor)],
    [MANIFEST_JSON, Buffer.from(jsonView(manifest))],
    ['manifest-sha256.txt', Buffer.from(sums.join(''))],
  ];
  const tagSums = files.map(([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`);
  return [...files, ['tagmanifest-sha256.txt', Buffer.from(tagSums.join(''))]];
}

/** The manifest for people, as it lies in the bag. */
export function jsonView(manifest: Manifest): string {
  return `${encodeManifestJson(manifest)}\n`;
}

function bagInfo(manifest: Manifest, cbor: Uint8Array, payload: ReadonlyMap<string, ContentEntry>): string {
  const { id, producer, subject, created_at, metadata } = manifest.package;
  const { retention_class, expires_at } = manifest.retention_summary;
  const note = metadata['note'];
  const lines: [string, string][] = [
    ['Bagging-Date', created_at.slice(0, 10)],
    ['External-Identifier', id],
    ...(note === undefined ? [] : [['External-Description', note] as [string, string]]),
    ['Payload-Oxum', oxumOf(payload)],
    ['Bag-Software-Agent', 'infospace-archive'],
    ['Package-Producer', producer],
    ['Package-Subject', subject],
    ['Package-Created', created_at],
    ['Package-Manifest-Digest', formatContentAddress(blake3.hash(cbor))],
    ['Package-Content-Digest', formatContentAddress(contentDigest(manifest.files))],
    ['Package-Retention-Class', retention_class],
    ['Package-Expires', expires_at ?? 'never'],
    ...Object.entries(manifest.provenance).map(([key, value]): [string, string] => [
      'Package-Provenance',
      `${key}: ${value}`,
    ]),
  ];
  // A value goes on in the next line when that begins with a space.
  return lines.map(([label, value]) => `${label}: ${value.replace(/\r\n|\r|\n/g, '\n  ')}\n`).join('');
}
