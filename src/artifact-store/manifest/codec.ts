import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { CborReader } from '../encoding/cbor-reader.ts';
import { CborWriter, listHead } from '../encoding/cbor-writer.ts';
import { malformed } from '../encoding/shape.ts';
import { blake3 } from '../identity/hasher.ts';
import { type About, projectAbout, readAbout } from './about.ts';
import { readEntry, writeEntry } from './entry.ts';
import type { FileEntry, Manifest } from './model.ts';
import { checkEntries } from './paths.ts';

/** What comes before the entries' list: the head of a map of five and its shortest key, which is the first. */
export const BEFORE_FILES = Buffer.concat([Buffer.of(0xa5), encodeCbor('files')]);
/** The head of a map of the other four keys. */
const ABOUT_HEAD = Buffer.of(0xa4);

/** The canonical CBOR of a manifest; the package's `manifest_digest` is the BLAKE3 of these bytes. */
export function encodeManifest({ files, ...about }: Manifest): Buffer {
  return Buffer.concat([BEFORE_FILES, encodeEntries(files), encodeAbout(about)]);
}

/** What follows the entries in a manifest: its other keys, which sort behind "files". */
export function encodeAbout(about: About): Buffer {
  return encodeCbor(projectAbout(about)).subarray(ABOUT_HEAD.byteLength);
}

/** @throws ArchiveError `INTEGRITY` unless the bytes are a sound manifest in canonical form. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new CborReader(bytes);
  if (!reader.takes(BEFORE_FILES)) throw malformed('The manifest', 'expected "files" and four other keys');
  const count = reader.list();
  const start = reader.at;
  for (let i = 0; i < count; i++) reader.skip();
  // First: a newer version may have other entries.
  const about = readAbout(decodeCbor(Buffer.concat([ABOUT_HEAD, bytes.subarray(reader.at)])));
  const files = readEntries(new CborReader(bytes.subarray(start, reader.at)), count);
  checkEntries(files, 'INTEGRITY');
  return { ...about, files };
}

/** The entries of a manifest that {@link decodeManifest} found sound, one at a time: together they take twice its memory. */
export function* entriesOf(bytes: Uint8Array): Generator<FileEntry> {
  const reader = new CborReader(bytes);
  reader.takes(BEFORE_FILES);
  const count = reader.list();
  for (let i = 0; i < count; i++) yield readEntry(reader, `files[${i}]`);
}

/** BLAKE3 over the canonical CBOR of the entries alone: the same wherever and whenever the content was archived. */
export function contentDigest(entries: readonly FileEntry[]): Buffer {
  return blake3.hash(encodeEntries(entries));
}

function encodeEntries(entries: readonly FileEntry[]): Buffer {
  const writer = new CborWriter();
  writer.append(listHead(entries.length));
  for (const entry of entries) writeEntry(writer, entry);
  return writer.bytes();
}

function readEntries(reader: CborReader, count: number): FileEntry[] {
  const files: FileEntry[] = [];
  while (files.length < count) files.push(readEntry(reader, `files[${files.length}]`));
  reader.end();
  return files;
}
