import { createHash } from 'node:crypto';
import { formatContentAddress, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { contentDigest } from '../manifest/codec.ts';
import { manifestJson } from '../manifest/json.ts';
import type { ContentEntry, Manifest } from '../manifest/model.ts';
import { BAG_INFO_TXT, BAGIT_TXT, encodeBagPath, MANIFEST_CBOR, MANIFEST_JSON, PAYLOAD_FOLDER } from './layout.ts';
import { oxumOf } from './payload.ts';

const PIECE_CHARACTERS = 64 * 1024;
const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** A file generated while it is written: its whole text would take several times the memory of its source. */
export interface TagFile {
  path: string;
  size: number;
  pieces: () => Iterable<Uint8Array>;
}

/** All files of a bag except its payload, in the order of the archive, the most informative first. */
export function tagFiles(manifest: Manifest, cbor: Uint8Array, payload: ReadonlyMap<string, ContentEntry>): TagFile[] {
  const files = [
    measured(BAGIT_TXT, () => [Buffer.from(DECLARATION)]),
    measured(BAG_INFO_TXT, () => [Buffer.from(bagInfo(manifest, cbor, payload))]),
    measured(MANIFEST_CBOR, () => [cbor]),
    measured(MANIFEST_JSON, () => jsonPieces(manifest)),
    measured('manifest-sha256.txt', () => gathered(payloadLines(payload))),
  ];
  const tagSums = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return [...files, measured('tagmanifest-sha256.txt', () => [Buffer.from(tagSums.join(''))])];
}

/** The JSON view of the manifest as stored in the bag. */
export function* jsonPieces(manifest: Parameters<typeof manifestJson>[0]): Iterable<Uint8Array> {
  yield* gathered(manifestJson(manifest));
  yield Buffer.from('\n');
}

function* payloadLines(payload: ReadonlyMap<string, ContentEntry>): Iterable<string> {
  for (const [path, { sha256 }] of payload) yield `${toHex(sha256)}  ${encodeBagPath(PAYLOAD_FOLDER + path)}\n`;
}

function measured(path: string, pieces: () => Iterable<Uint8Array>): TagFile & { sha256: string } {
  const hash = createHash('sha256');
  let size = 0;
  for (const piece of pieces()) {
    hash.update(piece);
    size += piece.byteLength;
  }
  return { path, size, pieces, sha256: hash.digest('hex') };
}

/** Joins short texts into larger pieces. */
function* gathered(texts: Iterable<string>): Iterable<Uint8Array> {
  let text = '';
  for (const part of texts) {
    text += part;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
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
  // A line that begins with a space continues the value of the line before.
  return lines.map(([label, value]) => `${label}: ${value.replace(/\r\n|\r|\n/g, '\n  ')}\n`).join('');
}
