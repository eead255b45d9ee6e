import { encodeCbor } from '../encoding/cbor.ts';
import type { CborReader } from '../encoding/cbor-reader.ts';
import type { CborWriter } from '../encoding/cbor-writer.ts';
import { malformed } from '../encoding/shape.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import type { FileEntry } from './model.ts';

/**
 * Entries as canonical CBOR, written and read piece by piece: their keys, in canonical order, are always the same bytes.
 * 100,000 files are written in 0.06 s of CPU and read in 0.09, where cbor-x takes 6.8 and, behind the check that it needs, 4.8
 * times as long.
 */

/** The head of a map of so many keys, "kind" with its value, and the key "path". */
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

/** Key by key, so that nothing but the format's own fields can get into a manifest. */
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

/** @throws ArchiveError `INTEGRITY` for what {@link writeEntry} does not write. */
export function readEntry(reader: CborReader, where: string): FileEntry {
  const require = (key: Uint8Array) => {
    if (!reader.takes(key)) throw malformed(where, 'expected the keys of an entry');
  };
  if (reader.takes(DIRECTORY)) return { path: reader.text(), kind: 'directory' };
  if (reader.takes(SYMLINK)) {
    const path = reader.text();
    require(TARGET);
    return { path, kind: 'symlink', target: reader.text() };
  }
  require(FILE);
  const path = reader.text();
  require(SIZE);
  const size = reader.count();
  require(BLAKE3);
  const blake3 = reader.take(DIGEST_BYTES);
  require(SHA256);
  const sha256 = reader.take(DIGEST_BYTES);
  require(EXECUTABLE);
  const executable = reader.simple();
  if (executable === null) throw malformed(where, 'expected true or false');
  return { path, kind: 'file', size, executable, blake3, sha256 };
}
