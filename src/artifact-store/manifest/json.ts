import canonicalize from 'canonicalize';
import type { CborValue } from '../encoding/cbor.ts';
import { malformed, readCount, readList, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { isDigest } from '../outside-fields.ts';
import { type About, projectAbout, readAbout } from './about.ts';
import type { FileEntry, Manifest } from './model.ts';
import { checkEntries } from './paths.ts';

/** The JSON view: the same document with digests in hexadecimal, canonical by RFC 8785 (JCS). */
export function encodeManifestJson(manifest: Manifest): string {
  return Array.from(manifestJson(manifest)).join('');
}

/** The JSON view entry by entry: with a million of them it would take a gigabyte at once. */
export function* manifestJson({ files, ...about }: About & { files: Iterable<FileEntry> }): Iterable<string> {
  // "files" sorts first.
  const start = '{"files":[';
  yield start;
  let separator = '';
  for (const entry of files) {
    yield separator + canonicalize(projectEntry(entry));
    separator = ',';
  }
  yield canonicalize({ ...projectAbout(about), files: [] })!.slice(start.length);
}

function projectEntry(entry: FileEntry): CborValue {
  const { path, kind } = entry;
  if (kind === 'directory') return { path, kind };
  if (kind === 'symlink') return { path, kind, target: entry.target };
  const { size, executable, blake3, sha256 } = entry;
  return { path, kind, size, executable, blake3: toHex(blake3), sha256: toHex(sha256) };
}

/** @throws ArchiveError `INTEGRITY` unless the text is a valid manifest; `FORMAT_UNSUPPORTED` for a newer version. */
export function decodeManifestJson(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ArchiveError('INTEGRITY', 'The manifest is not JSON; it is damaged.', error);
  }
  if (typeof value !== 'object' || value === null) throw malformed('The manifest', 'expected a map');
  const { files: entries, ...rest } = value as { files?: unknown };
  const about = readAbout(rest);
  const files = readList(entries, 'The manifest\'s "files"').map(readEntry);
  checkEntries(files, 'INTEGRITY');
  return { ...about, files };
}

const ENTRY_KEYS = {
  file: ['path', 'kind', 'size', 'executable', 'blake3', 'sha256'],
  symlink: ['path', 'kind', 'target'],
  directory: ['path', 'kind'],
} as const;

function readEntry(value: unknown, index: number): FileEntry {
  const where = `files[${index}]`;
  const kind = (value as { kind?: unknown } | null)?.kind;
  if (kind !== 'file' && kind !== 'symlink' && kind !== 'directory') throw malformed(where, 'unknown kind');
  const map = readMap<string>(value, where, ENTRY_KEYS[kind]);
  const path = readText(map['path'], `${where}.path`);
  if (kind === 'directory') return { path, kind };
  if (kind === 'symlink') return { path, kind, target: readText(map['target'], `${where}.target`) };
  if (typeof map['executable'] !== 'boolean') throw malformed(`${where}.executable`, 'expected true or false');
  return {
    path,
    kind,
    size: readCount(map['size'], `${where}.size`),
    executable: map['executable'],
    blake3: readDigest(map['blake3'], `${where}.blake3`),
    sha256: readDigest(map['sha256'], `${where}.sha256`),
  };
}

function readDigest(hex: unknown, where: string): Uint8Array {
  if (isDigest(hex)) return Buffer.from(hex, 'hex');
  throw malformed(where, 'expected 64 hexadecimal digits');
}
