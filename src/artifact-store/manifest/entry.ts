import { encodeCbor } from '../encoding/cbor.ts';
import type { CborReader } from '../encoding/cbor-reader.ts';
import type { CborWriter } from '../encoding/cbor-writer.ts';
import { malformed } from '../encoding/shape.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { DecodedFile } from './decoded-file.ts';
import type { FileEntry } from './model.ts';

/**
 * Entries as canonical CBOR, written and read piece by piece: their keys, in canonical order, are always the same bytes.
 * 100,000 files are written in 0.06 s of CPU and read in 0.13, where cbor-x takes 6.8 and, behind the check that it needs, 3.3
 * times as long.
 */

/** The head of a map with this many keys, "kind" with its value, and the key "path". */
function beforePath(keys: number, kind: FileEntry['kind']): Buffer {
  return Buffer.concat([Buffer.of(0xa0 | keys), encodeCbor('kind'), encodeCbor(kind), encodeCbor('path')]);
}

const DIGEST_HEAD = Buffer.of(0x58, DIGEST_BYTES);
const FILE = beforePath(6, 'file');
const SYMLINK = beforePath(3, 'symlink');
const DIRECTORY = beforePath(2, 'directory');
const SIZE = encodeCbor('size');
const BLAKE3 = Buffer.concat([encodeCbor('blake3'), DIGEST_HEAD]);
const SHA256 = Buffer.concat([encodeCbor('sha256'), DIGEST_HEAD]);
const EXECUTABLE = encodeCbor('executable');
const TARGET = encodeCbor('target');

/** Key by key, so that only the format's own fields get into a manifest. */
export function writeEntry(writer: CborWriter, entry: FileEntry): void {
  const { path, kind } = entry;
  if (kind === 'directory') {
    writer.append(DIRECTORY);
    writer.text(path);
  } else if (kind === 'symlink') {
    writer.append(SYMLINK);
    writer.text(path);
    writer.append(TARGET);
    writer.text(entry.target);
  } else {
    writer.append(FILE);
    writer.text(path);
    writer.append(SIZE);
    writer.count(entry.size);
    writer.append(BLAKE3);
    writer.append(entry.blake3);
    writer.append(SHA256);
    writer.append(entry.sha256);
    writer.append(EXECUTABLE);
    writer.boolean(entry.executable);
  }
}

/** @throws ArchiveError `INTEGRITY` for what {@link writeEntry} does not write, naming the entry's index. */
export function readEntry(reader: CborReader, index: number): FileEntry {
  if (reader.takes(DIRECTORY)) return { path: reader.text(), kind: 'directory' };
  if (reader.takes(SYMLINK)) {
    const path = reader.text();
    requireKey(reader, TARGET, index);
    return { path, kind: 'symlink', target: reader.text() };
  }
  requireKey(reader, FILE, index);
  const path = reader.text();
  requireKey(reader, SIZE, index);
  const size = reader.count();
  requireKey(reader, BLAKE3, index);
  const blake3 = reader.pass(DIGEST_BYTES);
  requireKey(reader, SHA256, index);
  const sha256 = reader.pass(DIGEST_BYTES);
  requireKey(reader, EXECUTABLE, index);
  const executable = reader.simple();
  if (executable === null) throw malformed(`files[${index}]`, 'expected true or false');
  return new DecodedFile({ path, size, executable }, reader.source, { blake3, sha256 });
}

function requireKey(reader: CborReader, key: Uint8Array, index: number): void {
  if (!reader.takes(key)) throw malformed(`files[${index}]`, 'expected the keys of an entry');
}
