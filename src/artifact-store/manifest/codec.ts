import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { CborReader } from '../encoding/cbor-reader.ts';
import { CborWriter, listHead } from '../encoding/cbor-writer.ts';
import { malformed } from '../encoding/shape.ts';
import { blake3 } from '../identity/hasher.ts';
import { type About, projectAbout, readAbout } from './about.ts';
import { readEntry, writeEntry } from './entry.ts';
import type { FileEntry, Manifest } from './model.ts';
import { checkEntries } from './paths.ts';

/** The bytes before the list of entries: the head of a map of five and its shortest key, which sorts first. */
export const BEFORE_FILES = Buffer.concat([Buffer.of(0xa5), encodeCbor('files')]);
/** The head of a map of the other four keys. */
const ABOUT_HEAD = Buffer.of(0xa4);

/** The canonical CBOR of a manifest; the package's `manifest_digest` is the BLAKE3 of these bytes. */
export function encodeManifest({ files, ...about }: Manifest): Buffer {
  return Buffer.concat([BEFORE_FILES, ...encodeEntries(files), encodeAbout(about)]);
}

/** The BLAKE3 of {@link encodeManifest}, with little memory. */
export function manifestDigest({ files, ...about }: Manifest): Buffer {
  const hash = blake3.createHash();
  hash.update(BEFORE_FILES);
  for (const piece of encodeEntries(files)) hash.update(piece);
  hash.update(encodeAbout(about));
  return hash.digest();
}

/** The bytes after the entries of a manifest: its other keys, which sort behind "files". */
export function encodeAbout(about: About): Buffer {
  return encodeCbor(projectAbout(about)).subarray(ABOUT_HEAD.byteLength);
}

/** @throws ArchiveError `INTEGRITY` unless the bytes are a sound manifest in canonical form. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  // First: a newer version may have other entries.
  const { about, entries, count } = openManifest(bytes);
  const files = readEntries(new CborReader(entries), count);
  checkEntries(files, 'INTEGRITY');
  return { ...about, files };
}

/** A manifest whose entries are decoded one at a time, since all of them take several times the memory of their bytes. */
export type StreamedManifest = About & { files: StreamedEntries };

export interface StreamedEntries extends Iterable<FileEntry> {
  /** The manifest that contains them. */
  readonly cbor: Uint8Array;
}

/** Streams bytes that {@link decodeManifest} has accepted; the entries can be iterated any number of times. */
export function streamManifest(bytes: Uint8Array): StreamedManifest {
  const { about, entries, count } = openManifest(bytes);
  return { ...about, files: { cbor: bytes, [Symbol.iterator]: () => eachEntry(new CborReader(entries), count) } };
}

function openManifest(bytes: Uint8Array): { about: About; entries: Uint8Array; count: number } {
  const reader = new CborReader(bytes);
  if (!reader.takes(BEFORE_FILES)) throw malformed('The manifest', 'expected "files" and four other keys');
  const count = reader.list();
  const start = reader.at;
  for (let i = 0; i < count; i++) reader.skip();
  const about = readAbout(decodeCbor(Buffer.concat([ABOUT_HEAD, bytes.subarray(reader.at)])));
  return { about, entries: bytes.subarray(start, reader.at), count };
}

/** BLAKE3 over the canonical CBOR of the entries alone: equal for equal content, regardless of place and time. */
export function contentDigest(entries: readonly FileEntry[]): Buffer {
  const hash = blake3.createHash();
  for (const piece of encodeEntries(entries)) hash.update(piece);
  return hash.digest();
}

/** Entries encoded at a time. */
const ENCODED_AT_ONCE = 1024;

function* encodeEntries(entries: readonly FileEntry[]): Generator<Buffer> {
  yield listHead(entries.length);
  for (let at = 0; at < entries.length; at += ENCODED_AT_ONCE) {
    const writer = new CborWriter();
    for (const entry of entries.slice(at, at + ENCODED_AT_ONCE)) writeEntry(writer, entry);
    yield writer.bytes();
  }
}

function readEntries(reader: CborReader, count: number): FileEntry[] {
  const files: FileEntry[] = [];
  for (const entry of eachEntry(reader, count)) files.push(entry);
  reader.end();
  return files;
}

function* eachEntry(reader: CborReader, count: number): Generator<FileEntry> {
  for (let i = 0; i < count; i++) yield readEntry(reader, i);
}
