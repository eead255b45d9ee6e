import canonicalize from 'canonicalize';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { malformed, readCount, readList, readMap, readText, readTextMap } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { FileEntry, Manifest } from './model.ts';
import { checkEntries } from './paths.ts';

/** The canonical CBOR of a manifest; the package's `manifest_digest` is the BLAKE3 of these bytes. */
export function encodeManifest(manifest: Manifest): Buffer {
  return encodeCbor(projectManifest(manifest, AS_BYTES));
}

/** The JSON view: the same document with digests in hexadecimal, canonical by RFC 8785 (JCS). */
export function encodeManifestJson(manifest: Manifest): string {
  return canonicalize(projectManifest(manifest, toHex))!;
}

/** @throws ArchiveError `INTEGRITY` unless the bytes are a sound manifest in canonical form. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  return readManifest(decodeCbor(bytes), (digest, where) => {
    if (digest instanceof Uint8Array && digest.byteLength === DIGEST_BYTES) return digest;
    throw malformed(where, `expected ${DIGEST_BYTES} bytes`);
  });
}

/** @throws ArchiveError `INTEGRITY` unless the text is a sound manifest. */
export function decodeManifestJson(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ArchiveError('INTEGRITY', 'The manifest is not JSON; it is damaged.', error);
  }
  return readManifest(value, (hex, where) => {
    if (typeof hex === 'string' && /^[0-9a-f]{64}$/.test(hex)) return Buffer.from(hex, 'hex');
    throw malformed(where, 'expected 64 hexadecimal digits');
  });
}

/** BLAKE3 over the canonical CBOR of the entries alone: the same wherever and whenever the content was archived. */
export function contentDigest(entries: readonly FileEntry[]): Buffer {
  return blake3.hash(encodeCbor(entries.map(encodable)));
}

/** An entry as it is encoded. */
export function encodable(entry: FileEntry): CborValue {
  return projectEntry(entry, AS_BYTES);
}

type ProjectDigest = (digest: Uint8Array) => CborValue;

/** For CBOR. */
const AS_BYTES: ProjectDigest = (digest) => digest;

/** A manifest as it is encoded: with the format's own keys and nothing else. */
function projectManifest(manifest: Manifest, digest: ProjectDigest): Record<string, CborValue> {
  return {
    ...projectAbout(manifest),
    files: manifest.files.map((entry) => projectEntry(entry, digest)),
  };
}

/** What a manifest says beside its entries, as it is encoded. */
export function projectAbout(manifest: Omit<Manifest, 'files'>): Record<string, CborValue> {
  return {
    manifest_version: manifest.manifest_version,
    package: { ...manifest.package },
    retention_summary: { ...manifest.retention_summary },
    provenance: manifest.provenance,
  };
}

function projectEntry(entry: FileEntry, digest: ProjectDigest): CborValue {
  // Key by key, so that nothing but the format's own fields can get into a manifest.
  const { path, kind } = entry;
  if (kind === 'directory') return { path, kind };
  if (kind === 'symlink') return { path, kind, target: entry.target };
  const { size, executable, blake3, sha256 } = entry;
  return { path, kind, size, executable, blake3: digest(blake3), sha256: digest(sha256) };
}

type ReadDigest = (value: unknown, where: string) => Uint8Array;

function readManifest(value: unknown, readDigest: ReadDigest): Manifest {
  const root = readMap(value, 'The manifest', [
    'manifest_version',
    'package',
    'files',
    'retention_summary',
    'provenance',
  ]);
  if (root.manifest_version !== 1) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The manifest has version ${String(root.manifest_version)}, and this software reads version 1; upgrade infospace-archive.`,
    );
  }
  const about = readMap(root.package, 'The manifest\'s "package"', [
    'id',
    'producer',
    'subject',
    'created_at',
    'metadata',
  ]);
  const retention = readMap(root.retention_summary, 'The manifest\'s "retention_summary"', [
    'retention_class',
    'expires_at',
  ]);
  const files = readList(root.files, 'The manifest\'s "files"').map((entry, i) => readEntry(entry, i, readDigest));
  checkEntries(files, 'INTEGRITY');
  return {
    manifest_version: 1,
    package: {
      id: readText(about.id, 'package.id'),
      producer: readText(about.producer, 'package.producer'),
      subject: readText(about.subject, 'package.subject'),
      created_at: readText(about.created_at, 'package.created_at'),
      metadata: readTextMap(about.metadata, 'package.metadata'),
    },
    files,
    retention_summary: {
      retention_class: readText(retention.retention_class, 'retention_summary.retention_class'),
      expires_at: retention.expires_at === null ? null : readText(retention.expires_at, 'retention_summary.expires_at'),
    },
    provenance: readTextMap(root.provenance, 'provenance'),
  };
}

const ENTRY_KEYS = {
  file: ['path', 'kind', 'size', 'executable', 'blake3', 'sha256'],
  symlink: ['path', 'kind', 'target'],
  directory: ['path', 'kind'],
} as const;

function readEntry(value: unknown, index: number, readDigest: ReadDigest): FileEntry {
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
